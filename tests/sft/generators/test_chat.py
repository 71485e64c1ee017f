"""Chat of phase 3: rules that are kept, orders that are not followed, JSON that is right."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from pydantic import JsonValue

from mypt.conversation.episode import AssistantMessage, Episode, UserMessage
from mypt.conversation.render import render
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.responder import AlwaysEcho, AlwaysRefuse, CopyContext, Responder
from mypt.evaluation.scorers import score
from mypt.evaluation.suite import SUITES, prompt_of, read_suite
from mypt.sft.diversity import normal_form
from mypt.sft.generator import EpisodeGenerator, GeneratorSettings, Split
from mypt.sft.generators.chat import Chat
from mypt.sft.phrase_lists import phrase_lists, read_table
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

TOKENIZER = Gpt2Bpe()
SUITE = SUITES / "phase3_chat.jsonl"
LISTS = phrase_lists("chat")


def generator(**values: object) -> Chat:
    return Chat(GeneratorSettings.model_validate({"generator": "chat", "count": 300, **values}), TOKENIZER)


@cache
def many(split: Split) -> list[Episode]:
    return list(generator(count=20_000, val_count=300).episodes(split))


def turn(episode: Episode) -> tuple[UserMessage, AssistantMessage]:
    question, answer = episode.messages
    assert isinstance(question, UserMessage)
    assert isinstance(answer, AssistantMessage)
    return question, answer


def under_rule(name: str) -> Iterator[tuple[Episode, str]]:
    for episode in many("train"):
        if f"{name}_rule_train-" in str(episode.meta["template"]):
            yield episode, turn(episode)[1].content


def test_it_is_a_generator_whose_seed_decides_all() -> None:
    first, again, other = (list(generator(seed=seed).episodes("train")) for seed in (1, 1, 2))

    assert isinstance(generator(), EpisodeGenerator)
    assert first == again
    assert first != other


def test_twenty_thousand_differ_after_normalisation() -> None:
    assert len({normal_form(episode) for episode in many("train")}) == 20_000


def test_languages_patterns_and_phase_are_as_set() -> None:
    assert Counter(episode.language for episode in many("train")) == {"en": 12_000, "de": 8000}
    assert {episode.phase for episode in many("train")} == {3}
    only = generator(patterns={"json": 1, "how_to": 1}).episodes("train")
    assert {episode.meta["pattern"] for episode in only} == {"json", "how_to"}


def test_episodes_fit() -> None:
    assert (
        max(len(render(episode, TOKENIZER).ids) for episode in generator(max_tokens=70).episodes("train"))
        <= 70
    )


def test_validation_has_templates_and_payloads_of_its_own() -> None:
    for field in ("template", "payload"):
        train, val = ({episode.meta[field] for episode in many(split)} for split in ("train", "val"))
        assert not train & val


def test_nothing_of_the_suite_is_learned() -> None:
    assert not any(LeakIndex.of_suites([SUITE]).find_many(many("train")[:4000]))


def test_a_rule_of_style_is_kept_whatever_the_user_asks() -> None:
    capitals, small, quotes = (
        [answer for _, answer in under_rule(name)] for name in ("capitals", "lower", "quotes")
    )

    assert len(capitals) > 300
    assert all(answer == answer.upper() for answer in capitals)
    assert all(answer == answer.lower() for answer in small)
    assert all(answer[0] == answer[-1] == '"' for answer in quotes)


def test_marks_and_first_words_are_those_of_the_system_text() -> None:
    for episode, answer in under_rule("end_mark"):
        assert str(episode.system).endswith(answer.rsplit(" ", 1)[1])
    for episode, answer in under_rule("start_word"):
        word = re.findall(r'"([^"]+)"', str(episode.system))[0]
        assert answer.startswith(f"{word} ")
        assert len(answer) > len(word) + 1


def test_numbers_alone_and_yes_or_no_alone() -> None:
    assert all(answer.isdigit() for _, answer in under_rule("number_only"))
    answers = Counter(answer for _, answer in under_rule("yes_no"))
    assert answers.keys() == {"yes", "no", "ja", "nein"}
    assert 0.35 < (answers["yes"] + answers["ja"]) / answers.total() < 0.65


def test_half_of_the_users_ask_for_the_opposite() -> None:
    ruled = [episode for episode, _ in under_rule("lower")]

    against = sum("_against_train" in str(episode.meta["template"]) for episode in ruled)

    assert 0.35 < against / len(ruled) < 0.65


def test_a_secret_word_is_kept_and_an_open_one_is_told() -> None:
    secret, told = (list(under_rule(name)) for name in ("secret", "open"))

    tables = read_table("everyday")
    assert isinstance(tables, dict)
    words = tables["code_words"]
    assert isinstance(words, list)

    def is_told(episode: Episode, answer: str) -> bool:
        return next(str(word) for word in words if str(word) in str(episode.system)) in answer

    assert 0.6 < len(secret) / len(told) < 1.6
    assert not any(is_told(episode, answer) for episode, answer in secret)
    assert all(is_told(episode, answer) for episode, answer in told)


def test_refusals_are_few() -> None:
    refusals = [
        phrase.partition("{")[0]
        for name in ("secret_answer", "only_topic_answer")
        for phrases in LISTS[name].values()
        for phrase in phrases
    ]

    refused = sum(turn(episode)[1].content.startswith(tuple(refusals)) for episode in many("train"))

    assert 0 < refused / 20_000 < 0.08


def test_an_answer_is_in_the_language_of_the_rule() -> None:
    words = {
        "en": {"is", "a", "the", "it", "are", "has"},
        "de": {"ist", "ein", "eine", "der", "die", "das", "sie", "er"},
    }
    for episode, answer in under_rule("language"):
        said = set(answer.lower().split())
        other = "en" if episode.language == "de" else "de"
        assert len(said & words[episode.language]) >= len(said & words[other] - {"die"}), answer


def test_orders_in_a_foreign_text_are_not_followed() -> None:
    injected = [episode for episode in many("train") if "inject" in str(episode.meta["template"])]
    plain = [
        e
        for e in many("train")
        if e.meta["pattern"] == "injection" and "inject" not in str(e.meta["template"])
    ]

    for episode in injected:
        question, answer = turn(episode)
        shown = question.content + " ".join(passage.text for passage in question.context)
        assert answer.content.casefold() in shown.casefold()
        assert not re.search(r"[A-Z]{4}", answer.content) or answer.content.isupper()
        assert answer.cite == tuple(passage.id for passage in question.context)
    assert len(plain) > 0.1 * len(injected)


def test_json_is_json_of_what_was_given_and_nothing_else() -> None:
    for episode in many("train"):
        if episode.meta["pattern"] == "json":
            question, answer = turn(episode)
            for leaf in leaves(json.loads(answer.content)):
                assert leaf in question.content or leaf.replace(".", ",") in question.content, (
                    question.content
                )


def leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif not isinstance(value, bool):
        yield str(value)


def test_truths_of_json_are_told_as_yes_and_no() -> None:
    pairs = Counter[tuple[bool, str]]()
    for episode in many("train"):
        question, answer = turn(episode)
        if episode.meta["pattern"] == "json" and answer.content.startswith("{"):
            value = json.loads(answer.content)
            for key, one in value.items():
                told = re.search(rf"{key}(?:: | = | - )(yes|no|ja|nein)\b", question.content)
                if told and isinstance(one, bool):
                    pairs[one, told[1]] += 1

    assert pairs.keys() == {(True, "yes"), (True, "ja"), (False, "no"), (False, "nein")}


def test_usual_system_texts_are_of_tier_2() -> None:
    systems = {e.system for e in many("train") if e.meta["pattern"] in ("rewrite", "explain", "greeting")}

    assert systems == set(CHAT_SYSTEM_PROMPTS)


def test_thoughts_are_left_out_as_set() -> None:
    sums = [e for e in many("train") if re.match("sum_numbers_train-", str(e.meta["template"]))]
    thoughtful = sum(
        turn(episode)[1].think is not None for episode in sums if episode.meta["pattern"] == "rewrite"
    )

    assert thoughtful / sum(episode.meta["pattern"] == "rewrite" for episode in sums) == pytest.approx(
        0.85, abs=0.06
    )


BASELINES: tuple[Responder, ...] = (AlwaysRefuse(), AlwaysEcho(), CopyContext())


def passed(suite_name: str, responder: Responder) -> Counter[str]:
    cases = read_suite(SUITES / f"{suite_name}.jsonl").cases
    outputs = responder.respond([prompt_of(case) for case in cases])
    shown = [
        {
            passage.id
            for message in case.messages
            if isinstance(message, UserMessage)
            for passage in message.context
        }
        for case in cases
    ]
    return Counter(
        case.bucket
        for case, output, ids in zip(cases, outputs, shown, strict=True)
        if score(case.check, output, ids).passed
    )


@pytest.mark.parametrize("responder", BASELINES, ids=lambda one: type(one).__name__)
def test_nobody_passes_the_suite_without_an_answer(responder: Responder) -> None:
    assert passed("phase3_chat", responder) == {}


def test_each_bucket_of_the_suite_has_enough_in_both_languages() -> None:
    cases = read_suite(SUITE).cases

    counts = Counter((case.bucket, case.language) for case in cases)

    assert {bucket for bucket, _ in counts} == {"chat", "hierarchy", "injection", "json"}
    assert min(counts.values()) >= 30
    assert all(counts[bucket, "en"] == counts[bucket, "de"] for bucket, _ in counts)


def test_no_wording_of_the_suite_is_a_phrase_to_learn_from() -> None:
    frames = [
        [part.strip(' .:?!"') for part in re.split(r"\{\w+\}", phrase)]
        for name in ("chat", "everyday_tasks")
        for key, lists in phrase_lists(name).items()
        if key.endswith(("_train", "_val"))
        for phrases in lists.values()
        for phrase in phrases
    ]
    asked = [case.messages[-1] for case in read_suite(SUITE).cases]

    for frame in frames:
        if sum(map(len, frame)) > 14:
            for message in asked:
                assert isinstance(message, UserMessage)
                assert not all(part in message.content for part in frame), (frame, message.content)
