"""Workspaces and episodes that several tests look at; they are made once."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from mypt.agent.config import AgentConfig, result_room
from mypt.agent.toolbox import Toolbox
from mypt.conversation.episode import AssistantMessage, Episode, Message, ToolCallMessage, ToolResultMessage
from mypt.extraction.extractor import Extractor
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.agentic_rag import PATTERNS as CHAINS
from mypt.sft.generators.tool_call import PATTERNS as CALLS
from mypt.sft.generators.tool_episodes import ToolEpisodes, Weighted
from mypt.sft.generators.tool_patterns import Pattern
from mypt.sft.generators.tool_play import Play
from mypt.sft.generators.tool_workspace import Language, ToolWorkspace, make_up
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

LANGUAGES: Sequence[Language] = ("en", "de")
TOKENIZER = Gpt2Bpe()
ROOM = result_room(AgentConfig(), 1024)
_PATTERNS = {5: CALLS, 6: CHAINS}
_KEPT = TemporaryDirectory()


@cache
def workspace_in(language: Language, seed: int = 5) -> ToolWorkspace:
    """Return a made-up workspace; the same one for the same seed."""
    folder = Path(_KEPT.name) / f"{language}-{seed}"
    with Extractor() as extractor:
        view, facts = make_up(folder, Random(seed), language, extractor)  # noqa: S311
    return ToolWorkspace(view, Toolbox(AgentConfig().tools), ROOM, language, facts)


def settings_of(count: int, **values: object) -> GeneratorSettings:
    return GeneratorSettings.model_validate(
        {"generator": "tools", "count": count, "val_count": count, "seed": 7, **values}
    )


def maker(phase: int, count: int, **values: object) -> ToolEpisodes:
    patterns: dict[str, Weighted] = _PATTERNS[phase]
    return ToolEpisodes(settings_of(count, **values), TOKENIZER, phase, patterns)


@cache
def some_episodes(phase: int, split: Split = "train") -> tuple[Episode, ...]:
    """Return episodes of all patterns of a phase, in both languages."""
    return tuple(maker(phase, 100, de_share=0.5).episodes(split))


def plays_of(
    pattern: Pattern, language: Language, variant: float = 0.5, *, split: Split = "train", seed: int = 3
) -> list[Play]:
    """Return the conversations in which a pattern came to its end, one for each fact that allows it."""
    workspace, rng = workspace_in(language), Random(seed)  # noqa: S311
    plays = [Play(workspace, split, rng, fact, thinks=True, variant=variant) for fact in workspace.facts[:40]]
    return [play for play in plays if pattern(play)]


def calls_of(messages: Sequence[Message]) -> list[ToolCallMessage]:
    return [message for message in messages if isinstance(message, ToolCallMessage)]


def results_of(messages: Sequence[Message]) -> list[ToolResultMessage]:
    return [message for message in messages if isinstance(message, ToolResultMessage)]


def answer_of(messages: Sequence[Message]) -> AssistantMessage:
    last = messages[-1]
    assert isinstance(last, AssistantMessage)
    return last
