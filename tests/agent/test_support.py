"""The measure of support: what it is for, and how often it is right.

`support_pairs.jsonl` holds sentences written for passages of Swiss law and Debian's manual pages: true
ones, ones with another number or name, opposite ones and unrelated ones, in both languages. Threshold and
measure were chosen on the half "tuned"; the half "judged" was written afterwards and changed nothing but
the reading of one kind of identifier.
"""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mypt.agent.config import AgentConfig
from mypt.agent.support import Evidence, SupportMeasure
from mypt.files import read_jsonl

PAIRS = Path(__file__).with_name("support_pairs.jsonl")
KINDS = ("true", "value", "opposite", "unrelated")
THRESHOLD = AgentConfig().support_threshold

FRIST = Evidence(
    "d-1",
    "Im ersten Dienstjahr beträgt die Kündigungsfrist einen Monat. Im zweiten beträgt sie zwei Monate. "
    "Die Frist darf nicht verkürzt werden.",
    "Obligationenrecht\nArt. 335c",
    "de",
)


def judge(sentence: str, *cited: Evidence, language: str = "de") -> Any:
    return SupportMeasure([FRIST], THRESHOLD).judge(sentence, language, cited or (FRIST,))


@cache
def right_answers(half: str, threshold: float = THRESHOLD) -> Counter[tuple[str, bool]]:
    """Count, for one half, how many sentences of each kind are judged rightly and wrongly."""
    counts: Counter[tuple[str, bool]] = Counter()
    for row in read_jsonl(PAIRS):
        if row["half"] != half:
            continue
        passage = Evidence("d-1", row["passage"], row["headings"], row["language"])
        measure = SupportMeasure([passage], threshold)
        for kind in KINDS:
            for sentence in row[kind]:
                verdict = measure.judge(sentence, row["language"], [passage])
                counts[kind, (verdict.status == "supported") == (kind == "true")] += 1
    return counts


def share(half: str, *kinds: str, threshold: float = THRESHOLD) -> float:
    counts = right_answers(half, threshold)
    right, wrong = (sum(counts[kind, is_right] for kind in kinds) for is_right in (True, False))
    return right / (right + wrong)


def test_there_are_enough_pairs_in_both_languages_to_say_something() -> None:
    rows = list(read_jsonl(PAIRS))

    per_language = Counter[str]()
    for row in rows:
        per_language[row["language"]] += sum(len(row[kind]) for kind in KINDS)
    assert per_language["de"] >= 60
    assert per_language["en"] >= 60


@pytest.mark.parametrize(("half", "least"), [("tuned", 0.97), ("judged", 0.92)])
def test_most_sentences_are_judged_rightly(half: str, least: float) -> None:
    assert share(half, *KINDS) >= least


@pytest.mark.parametrize(
    ("kind", "least"), [("true", 0.95), ("value", 0.97), ("opposite", 0.94), ("unrelated", 1.0)]
)
def test_each_kind_is_judged_rightly(kind: str, least: float) -> None:
    right = sum(right_answers(half)[kind, True] for half in ("tuned", "judged"))
    wrong = sum(right_answers(half)[kind, False] for half in ("tuned", "judged"))

    assert right / (right + wrong) >= least


def test_the_threshold_is_the_middle_of_a_gap() -> None:
    shares = [share("tuned", *KINDS, threshold=threshold) for threshold in (0.5, THRESHOLD, 0.63)]

    assert max(shares) - min(shares) < 0.01


@pytest.mark.parametrize(
    ("sentence", "status", "doubt"),
    [
        ("Im ersten Dienstjahr beträgt die Kündigungsfrist einen Monat.", "supported", ""),
        ("Nach Artikel 335c darf die Frist nicht verkürzt werden.", "supported", ""),
        ("Im ersten Dienstjahr beträgt die Kündigungsfrist 6 Monate.", "unsupported", "value"),
        ("Die Frist darf verkürzt werden.", "unsupported", "opposite"),
        ("Der Käufer bezahlt den Preis.", "unsupported", "words"),
        ("Gilt das auch für mich?", "no claim", ""),
        ("Ja.", "no claim", ""),
    ],
)
def test_what_is_wrong_is_named(sentence: str, status: str, doubt: str) -> None:
    verdict = judge(sentence)

    assert (verdict.status, verdict.doubt) == (status, doubt)


def test_the_best_of_several_passages_counts() -> None:
    other = Evidence("d-2", "Bananen sind gelb.", "", "de")

    assert judge("Die Kündigungsfrist beträgt zwei Monate.", other, FRIST).passage_id == "d-1"


def test_without_a_citation_nothing_is_supported() -> None:
    verdict = SupportMeasure([FRIST], THRESHOLD).judge("Die Frist beträgt zwei Monate.", "de", [])

    assert (verdict.status, verdict.doubt) == ("unsupported", "no citation")


def test_another_language_is_not_compared_but_its_numbers_are() -> None:
    assert judge("The notice period is two months.", language="en").status == "not comparable"
    assert judge("The notice period is nine months.", language="en").status == "unsupported"


def test_a_number_of_another_sentence_is_no_support() -> None:
    two = Evidence(
        "d-1",
        "Members of the council are elected for four years. The term of judges is six years.",
        "",
        "en",
    )

    verdict = SupportMeasure([two], THRESHOLD).judge("The term of judges is four years.", "en", [two])

    assert verdict.status == "unsupported"


def test_the_same_again_gives_the_same_score() -> None:
    assert judge("Die Kündigungsfrist beträgt zwei Monate.") == judge(
        "Die Kündigungsfrist beträgt zwei Monate."
    )
