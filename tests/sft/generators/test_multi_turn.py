"""Dialogues of phase 4: turns that are closed, asked back once, and answered from what the system added."""

import datetime
import re
from collections import Counter
from functools import cache

import pytest

from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    UserMessage,
    parse_row,
)
from mypt.conversation.render import render, stop_ids
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.responder import AlwaysEcho, AlwaysRefuse, CopyContext, Responder
from mypt.evaluation.scorers import score
from mypt.evaluation.suite import SUITES, prompt_of, read_suite
from mypt.sft.diversity import normal_form
from mypt.sft.generator import EpisodeGenerator, GeneratorSettings, Split
from mypt.sft.generators.multi_turn import MultiTurn
from mypt.sft.phrase_lists import phrase_lists, read_table
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

TOKENIZER = Gpt2Bpe()
SUITE = SUITES / "phase4.jsonl"
LISTS = phrase_lists("multi_turn")
TOLD_OF = r"(?:colour of|Lieblingsfarbe von) (\w+)|(\w+) (?:is|lives|works|likes|ist|wohnt|arbeitet|mag) "


def generator(**values: object) -> MultiTurn:
    settings = GeneratorSettings.model_validate({"generator": "multi_turn", "count": 300, **values})
    return MultiTurn(settings, TOKENIZER)


@cache
def many(split: Split) -> list[Episode]:
    return list(generator(count=6000, val_count=150).episodes(split))


def of_pattern(name: str) -> list[Episode]:
    return [episode for episode in many("train") if episode.meta["pattern"] == name]


def questions(episode: Episode) -> list[UserMessage]:
    return [message for message in episode.messages if isinstance(message, UserMessage)]


def answers(episode: Episode) -> list[AssistantMessage]:
    return [message for message in episode.messages if isinstance(message, AssistantMessage)]


def added(episode: Episode) -> str:
    return next(
        message.content for message in episode.messages if isinstance(message, AssistantContextMessage)
    )


def test_it_is_a_generator_whose_seed_decides_all() -> None:
    first, again, other = (list(generator(seed=seed).episodes("train")) for seed in (1, 1, 2))

    assert isinstance(generator(), EpisodeGenerator)
    assert first == again
    assert first != other


def test_dialogues_differ_after_normalisation() -> None:
    assert len({normal_form(episode) for episode in many("train")}) == len(many("train"))


def test_languages_and_patterns_have_their_shares() -> None:
    assert Counter(episode.language for episode in many("train")) == {"en": 3600, "de": 2400}
    shares = {"followup": 0.4, "clarification": 0.25, "topic_switch": 0.15, "assistant_context": 0.2}
    for pattern, share in shares.items():
        assert len(of_pattern(pattern)) / 6000 == pytest.approx(share, abs=0.03)


def test_two_to_five_turns_each_closed() -> None:
    end_of_turn = stop_ids(TOKENIZER).end_of_turn
    for episode in many("train")[:500]:
        n_turns = len(questions(episode))
        assert 2 <= n_turns <= 5
        assert len(answers(episode)) == n_turns
        rendered = render(episode, TOKENIZER)
        ends = rendered.ids == end_of_turn
        assert ends.sum() == n_turns
        assert (rendered.weights[ends] == 2.0).all()


def test_episodes_can_be_learned_from_and_fit() -> None:
    for episode in generator(max_tokens=150).episodes("train"):
        parse_row(episode.model_dump(mode="json"), "here")
        assert len(render(episode, TOKENIZER).ids) <= 150


def test_validation_has_templates_and_payloads_of_its_own() -> None:
    for field in ("template", "payload"):
        train, val = ({episode.meta[field] for episode in many(split)} for split in ("train", "val"))
        assert not train & val


def test_nothing_of_the_suite_is_learned() -> None:
    assert not any(LeakIndex.of_suites([SUITE]).find_many(many("train")[:2000]))


def test_what_is_unclear_is_asked_back_and_what_is_clear_is_not() -> None:
    asked = {phrase.partition("{")[0] for name, lists in LISTS.items() if name.startswith("which_")
             for phrases in lists.values() for phrase in phrases}  # fmt: skip

    asks = [answers(episode)[0].content.startswith(tuple(asked)) for episode in of_pattern("clarification")]

    assert 0.65 < sum(asks) / len(asks) < 0.85
    for episode, asks_back in zip(of_pattern("clarification"), asks, strict=True):
        assert not answers(episode)[-1].content.startswith(tuple(asked))
        assert asks_back == (
            "?" in answers(episode)[0].content or answers(episode)[0].content.startswith(tuple(asked))
        )


def test_a_pronoun_is_asked_back_only_when_it_fits_two() -> None:
    tables = read_table("everyday")
    assert isinstance(tables, dict)
    names = tables["names"]
    assert isinstance(names, list)
    genders = {str(row["name"]): str(row["gender"]) for row in names if isinstance(row, dict)}
    seen = Counter[bool]()
    for episode in of_pattern("clarification"):
        if "note_train" in str(episode.meta["template"]):
            people = {
                name
                for told in re.findall(TOLD_OF, questions(episode)[0].content)
                for name in told
                if name in genders
            }
            is_unclear = len({genders[name] for name in people}) == 1
            assert answers(episode)[0].content.endswith("?") == is_unclear
            seen[is_unclear] += 1

    assert min(seen[True], seen[False]) > 50


def test_a_new_topic_is_announced() -> None:
    announced = tuple(LISTS["switch_train"]["en"] + LISTS["switch_train"]["de"])

    for episode in of_pattern("topic_switch"):
        assert sum(question.content.startswith(announced) for question in questions(episode)) == 1


def test_what_the_system_adds_stands_between_question_and_answer_once() -> None:
    for episode in many("train"):
        roles = [message.role for message in episode.messages]
        expected = 1 if episode.meta["pattern"] == "assistant_context" else 0
        assert roles.count("assistant_context") == expected
        if expected:
            assert roles[:3] == ["user", "assistant_context", "assistant"]


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
}


def dates(text: str) -> list[datetime.date]:
    months = {
        month: number for names in MONTHS.values() for number, month in enumerate(names.split(), start=1)
    }
    found = re.findall(rf"(\d+)\.? ({'|'.join(months)}) (\d{{4}})", text)
    return [datetime.date(int(year), months[month], int(day)) for day, month, year in found]


def test_dates_and_weekdays_are_those_of_the_calendar() -> None:
    n_checked = 0
    for episode in of_pattern("assistant_context"):
        if not dates(added(episode)):
            continue
        (today,) = dates(added(episode))
        for question, answer in zip(questions(episode), answers(episode), strict=True):
            number = re.findall(r"\d+", question.content)
            day = today + datetime.timedelta(int(number[0]) if number else 0)
            assert dates(answer.content) in ([day], [])
            names = WEEKDAYS[episode.language].split()
            weekdays = [name for name in names if name in answer.content]
            assert weekdays in ([], [names[day.weekday()]])
            assert weekdays or dates(answer.content)
            n_checked += 1

    assert n_checked > 200


def test_answers_use_what_the_system_added() -> None:
    for episode in of_pattern("assistant_context"):
        told = set(re.findall(r"\w+", added(episode)))
        if dates(added(episode)) or "wish_train" in str(episode.meta["template"]):
            continue
        for answer in answers(episode):
            facts = [
                word for word in re.findall(r"\w+", answer.content) if word[0].isupper() or word.isdigit()
            ][1:]
            n_people = re.findall(r"(\d+) (?:people|Personen)", added(episode))
            cost = re.findall(r"(\d+) (?:euros|Euro)", added(episode))
            known = told | ({str(int(n_people[0]) * int(cost[0])), "Personen"} if cost else set())
            usual = {"Reise", "Tage", "Jahre", "Euro", "Bestellung", "Nummer", "Lieblingsfarbe", "Personen"}
            assert set(facts) <= known | usual, (facts, added(episode))


def test_a_wish_of_the_user_is_kept_in_every_turn() -> None:
    wishes = [e for e in of_pattern("assistant_context") if "wish_train" in str(e.meta["template"])]

    assert wishes
    for episode in wishes:
        change = str.upper if "capitals_rule" in str(episode.meta["template"]) else str.lower
        assert all(answer.content == change(answer.content) for answer in answers(episode))


@pytest.mark.parametrize(
    "responder", [AlwaysRefuse(), AlwaysEcho(), CopyContext()], ids=lambda one: type(one).__name__
)
def test_nobody_passes_the_suite_without_an_answer(responder: Responder) -> None:
    cases = read_suite(SUITE).cases

    outputs = responder.respond([prompt_of(case) for case in cases])

    for case, output in zip(cases, outputs, strict=True):
        shown = {
            passage.id
            for message in case.messages
            if isinstance(message, UserMessage)
            for passage in message.context
        }
        assert not score(case.check, output, shown).passed, case.id


def test_each_bucket_of_the_suite_has_enough_in_both_languages() -> None:
    counts = Counter((case.bucket, case.language) for case in read_suite(SUITE).cases)

    assert {bucket for bucket, _ in counts} == {"followup", "turns"}
    assert min(counts.values()) >= 30
    assert all(counts[bucket, "en"] == counts[bucket, "de"] for bucket, _ in counts)
