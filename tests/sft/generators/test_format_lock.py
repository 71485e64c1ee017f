"""Episodes of phase 1: short, different, and graded by what made them."""

from collections import Counter
from functools import cache

import pytest

from mypt.conversation.episode import Episode
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.evaluation.case import Exact
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.suite import SUITES, read_suite
from mypt.evaluation.words import joined
from mypt.sft.diversity import normal_form
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.format_lock import MOST_REFUSALS, NAME, PATTERNS, FormatLock
from mypt.sft.generators.payloads import held_out
from mypt.sft.phrase_lists import phrase_lists
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.sft.generators.turns import turn

TOKENIZER = Gpt2Bpe()
SPLITS: tuple[Split, Split] = ("train", "val")
UNKNOWN = {"Unknown.", "Unbekannt."}


def generator(**values: object) -> FormatLock:
    settings = GeneratorSettings.model_validate({"generator": NAME, "count": 300, **values})
    return FormatLock(settings, TOKENIZER)


@cache
def many(split: Split) -> list[Episode]:
    return list(generator(count=20_000, val_count=1000).episodes(split))


def test_the_seed_decides_every_episode() -> None:
    first, again, other = (list(generator(seed=seed).episodes("train")) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_twenty_thousand_episodes_are_different_after_normalisation() -> None:
    assert len({normal_form(episode) for episode in many("train")}) == 20_000


def test_a_hundred_and_ten_thousand_are_possible() -> None:
    assert next(generator(count=110_000).episodes("train")).phase == 1


def test_the_german_share_is_exact() -> None:
    assert Counter(episode.language for episode in many("train")) == {"en": 12_000, "de": 8000}


def test_weights_of_patterns_are_respected() -> None:
    episodes = list(generator(patterns={"echo_word": 3, "add": 1}, count=200).episodes("train"))

    assert Counter(episode.meta["pattern"] for episode in episodes) == {"echo_word": 150, "add": 50}


def test_every_pattern_is_there_in_both_languages_and_splits() -> None:
    for split in SPLITS:
        found = {(episode.language, episode.meta["pattern"]) for episode in many(split)}
        assert found == {(language, name) for language in ("en", "de") for name in PATTERNS}


def test_more_than_there_can_be_is_refused() -> None:
    with pytest.raises(InputError, match="different episodes"):
        generator(patterns={"polite": 1}, count=5000).episodes("train")


def test_too_many_refusals_are_refused() -> None:
    with pytest.raises(InputError, match="at most 12%"):
        generator(patterns={"anti_echo": 1})


def test_few_answers_refuse_and_each_has_an_answerable_twin_and_an_echo() -> None:
    groups: dict[object, list[str]] = {}
    for episode in many("train"):
        if "group" in episode.meta:
            groups.setdefault(episode.meta["group"], []).append(turn(episode)[1])
    whole = [answers for answers in groups.values() if len(answers) == 3]
    refusals = sum(turn(episode)[1] in UNKNOWN for episode in many("train"))

    assert len(whole) >= len(groups) - 2
    assert all(sum(answer in UNKNOWN for answer in answers) == 1 for answers in whole)
    assert 0.03 < refusals / 20_000 <= MOST_REFUSALS


def test_a_refused_word_is_echoed_too() -> None:
    refused = {episode.meta["payload"] for episode in many("train") if turn(episode)[1] in UNKNOWN}
    echoed = {turn(episode)[1] for episode in many("train")}

    assert len(refused - echoed) <= 2  # the last group of each language may be cut


def test_echoes_give_the_payload_back() -> None:
    echoes = [episode for episode in many("train") if str(episode.meta["pattern"]).startswith("echo")]

    assert len(echoes) > 4000
    for episode in echoes:
        question, answer = turn(episode)
        assert answer == episode.meta["payload"]
        assert answer in question


def test_splits_share_no_payload_and_no_template() -> None:
    train, val = ({episode.meta.get("payload", split) for episode in many(split)} for split in SPLITS)
    lists = phrase_lists(NAME)
    both = {name.removesuffix("_val") for name in lists if name.endswith("_val")} - {"frames"}

    assert not train & val
    for name in both:
        for language in ("en", "de"):
            assert not set(lists[f"{name}_train"][language]) & set(lists[f"{name}_val"][language])


def test_no_episode_holds_an_item_of_the_suite() -> None:
    leaks = LeakIndex.of_suites([SUITES / "phase1.jsonl"])

    assert not any(leaks.find_many([*many("train")[:3000], *many("val")]))


def test_no_template_of_the_suite_is_among_the_phrases() -> None:
    phrases = [text for lists in phrase_lists(NAME).values() for texts in lists.values() for text in texts]
    questions = {joined(part) for text in phrases for part in text.split("|")[:2]}

    assert len(held_out("template")) > 50
    assert not questions & held_out("template")


def test_episodes_are_short() -> None:
    lengths = [len(render(episode, TOKENIZER).ids) for episode in many("train")[:2000]]

    assert max(lengths) <= 64


def test_answers_of_the_suite_are_those_of_the_tables() -> None:
    suite = read_suite(SUITES / "phase1.jsonl")
    facts = [case for case in suite.cases if case.bucket == "facts"]

    assert len(facts) >= 50
    for case in facts:
        items = phrase_lists(NAME)[f"{case.meta['topic']}_items"][case.language]
        assert isinstance(case.check, Exact)
        assert any(case.check.answers[0] in item.split("|") for item in items)


def test_each_bucket_of_the_suite_has_enough_items_in_both_languages() -> None:
    buckets = Counter((case.bucket, case.language) for case in read_suite(SUITES / "phase1.jsonl").cases)

    assert {bucket for bucket, _ in buckets} == {"format", "echo", "anti_echo", "facts", "arithmetic"}
    assert min(buckets.values()) >= 30
