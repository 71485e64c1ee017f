"""Phase 5: eight patterns with their shares, two calls at most."""

from collections import Counter

import pytest

from mypt.sft.generator import EpisodeGenerator
from mypt.sft.generators.tool_call import PATTERNS, ToolCall
from tests.sft.generators.tool_plays import TOKENIZER, calls_of, settings_of, some_episodes

NAMES = {
    "search", "list_docs", "get_doc", "summarize", "multi_step", "no_results", "no_tool", "contrastive",
}  # fmt: skip


def test_there_are_eight_patterns_in_both_languages() -> None:
    found = Counter((str(one.meta["pattern"]), one.language) for one in some_episodes(5))

    assert {name for name, _ in found} == NAMES == PATTERNS.keys()
    assert len(found) == 16


def test_there_are_two_calls_at_most_and_one_where_one_is_due() -> None:
    for episode in some_episodes(5):
        n_calls = len(calls_of(episode.messages))
        wanted = {"no_tool": {0}, "multi_step": {2}, "contrastive": {2}, "list_docs": {1, 2}}
        assert n_calls in wanted.get(str(episode.meta["pattern"]), {1})


def test_it_is_a_generator() -> None:
    generator = ToolCall(settings_of(2, de_share=0.0), TOKENIZER)

    assert isinstance(generator, EpisodeGenerator)
    assert [one.source for one in generator.episodes("train")] == ["tools"] * 2


def test_weights_are_shares_of_all() -> None:
    assert sum(one.weight for one in PATTERNS.values()) == pytest.approx(100)
