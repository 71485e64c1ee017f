"""Payloads: apart by split, free of what suites hold out."""

import re

from mypt.evaluation.suite import load_suites
from mypt.sft.generators.payloads import (
    SUITES,
    belongs,
    held_out,
    own_templates,
    part_of,
    phrases,
    sentences,
    single_words,
)


def test_train_and_validation_share_no_payload_whatever_its_case() -> None:
    words = [
        {word.casefold() for words in single_words(split).values() for word in words}
        for split in ("train", "val")
    ]

    assert len(words[0]) > 50_000
    assert len(words[1]) > 5_000
    assert not words[0] & words[1]
    for language in ("en", "de"):
        assert not set(phrases(language, "train")) & set(phrases(language, "val"))
        assert not set(sentences(language, "train")) & set(sentences(language, "val"))


def test_no_word_is_of_two_kinds() -> None:
    words = [word.casefold() for words in single_words("train").values() for word in words]

    assert len(words) == len(set(words))


def test_what_a_suite_holds_out_belongs_to_no_split() -> None:
    cases = [case for suite in load_suites(SUITES) for case in suite.cases]
    held = [str(case.meta["payload"]) for case in cases if "payload" in case.meta]

    assert len(held) > 200
    for payload in held:
        for variant in (payload, payload.upper()):
            assert not belongs(variant, "train")
            assert not belongs(variant, "val")


def test_templates_of_suites_are_left_out_whatever_their_punctuation() -> None:
    (template, *_) = sorted(held_out("template"))

    assert own_templates([f"{template.strip().capitalize()}!|{{1}}", "Say: {0}"]) == ("Say: {0}",)


def test_a_part_does_not_depend_on_case() -> None:
    assert part_of("rIvEr") == part_of("River")


def test_german_phrases_have_the_ending_of_the_gender() -> None:
    german = {*phrases("de", "train"), *phrases("de", "val")}

    assert {"roter Apfel", "rote Katze", "rotes Boot", "dunkler Hut"} <= german


def test_mixed_case_and_made_up_words_are_what_they_say() -> None:
    words = single_words("train")

    assert any(re.search("[a-z][A-Z]", word) for word in words["mixed_case"])
    assert any(word.isupper() for word in words["mixed_case"])
    assert all(re.fullmatch("[a-z]{4,7}", word) for word in words["made_up"])
