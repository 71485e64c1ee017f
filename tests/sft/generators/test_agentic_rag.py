"""Phase 6: chains that end in a cited answer or an honest word, within five calls."""

from collections import Counter

from mypt.conversation.episode import AssistantMessage
from mypt.evaluation.refusals import is_refusal
from mypt.sft.generator import EpisodeGenerator
from mypt.sft.generators.agentic_rag import PATTERNS, AgenticRag
from tests.sft.generators.tool_plays import TOKENIZER, calls_of, settings_of, some_episodes

CHAINS = {"search", "search_get_doc", "list_get_doc"}


def test_all_patterns_come_in_both_languages() -> None:
    found = Counter((str(one.meta["pattern"]), one.language) for one in some_episodes(6))

    assert {name for name, _ in found} == PATTERNS.keys()
    assert len(found) == 2 * len(PATTERNS)


def test_chains_end_with_a_citation_and_recoveries_with_one_or_a_refusal() -> None:
    for episode in some_episodes(6):
        answer = next(one for one in episode.messages if isinstance(one, AssistantMessage))
        if episode.meta["pattern"] in CHAINS:
            assert answer.cite
        if episode.meta["pattern"] == "recovery":
            assert answer.cite or is_refusal(answer.content, episode.language)


def test_there_are_five_calls_at_most() -> None:
    n_calls = Counter(len(calls_of(one.messages)) for one in some_episodes(6))

    assert max(n_calls) <= 5
    assert n_calls[2] > n_calls[1]
    assert n_calls[3]


def test_it_is_a_generator() -> None:
    generator = AgenticRag(settings_of(2, de_share=0.0), TOKENIZER)

    assert isinstance(generator, EpisodeGenerator)
    assert {one.phase for one in generator.episodes("train")} == {6}
