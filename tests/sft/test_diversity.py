"""A set of copies scores low and a set of different episodes high, in every measure."""

import math

import pytest

from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.sft.diversity import (
    measure_diversity,
    near_duplicates,
    normal_form,
    normalised,
    normalised_entropy,
)
from mypt.sft.episode_files import Row
from tests.sft.sample_episodes import TOKENIZER, episode

LONG = "the quick brown fox jumps over the lazy dog and then goes home to sleep until the next morning comes"


def test_different_episodes_have_no_duplicates() -> None:
    found = measure_diversity([episode(f"Say {word}", word) for word in ("apple", "pear", "plum")], TOKENIZER)

    assert (found.episodes, found.duplicate_share, found.near_duplicate_share) == (3, 0.0, 0.0)
    assert found.distinct_in_answers[0] == 1.0
    assert found.distinct_in_questions[0] == pytest.approx(4 / 6)
    assert found.distinct_in_questions[1] == 1.0


def test_rows_that_differ_in_digits_case_and_punctuation_are_duplicates() -> None:
    rows = [episode("Count to 5.", "1, 2"), episode("count to 17!", "3 4"), episode("Count down", "2 1")]

    found = measure_diversity(rows, TOKENIZER)

    assert found.duplicate_share == pytest.approx(1 / 3)


def test_one_word_more_is_a_near_duplicate_and_another_word_in_the_middle_is_not() -> None:
    other = " ".join(reversed(LONG.split()))

    assert near_duplicates([LONG, other, LONG.replace("then", "soon")]) == 0
    assert near_duplicates([LONG, other, f"{LONG} again"]) == 1
    assert near_duplicates([LONG] * 4) == 3
    assert near_duplicates([]) == 0
    assert near_duplicates(["?!", "?!"]) == 0


def test_shares_and_lengths_are_those_of_the_episodes() -> None:
    rows: list[Row] = [
        episode("Where?", "The text does not say.", meta={"pattern": "refuse", "template": "a"}),
        episode("Wo?", "In Bern.", language="de", meta={"pattern": "answer", "template": "a"}),
        episode("Wann?", "Im Mai.", language="de", meta={"pattern": "answer", "template": "b"}),
        Replay(text="Pretraining text is no episode."),
    ]

    found = measure_diversity(rows, TOKENIZER)

    assert found.languages == pytest.approx({"de": 2 / 3, "en": 1 / 3})
    assert found.patterns == pytest.approx({"answer": 2 / 3, "refuse": 1 / 3})
    assert found.refusal_share == pytest.approx(1 / 3)
    assert found.templates == 2
    assert found.template_entropy == pytest.approx(-(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3)))
    assert 0 < found.tokens.p50 <= found.tokens.p95 <= found.tokens.max
    assert all(value for _, value in found.lines())


def test_no_episodes_give_a_report_too() -> None:
    found = measure_diversity([], TOKENIZER)

    assert (found.episodes, found.tokens.max, found.template_entropy) == (0, 0, None)


def test_entropy_is_one_for_equal_use_and_nothing_for_a_single_template() -> None:
    assert normalised_entropy([5, 5, 5]) == pytest.approx(1.0)
    assert normalised_entropy([15]) == 0.0
    assert normalised_entropy([]) is None
    assert 0 < (normalised_entropy([14, 1]) or 0) < 0.5


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Say: Hello!", "say hello", True),
        ("2 + 2", "2 * 2", False),
        ("3.5", "35", False),
        ("[x]", "x", False),
        ("„Bern“", "bern.", True),
    ],
)
def test_only_case_signs_of_sentences_and_quotes_are_folded(one: str, other: str, *, is_same: bool) -> None:
    assert (normalised(one) == normalised(other)) == is_same


def test_a_rule_in_the_system_text_tells_episodes_apart_and_a_usual_text_does_not() -> None:
    usual = episode("Hi", "Hello", phase=3, system="Du bist MyPT. Antworte kurz und genau.")
    ruled = episode("Hi", "Hello", phase=3, system="Always say Hello.")

    assert normal_form(usual) == normal_form(episode("Hi", "Hello", phase=3))
    assert normal_form(ruled) != normal_form(usual)


def test_passages_calls_and_results_tell_episodes_apart_and_passage_ids_do_not() -> None:
    def asked(id_: str, text: str, query: str, found: str) -> Episode:
        return Episode(
            messages=(
                UserMessage(content="Q", context=(Passage(id=id_, text=text),)),
                ToolCallMessage(name="search", arguments={"query": query}),
                ToolResultMessage(name="search", content={"text": found}),
                AssistantMessage(content="A"),
            ),
            language="en",
            source="s",
            phase=5,
        )

    forms = {normal_form(asked(*values)) for values in ("abcd", "Zbcd", "aZcd", "abZd", "abcZ")}
    assert len(forms) == 4
