"""Dialogues that go on: what later turns say follows from what was said before."""

import re
from collections.abc import Callable
from itertools import islice
from random import Random
from typing import get_args
from unicodedata import normalize

import pytest

from mypt.sft.drawing import Draw, Language, Turn
from mypt.sft.generators import scenarios
from mypt.sft.generators.scenarios import SCENARIOS, Turns, talk_about_topic
from mypt.sft.phrase_lists import phrase_lists

LANGUAGES: tuple[Language, ...] = get_args(Language)
PHRASES = phrase_lists("multi_turn")


def talks(scenario: Callable[[Draw], Turns], language: Language, n_turns: int = 5) -> list[list[Turn]]:
    return [
        list(islice(scenario(Draw(Random(seed), language, "train")), n_turns))  # noqa: S311
        for seed in range(60)
    ]


def named(name: str) -> Callable[[Draw], Turns]:
    return next(one for one in SCENARIOS if one.__name__ == name)


def values_in(turn: Turn, phrase: str, language: Language) -> dict[str, str] | None:
    """What a phrase of a list was filled with, or None when the question is not one of it."""
    for template in PHRASES[f"{phrase}_train"][language]:
        pattern = re.escape(template)
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", pattern), turn.user)
        if found:
            return found.groupdict()
    return None


def without_marks(word: str) -> str:
    return "".join(char for char in normalize("NFD", word.lower().replace("ß", "ss")) if char.isascii())


def last_of(answer: str) -> str:
    return re.split(r'[:" ]+', answer.rstrip('."'))[-1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_five_turns_can_be_had_and_no_placeholder_is_left(
    scenario: Callable[[Draw], Turns], language: Language
) -> None:
    for turns in talks(scenario, language):
        assert len(turns) == 5
        assert not any(char in turn.user + turn.answer for turn in turns for char in "{}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_change_as_they_are_told_to(language: Language) -> None:
    for first, *others in talks(named("_word_list"), language):
        words = re.findall(r"\w+(?:, \w+)+", first.user)[0].split(", ")
        assert str(len(words)) in first.answer
        for turn in others:
            words = told_list(words, turn, language)


def told_list(words: list[str], turn: Turn, language: Language) -> list[str]:
    """Play a turn again; return the list after it."""
    orders = {name: values_in(turn, f"list_{name}", language) for name in
              ("add", "drop", "last", "nth", "count", "sort", "reverse")}  # fmt: skip
    name, values = next((name, values) for name, values in orders.items() if values is not None)
    if name in ("nth", "last", "count"):
        place = (
            phrase_lists("everyday_tasks")["ordinals"][language].index(values["ordinal"]) if values else -1
        )
        assert (str(len(words)) if name == "count" else words[place]) in re.findall(r"\w+", turn.answer)
        return words
    after = turn.answer.partition(": ")[2].split(", ")
    expected = {
        "add": lambda: after[:-1] == words and after[-1] == values["word"],
        "drop": lambda: after == [word for word in words if word != values["word"]],
        "reverse": lambda: list(reversed(after)) == words,
        "sort": lambda: set(after) == set(words) and sorted(after, key=without_marks) == after,
    }
    assert expected[name](), (words, turn)
    return after


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_go_on_from_the_last_result(language: Language) -> None:
    for first, *others in talks(named("_numbers"), language):
        start = total = int(last_of(first.answer))
        for turn in others:
            plus, minus, times = (values_in(turn, name, language) for name in ("plus", "minus", "times"))
            if plus:
                total += int(plus["number"])
            elif minus:
                total -= int(minus["number"])
            elif times:
                total *= int(times["number"])
            elif values_in(turn, "add_results", language) is not None:
                total += start
            elif values_in(turn, "first_result", language) is not None:
                assert int(last_of(turn.answer)) == start
                continue
            assert int(last_of(turn.answer)) == total, turn


@pytest.mark.parametrize("language", LANGUAGES)
def test_prices_add_up(language: Language) -> None:
    for first, many, cheaper, change, _ in talks(named("_shop"), language):
        price, other = (int(text) for text in re.findall(r"\d+", first.user)[:2])
        assert re.findall(r"\d+", first.answer) == [str(price + other)]
        count = int(re.findall(r"\d+", many.user)[0])
        assert re.findall(r"\d+", many.answer) == [str(sum([price] * count))]
        thing = last_of(cheaper.answer)
        assert re.search(rf"\b{thing}\W+(?:\w+ )?{min(price, other)}\b", first.user)
        paid = int(re.findall(r"\d+", change.user)[0])
        assert int(re.findall(r"\d+", change.answer)[0]) + price + other == paid


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_thoughts_are_sums_that_are_right(scenario: Callable[[Draw], Turns]) -> None:
    operations = {"+": int.__add__, "-": int.__sub__, "x": int.__mul__}
    for turns in talks(scenario, "en"):
        for thought in (turn.think for turn in turns if turn.think):
            for left, sign, right, result in re.findall(r"(\d+) ([+x-]) (\d+) = (\d+)", thought):
                assert operations[sign](int(left), int(right)) == int(result)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_about_two_people_cites_the_passage_it_stands_in(language: Language) -> None:
    for turns in talks(named("_passages"), language):
        texts = {passage.id: passage.text for passage in turns[0].context}
        assert len(texts) == 2
        for turn in turns:
            assert turn.answer in texts[turn.cite[0]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_a_person_was_told_or_follows(language: Language) -> None:
    for first, *others in talks(named("_person"), language):
        for turn in others:
            in_years = values_in(turn, "age_later", language)
            if in_years:
                age = int(re.findall(r"\b(\d+) (?:years old|Jahre alt)", first.user)[0])
                assert str(age + int(in_years["number"])) in turn.answer
            elif values_in(turn, "in_other_language", language) is None:
                assert turn.answer in first.user


@pytest.mark.parametrize("language", LANGUAGES)
def test_translated_words_are_counted_and_spelled(language: Language) -> None:
    for turns in talks(named("_translation"), language):
        word = ""
        for turn in turns:
            if "-" in turn.answer:
                assert last_of(turn.answer).replace("-", "") == word
            elif re.search(r"\d", turn.answer):
                assert f'"{word}"' in turn.answer
                assert str(len(word)) in turn.answer
            elif turn.answer.count('"') == 4:
                word = re.findall(r'"([^"]+)"', turn.answer)[1]


def test_topics_return_to_their_first_sentence() -> None:
    turns = list(talk_about_topic(Draw(Random(1), "de", "train")))  # noqa: S311

    assert turns[-2].answer == turns[0].answer
    assert turns[-1].answer not in {turn.answer for turn in turns[:-1]}


def test_every_scenario_is_exported() -> None:
    assert len(SCENARIOS) == 8
    assert all(scenario.__module__ == scenarios.__name__ for scenario in SCENARIOS)
