"""Results of everyday tasks, worked out a second time in another way."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from unicodedata import normalize

import pytest
from pydantic import JsonValue

from mypt.sft.drawing import Draw, Language
from mypt.sft.everyday_tasks import (
    ATTRIBUTES,
    NUMERIC_TASKS,
    TASKS,
    Filling,
    answer_sentence,
    draw_person,
    draw_task,
    draw_yes_no,
    fill_task,
    follow,
    sentence_with_core,
)
from mypt.sft.generator import Split
from mypt.sft.phrase_lists import read_table

LANGUAGES: tuple[Language, Language] = ("en", "de")


def draws(seed: int, language: Language, split: Split, think_omit_ratio: float = 0.0) -> Draw:
    return Draw(Random(seed), language, split, think_omit_ratio)  # noqa: S311


def items(filling: Filling) -> list[str]:
    return str(filling.values["items"]).split(", ")


def integers(filling: Filling) -> list[int]:
    return [int(text) for text in re.findall(r"\d+", str(filling.values["items"]))]


def without_marks(word: str) -> str:
    """ä as a, by Unicode and not by a table."""
    return "".join(char for char in normalize("NFD", word.lower().replace("ß", "ss")) if char.isascii())


def dictionary(language: Language) -> dict[str, set[str]]:
    tables: JsonValue = read_table("everyday")
    assert isinstance(tables, dict)
    rows = tables["words"]
    assert isinstance(rows, list)
    other = "de" if language == "en" else "en"
    meanings: dict[str, set[str]] = {}
    for row in rows:
        assert isinstance(row, dict)
        meanings.setdefault(str(row[language]), set()).add(str(row[other]))
    return meanings


def is_in_order(words: list[str]) -> bool:
    return all(without_marks(a) <= without_marks(b) for a, b in pairwise(words))


CHECKS: dict[str, Callable[[Filling], bool]] = {
    "count_words": lambda f: int(f.result) == len(re.findall(r"[^\s]+", str(f.values["text"]))),
    "count_letters": lambda f: int(f.result) == sum(char.isalpha() for char in str(f.values["word"])),
    "count_letter": lambda f: (
        int(f.result)
        == sum(
            char in (str(f.values["letter"]), str(f.values["letter"]).lower())
            for char in str(f.values["word"])
        )
    ),
    "sort_words": lambda f: (
        sorted(f.result.split(", ")) == sorted(items(f)) and is_in_order(f.result.split(", "))
    ),
    "reverse_items": lambda f: list(reversed(f.result.split(", "))) == items(f),
    "initials": lambda f: list(f.result) == [item.upper()[0] for item in items(f)],
    "bullets": lambda f: re.findall(r"^- (.+)$", f.result, re.MULTILINE) == items(f),
    "numbered": lambda f: (
        dict(re.findall(r"^(\d)\. (.+)$", f.result, re.MULTILINE))
        == {str(n + 1): item for n, item in enumerate(items(f))}
    ),
    "sort_numbers": lambda f: [int(n) for n in f.result.split(", ")] == sorted(integers(f)),
    "sort_down": lambda f: [-int(n) for n in f.result.split(", ")] == sorted(-n for n in integers(f)),
    "largest_number": lambda f: all(int(f.result) >= n for n in integers(f)) and int(f.result) in integers(f),
    "smallest_number": lambda f: (
        all(int(f.result) <= n for n in integers(f)) and int(f.result) in integers(f)
    ),
    "longest_word": lambda f: all(len(f.result) > len(word) for word in items(f) if word != f.result),
    "sum_numbers": lambda f: int(f.result) == sum(integers(f)),
    "multiply": lambda f: sum([int(str(f.values["first"]))] * int(str(f.values["second"]))) == int(f.result),
    "nth_item": lambda f: (
        items(f)[
            ["first", "second", "third", "fourth", "erste", "zweite", "dritte", "vierte"].index(
                str(f.values["ordinal"])
            )
            % 4
        ]
        == f.result
    ),
    "spell": lambda f: (
        f.result.replace("-", "") == f.values["word"] and len(f.result) == 2 * len(str(f.values["word"])) - 1
    ),
    "shorten": lambda f: set(f.result.strip(".").split()) <= set(re.findall(r"\w+", str(f.values["text"]))),
    "upper_case": lambda f: f.result == str(f.values["text"]).upper() and f.result == f.result.upper(),
    "record_sentence": lambda f: all(
        part.split(": ")[1] in f.result for part in str(f.values["record"]).split("; ")
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CHECKS)
def test_the_result_is_right(name: str, language: Language) -> None:
    draw = draws(7, language, "train")

    for _ in range(150):
        filling = fill_task(draw, name)
        assert CHECKS[name](filling), filling


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_stand_in_the_table(language: Language) -> None:
    draw = draws(7, language, "train")
    there, back = dictionary(language), dictionary("de" if language == "en" else "en")

    for _ in range(200):
        one, several, other = (
            fill_task(draw, name) for name in ("translate", "translate_list", "translate_back")
        )
        assert one.result in there[str(one.values["word"])]
        assert all(
            new in there[old] for old, new in zip(items(several), several.result.split(", "), strict=True)
        )
        assert other.result in back[str(other.values["word"])]


def test_every_task_is_checked_here() -> None:
    assert set(TASKS) == {*CHECKS, "translate", "translate_list", "translate_back"}


@pytest.mark.parametrize("name", NUMERIC_TASKS)
def test_numeric_tasks_have_numbers(name: str) -> None:
    assert fill_task(draws(1, "de", "val"), name).result.isdigit()


def steps(name: str) -> Iterator[tuple[str, str]]:
    draw = draws(3, "en", "train")
    for _ in range(100):
        filling = fill_task(draw, name)
        yield str(filling.steps), filling.result


def test_sums_are_reached_step_by_step() -> None:
    for text, result in steps("sum_numbers"):
        sums = [re.fullmatch(r"(\d+) \+ (\d+) = (\d+)", step) for step in text.split(", ")]
        assert all(step and int(step[1]) + int(step[2]) == int(step[3]) for step in sums)
        assert text.endswith(f" = {result}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_and_no_are_right_and_about_as_frequent(language: Language) -> None:
    draw = draws(5, language, "train")
    answers = []
    for _ in range(600):
        question, is_true, _ = draw_yes_no(draw)
        answers.append(is_true)
        numbers = [int(text) for text in re.findall(r"\d+", question)]
        if len(numbers) == 2:
            assert is_true == (numbers[0] > numbers[1]), question

    assert 0.35 < sum(answers) / len(answers) < 0.65


def test_the_core_of_a_german_sentence_keeps_the_verb_in_second_place() -> None:
    draw = draws(2, "de", "train")

    for _ in range(100):
        text, core = sentence_with_core(draw)
        name, verb, *_ = core.split()
        assert core.endswith(".")
        assert re.search(rf"{verb} {name}\b|{name}(,.*,)? {verb}\b", text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_are_spoken_of_with_their_own_pronoun(language: Language) -> None:
    draw = draws(4, language, "train")
    woman, man = draw_person(draw, "f"), draw_person(draw, "m")

    hers, his = (
        " ".join(one.says(draw, a, form="_again") for a in ATTRIBUTES).split() for one in (woman, man)
    )

    assert {"en": {"her", "she"}, "de": {"ihr", "sie", "ihre"}}[language] & set(hers)
    assert not {"en": {"his", "he"}, "de": {"sein", "er", "seine"}}[language] & set(hers)
    assert {"en": {"his", "he"}, "de": {"sein", "er", "seine"}}[language] & set(his)


def test_the_same_person_is_told_of_in_both_languages() -> None:
    draw = draws(4, "en", "train")
    person = draw_person(draw, "f")

    assert person.says(draw, "city") == f"{person.name} lives in {person.rows['city']}."
    assert person.says(draw.other_language(), "job") == f"{person.name} arbeitet als {person.title('de')}."


def test_a_task_has_its_result_in_its_sentence() -> None:
    draw = draws(9, "de", "train")

    for _ in range(200):
        task = draw_task(draw, TASKS)
        assert task.result in task.sentence
        assert task.sentence == answer_sentence(draw, task.name, task.filling)
        assert "{" not in task.question + task.sentence


def test_a_further_sentence_stands_behind_a_full_stop() -> None:
    assert follow("Sort: a, b", "Only the result.") == "Sort: a, b. Only the result."
    assert follow("What is it?", "Only the result.") == "What is it? Only the result."
