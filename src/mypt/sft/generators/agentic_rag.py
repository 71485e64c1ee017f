"""Phase 6: search, read and answer with citations, over several calls and past errors."""

from collections.abc import Iterator

from mypt.conversation.episode import Episode
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.small_talk import no_tool
from mypt.sft.generators.tool_chains import list_then_read, search_then_read
from mypt.sft.generators.tool_contrasts import contrastive
from mypt.sft.generators.tool_episodes import ToolEpisodes, Weighted
from mypt.sft.generators.tool_patterns import search
from mypt.sft.generators.tool_recovery import recovery
from mypt.tokenizer.tokenizer import Tokenizer

PATTERNS = {
    "search": Weighted(20, search),
    "search_get_doc": Weighted(35, search_then_read),
    "list_get_doc": Weighted(15, list_then_read),
    "recovery": Weighted(15, recovery),
    "no_tool": Weighted(15, no_tool),
    "contrastive": Weighted(8, contrastive),
}


class AgenticRag:
    """Makes episodes of up to five calls, or of none."""

    def __init__(self, settings: GeneratorSettings, tokenizer: Tokenizer) -> None:
        self._maker = ToolEpisodes(settings, tokenizer, 6, PATTERNS)

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split."""
        return self._maker.episodes(split)
