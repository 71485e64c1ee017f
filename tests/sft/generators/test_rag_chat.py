"""The generator of RAG chat: its answers follow from what they cite, and its refusals have twins."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from mypt.conversation.episode import AssistantMessage, Episode, UserMessage, parse_row
from mypt.conversation.render import render
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS
from mypt.errors import InputError
from mypt.evaluation.case import Abstains, Answers, Case, Cited
from mypt.evaluation.leaks import LeakIndex
from mypt.evaluation.refusals import is_refusal
from mypt.evaluation.suite import load_suites, shipped_suites
from mypt.evaluation.words import holds
from mypt.sft.diversity import normal_form
from mypt.sft.generator import EpisodeGenerator, GeneratorSettings
from mypt.sft.generators.rag_chat import PATTERNS, RagChat
from mypt.sft.phrase_lists import phrase_lists
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

COUNT = 1_000


def _make(count: int = COUNT, **settings: object) -> RagChat:
    values = {"generator": "rag_chat", "count": count, "val_count": 300, **settings}
    return RagChat(GeneratorSettings.model_validate(values), Gpt2Bpe())


@pytest.fixture(scope="module")
def train() -> list[Episode]:
    return list(_make().episodes("train"))


@pytest.fixture(scope="module")
def val() -> list[Episode]:
    return list(_make().episodes("val"))


def _turns(episode: Episode) -> Sequence[tuple[UserMessage, AssistantMessage]]:
    users = [message for message in episode.messages if isinstance(message, UserMessage)]
    answers = [message for message in episode.messages if isinstance(message, AssistantMessage)]
    return list(zip(users, answers, strict=True))


def _of(episodes: Sequence[Episode], pattern: str) -> list[Episode]:
    return [episode for episode in episodes if episode.meta["pattern"] == pattern]


def _numbers(text: str) -> set[str]:
    return {word.strip(".,:") for word in text.split() if any(map(str.isdigit, word))}


def _last_question(episode: Episode) -> str:
    return _turns(episode)[-1][0].content


def test_it_is_a_generator() -> None:
    assert isinstance(_make(), EpisodeGenerator)


def test_shares_of_languages_and_patterns_are_exact(train: list[Episode]) -> None:
    assert Counter(episode.language for episode in train) == {"en": 600, "de": 400}
    patterns = Counter(str(episode.meta["pattern"]) for episode in train)
    assert patterns == {pattern: round(COUNT * weight) for pattern, weight in PATTERNS.items()}


@pytest.mark.parametrize(("count", "de_share"), [(1, 0.4), (7, 1.0), (333, 0.0), (1_001, 0.25)])
def test_any_count_and_share_is_met(count: int, de_share: float) -> None:
    episodes = list(_make(count, de_share=de_share).episodes("train"))

    n_german = sum(episode.language == "de" for episode in episodes)
    assert (len(episodes), n_german) == (count, int(count * de_share + 0.5))


def test_every_row_can_be_learned_from_and_has_a_system_prompt_of_its_language(train: list[Episode]) -> None:
    for episode in train:
        parse_row(episode.model_dump(mode="json"), "here")
        assert (
            episode.system in CHAT_SYSTEM_PROMPTS[:2] if episode.language == "en" else CHAT_SYSTEM_PROMPTS[2:]
        )
        assert episode.phase == 3


def test_numbers_and_names_of_an_answer_stand_in_the_passage_that_it_cites(train: list[Episode]) -> None:
    n_checked = 0
    for episode in train:
        passages = {passage.id: passage.text for passage in _turns(episode)[0][0].context}
        for question, answer in _turns(episode):
            asked = _numbers(question.content)
            for number in _numbers(answer.content) - asked if answer.cite else ():
                assert number in _numbers(passages[answer.cite[0]])
                n_checked += 1
    assert n_checked > len(train) / 2


def test_a_value_that_is_extracted_stands_in_the_passage_that_is_cited(train: list[Episode]) -> None:
    for episode in _of(train, "extraction"):
        ((question, answer),) = _turns(episode)
        passages = {passage.id: passage.text for passage in question.context}
        assert answer.content in passages[answer.cite[0]]


def test_contexts_have_one_to_four_passages_and_the_answer_stands_anywhere(train: list[Episode]) -> None:
    sizes: Counter[int] = Counter()
    places: Counter[int] = Counter()
    for episode in _of(train, "context_answer"):
        question, answer = _turns(episode)[0]
        ids = [passage.id for passage in question.context]
        assert len(set(ids)) == len(ids)
        sizes[len(ids)] += 1
        if len(ids) == 4:
            places[ids.index(answer.cite[0])] += 1
    assert sizes.keys() == {1, 2, 3, 4}
    assert places.keys() == {0, 1, 2, 3}
    assert max(places.values()) < 2 * min(places.values())


def test_a_second_turn_cites_what_was_shown_in_the_first(train: list[Episode]) -> None:
    for episode in _of(train, "multiturn"):
        first, second = _turns(episode)
        assert second[0].context == ()
        assert {*first[1].cite, *second[1].cite} <= {passage.id for passage in first[0].context}
        assert first[1].content != second[1].content


def test_each_refusal_has_an_answered_twin_with_the_same_question(train: list[Episode]) -> None:
    pairs = defaultdict(list)
    for episode in train:
        if "twin" in episode.meta:
            pairs[episode.meta["twin"]].append(episode)
    refused = _of(train, "insufficient_context")
    assert len(refused) == 80
    for episode in refused:
        answered, same = pairs[episode.meta["twin"]]
        assert same is episode
        assert answered.system == episode.system
        assert _last_question(answered) == _last_question(episode)
        contexts = [{passage.id for passage in _turns(one)[0][0].context} for one in (answered, episode)]
        assert contexts[0] - contexts[1] == set(_turns(answered)[0][1].cite)
        assert (_turns(answered)[0][1].think is None) == (_turns(episode)[0][1].think is None)


def test_refusals_are_refusals_and_answers_are_none(train: list[Episode]) -> None:
    for episode in train:
        for _, answer in _turns(episode):
            refuses = is_refusal(answer.content, episode.language)
            assert refuses == (not answer.cite and "pasted" not in str(episode.meta["template"]))


def test_without_context_nothing_is_cited_and_half_is_answered_from_the_message(train: list[Episode]) -> None:
    episodes = _of(train, "no_context")
    refused = [episode for episode in episodes if is_refusal(_turns(episode)[0][1].content)]

    assert len(refused) in (len(episodes) // 2, len(episodes) // 2 - 1)
    assert all(
        not question.context and not answer.cite for one in episodes for question, answer in _turns(one)
    )


def test_thoughts_are_left_out_as_often_as_asked() -> None:
    episodes = list(_make(1_000, patterns={"context_think": 1}, think_omit_ratio=0.25).episodes("train"))

    with_thoughts = sum(_turns(episode)[0][1].think is not None for episode in episodes)
    assert with_thoughts / len(episodes) == pytest.approx(0.75, abs=0.05)


def test_thoughts_name_the_passage_or_its_words(train: list[Episode]) -> None:
    thoughts = [turn for episode in _of(train, "context_think") for turn in _turns(episode) if turn[1].think]

    assert thoughts
    for question, answer in thoughts:
        passage = next(passage for passage in question.context if passage.id == answer.cite[0])
        assert answer.cite[0] in str(answer.think)
        assert any(sentence in str(answer.think) for sentence in passage.text.split(". "))


def test_train_and_val_share_no_template_no_question_and_no_passage(
    train: list[Episode], val: list[Episode]
) -> None:
    assert len(val) == 300
    for key in (lambda one: one.meta["template"], _last_question):
        assert not {key(one) for one in train} & {key(one) for one in val}
    texts = [
        {passage.text for one in split for passage in _turns(one)[0][0].context} for split in (train, val)
    ]
    assert not texts[0] & texts[1]


def test_the_same_settings_give_the_same_episodes_and_more_begin_with_the_same(train: list[Episode]) -> None:
    assert list(_make().episodes("train")) == train
    assert list(_make(1_200).episodes("train"))[:COUNT] == train
    assert list(_make(200, seed=1).episodes("train")) != train[:200]


def test_many_episodes_have_no_duplicate_after_normalisation() -> None:
    forms = Counter(normal_form(episode) for episode in _make(3_000, seed=3).episodes("train"))

    assert max(forms.values()) == 1


@pytest.mark.parametrize("max_tokens", [300, 420])
def test_episodes_fit_without_being_cut(max_tokens: int) -> None:
    episodes = list(_make(300, max_tokens=max_tokens).episodes("train"))

    lengths = [len(render(episode, Gpt2Bpe()).ids) for episode in episodes]
    assert max(lengths) <= max_tokens
    assert max(lengths) > 0.9 * max_tokens
    assert len(episodes) == 300


def test_tokens_are_counted_by_the_tokenizer_that_is_given() -> None:
    letters = CharacterTokenizer.from_texts(["abcdefghijklmnopqrstuvwxyz"])
    settings = GeneratorSettings(generator="rag_chat", count=100, max_tokens=900)
    episodes = list(RagChat(settings, letters).episodes("train"))

    assert all(len(render(episode, letters).ids) <= 900 for episode in episodes)


def test_too_few_tokens_are_an_error() -> None:
    with pytest.raises(InputError, match="fits into 40 tokens"):
        next(_make(max_tokens=40).episodes("train"))


def test_refusals_without_twins_are_refused() -> None:
    with pytest.raises(InputError, match="twin"):
        _make(patterns={"insufficient_context": 1})


def test_an_unknown_pattern_is_named() -> None:
    with pytest.raises(InputError, match="multitrun"):
        _make(patterns={"multitrun": 1})


def test_a_folder_that_holds_no_documents_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a workspace nor a corpus"):
        _make(documents=(str(tmp_path),))


def test_there_are_as_many_phrases_as_the_changelog_says() -> None:
    lists = {name: len(phrases["en"]) for name, phrases in phrase_lists("rag_chat").items()}

    styles = ("casual", "imperative", "task", "analytical", "extraction")
    assert sum(lists[f"{style}_train"] for style in styles) == 30
    assert lists["follow_up_train"] == 10
    assert (lists["quote_train"], lists["refusals"], lists["refusals_without_context"]) == (6, 6, 6)
    assert lists["thoughts"] in range(5, 8)
    assert lists["openings"] in range(6, 13)


@pytest.mark.parametrize("name", ["refusals", "refusals_without_context"])
def test_each_phrase_of_refusal_is_known_to_the_scorers(name: str) -> None:
    for language, phrases in phrase_lists("rag_chat")[name].items():
        for phrase in phrases:
            assert is_refusal(phrase.format(topic="x"), "de" if language == "de" else "en"), phrase


def test_no_episode_holds_a_case_of_the_suites(train: list[Episode], val: list[Episode]) -> None:
    leaks = LeakIndex.of_suites([shipped_suites()["phase3_documents"]])

    assert set(leaks.find_many([*train, *val])) == {None}


def test_no_template_is_a_wording_of_the_suite() -> None:
    asked = {message.content for case in _cases() for message in case.messages if message.role == "user"}

    for name, lists in phrase_lists("rag_chat").items():
        for phrase in (*lists["en"], *lists["de"]) if name.endswith(("_train", "_val")) else ():
            fixed = [part.strip(" :.\n") for part in re.split(r"\{\w+\}", phrase)]
            assert not any(len(part.split()) > 2 and part in text for part in fixed for text in asked), phrase


def test_each_case_of_abstention_has_a_twin_that_shows_one_more_passage_with_the_answer() -> None:
    cases = {case.id: case for case in _cases()}
    refused = [case for case in cases.values() if isinstance(case.check, Abstains)]
    assert Counter(case.language for case in refused) == {"en": 26, "de": 26}
    for case in refused:
        twin = cases[str(case.meta["twin"])]
        assert isinstance(twin.check, Answers)
        shown = [{passage.text for passage in _asked(one).context} for one in (case, twin)]
        assert _asked(case).content == _asked(twin).content
        (telling,) = shown[1] - shown[0]
        told = [any(holds(text, fact) for fact in twin.check.any_of) for text in shown[0]]
        assert any(holds(telling, fact) for fact in twin.check.any_of)
        assert not any(told)


def test_a_fact_to_cite_stands_in_the_passage() -> None:
    cited = [(case, case.check) for case in _cases() if isinstance(case.check, Cited)]
    assert Counter(case.language for case, _ in cited) == {"en": 26, "de": 26}
    for case, check in cited:
        telling = next(passage for passage in _asked(case).context if passage.id == check.cite[0])
        assert any(holds(telling.text, fact) for fact in check.any_of)


def _cases() -> Sequence[Case]:
    return load_suites(["phase3_documents"])[0].cases


def _asked(case: Case) -> UserMessage:
    (message,) = case.messages
    assert isinstance(message, UserMessage)
    return message
