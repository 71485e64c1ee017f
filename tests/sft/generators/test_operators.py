"""Episodes of phase 2: each payload under all operators, nothing shared between splits."""

from collections import Counter
from functools import cache
from random import Random

import pytest

from mypt.conversation.episode import Episode, UserMessage
from mypt.conversation.render import render
from mypt.errors import InputError
from mypt.evaluation.case import Exact
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.suite import SUITES, read_suite
from mypt.evaluation.words import joined
from mypt.sft.diversity import normal_form
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.operators import NAME, WORD_MIX, Operators, draw_payloads
from mypt.sft.generators.payloads import held_out
from mypt.sft.phrase_lists import phrase_lists
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.sft.generators.turns import turn

TOKENIZER = Gpt2Bpe()
SPLITS: tuple[Split, Split] = ("train", "val")
OPERATORS = ("copy", "wrap", "extract")


def generator(**values: object) -> Operators:
    settings = GeneratorSettings.model_validate({"generator": NAME, "count": 300, **values})
    return Operators(settings, TOKENIZER)


@cache
def many(split: Split) -> list[Episode]:
    return list(generator(count=20_000, val_count=1200).episodes(split))


def payload_of(episode: Episode) -> str:
    return str(episode.meta["payload"])


def test_the_seed_decides_every_episode() -> None:
    first, again, other = (list(generator(seed=seed).episodes("train")) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_twenty_thousand_episodes_are_different_after_normalisation() -> None:
    assert len({normal_form(episode) for episode in many("train")}) == 20_000


def test_each_answer_is_what_the_operator_makes_of_the_payload() -> None:
    for episode in many("train"):
        question, answer = turn(episode)
        payload = payload_of(episode)
        assert payload in question
        assert answer == (f"[{payload}]" if episode.meta["operator"] == "wrap" else payload)
        assert episode.meta["n_words"] == len(payload.split())


def test_each_payload_comes_under_all_operators_and_two_templates() -> None:
    episodes = list(generator(count=600, de_share=0.5).episodes("train"))
    templates: dict[tuple[str, object], set[object]] = {}
    for episode in episodes:
        templates.setdefault((episode.language, episode.meta["payload"]), set()).add(episode.meta["template"])

    assert {len(used) for used in templates.values()} == {6}


def test_the_german_share_and_the_weights_are_exact() -> None:
    weighted = generator(count=400, patterns={"wrap": 3, "copy": 1}).episodes("train")

    assert Counter(episode.language for episode in many("train")) == {"en": 12_000, "de": 8000}
    assert Counter(episode.meta["operator"] for episode in weighted) == {"wrap": 300, "copy": 100}


def test_the_mix_of_word_counts_is_the_wanted_one_after_uniqueness() -> None:
    for split in SPLITS:
        payloads = draw_payloads("de", split, 2000, Random(1))  # noqa: S311
        counts = Counter(len(payload.split()) for payload in payloads)

        assert len({payload.casefold() for payload in payloads}) == 2000
        assert counts == {int(n_words): round(share * 2000) for n_words, share in WORD_MIX.items()}


def test_splits_share_no_payload_and_no_template() -> None:
    train, val = ({payload_of(episode).casefold() for episode in many(split)} for split in SPLITS)
    lists = phrase_lists(NAME)

    assert not train & val
    for name in OPERATORS:
        for language in ("en", "de"):
            texts = [joined(text) for split in SPLITS for text in lists[f"{name}_{split}"][language]]
            assert len(texts) == len(set(texts))
            assert not set(texts) & held_out("template")


def test_there_are_as_many_templates_as_the_changelog_asks_for() -> None:
    lists = phrase_lists(NAME)

    for name, train, val in (("copy", 10, 6), ("wrap", 8, 4), ("extract", 7, 4)):
        assert len(lists[f"{name}_train"]["de"]) >= train
        assert len(lists[f"{name}_val"]["de"]) >= val


def test_payloads_are_marked_in_all_ways() -> None:
    marks: Counter[str] = Counter()
    for episode in many("train"):
        if episode.meta["n_words"] == 2:
            question = turn(episode)[0]
            before = question[question.index(payload_of(episode)) - 1]
            marks[before if before in "\"'`|{" else "none"] += 1

    assert marks.keys() == {'"', "'", "`", "|", "{", "none"}
    assert min(marks.values()) > 100


def test_what_is_extracted_is_marked() -> None:
    for episode in many("train"):
        if episode.meta["operator"] == "extract":
            question, payload = turn(episode)
            assert any(f"{mark[0]}{payload}{mark[1]}" in question for mark in ('""', "''", "``", "||", "{}"))


def test_more_than_there_can_be_is_refused() -> None:
    with pytest.raises(InputError, match="different episodes"):
        generator(count=10_000_000).episodes("train")


def test_no_episode_holds_an_item_of_the_suite() -> None:
    leaks = LeakIndex.of_suites([SUITES / "phase2.jsonl"])

    assert not any(leaks.find_many([*many("train")[:3000], *many("val")]))


def test_no_word_of_train_is_a_payload_that_a_suite_holds_out() -> None:
    words = {word for episode in many("train") for word in payload_of(episode).casefold().split()}

    assert not words & held_out("payload")


def test_episodes_are_short() -> None:
    lengths = sorted(len(render(episode, TOKENIZER).ids) for episode in many("train")[:2000])

    assert lengths[int(0.95 * len(lengths))] <= 64
    assert lengths[-1] <= 96


def test_the_suite_holds_the_payload_out_and_asks_for_it() -> None:
    cases = read_suite(SUITES / "phase2.jsonl").cases

    assert min(Counter((case.bucket, case.language) for case in cases).values()) >= 30
    for case in cases:
        payload = str(case.meta["payload"])
        question = case.messages[-1]
        assert isinstance(question, UserMessage)
        assert payload in question.content
        assert isinstance(case.check, Exact)
        assert case.check.answers == ((f"[{payload}]",) if case.bucket == "operators.wrap" else (payload,))
