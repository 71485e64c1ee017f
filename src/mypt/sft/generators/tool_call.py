"""Phase 5: one tool call and an answer from its result, or no call where none is due."""

from collections.abc import Iterator

from mypt.conversation.episode import Episode
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.small_talk import no_tool
from mypt.sft.generators.tool_chains import list_then_read, search_then_read, search_then_summarize
from mypt.sft.generators.tool_contrasts import contrastive
from mypt.sft.generators.tool_episodes import ToolEpisodes, Weighted
from mypt.sft.generators.tool_patterns import get_doc, list_docs, no_results, search, summarize
from mypt.sft.generators.tool_play import Play
from mypt.tokenizer.tokenizer import Tokenizer

_MOST_CALLS = 2
_STEPS = (list_then_read, search_then_read, search_then_summarize)


class ToolCall:
    """Makes episodes of one call, of two at most, or of none."""

    def __init__(self, settings: GeneratorSettings, tokenizer: Tokenizer) -> None:
        self._maker = ToolEpisodes(settings, tokenizer, 5, PATTERNS)

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split."""
        return self._maker.episodes(split)


def multi_step(play: Play) -> bool:
    """Make two calls, the second with what the first one gave."""
    return play.one_of(_STEPS)(play) and play.n_calls <= _MOST_CALLS


PATTERNS = {
    "search": Weighted(0.72 * 28, search),
    "list_docs": Weighted(0.72 * 12, list_docs),
    "get_doc": Weighted(0.72 * 18, get_doc),
    "summarize": Weighted(0.72 * 14, summarize),
    "no_results": Weighted(0.72 * 13, no_results),
    "multi_step": Weighted(0.72 * 15, multi_step),
    "no_tool": Weighted(20, no_tool),
    "contrastive": Weighted(8, contrastive),
}
