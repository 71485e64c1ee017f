"""Documents that are made up."""

import random

import pytest

from mypt.sft.made_up_documents import MadeUpDocument, documents
from mypt.sft.phrase_lists import read_table

LANGUAGES = ("en", "de")


def _many(language: str, seed: int = 0, n_documents: int = 200) -> list[MadeUpDocument]:
    rng = random.Random(seed)  # noqa: S311
    return [documents(language, rng) for _ in range(n_documents)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_source_gives_the_same_documents(language: str) -> None:
    assert _many(language, n_documents=20) == _many(language, n_documents=20)
    assert _many(language, 1, 20) != _many(language, 2, 20)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_fact_stands_in_its_passage_and_in_no_other_of_the_document(language: str) -> None:
    for document in _many(language):
        for passage in document.passages:
            for fact in passage.facts:
                assert fact.value in fact.sentence
                assert [other for other in document.passages if fact.sentence in other.text] == [passage]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_asks_names_the_subject_and_what_answers_the_value_too(language: str) -> None:
    for document in _many(language):
        name = document.subject.removeprefix("die ").removeprefix("the ")
        for fact in (fact for passage in document.passages for fact in passage.facts):
            assert fact.subject == document.subject
            assert all(name in text for text in (fact.topic, *fact.questions))
            assert all(fact.value in statement and name[1:] in statement for statement in fact.statements)
            assert not any(fact.value in question for question in fact.questions if len(fact.value) > 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_passage_names_the_subject_in_its_first_sentence(language: str) -> None:
    for document in _many(language):
        name = document.subject.removeprefix("die ").removeprefix("the ")
        assert all(name[1:] in passage.facts[0].sentence for passage in document.passages)
        assert all(passage.text.startswith(passage.facts[0].sentence) for passage in document.passages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_attributes_of_a_document_are_the_same(language: str) -> None:
    for document in _many(language):
        keys = [fact.attribute for passage in document.passages for fact in passage.facts]
        assert len(keys) == len(set(keys)) >= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_about_different_subjects(language: str) -> None:
    subjects = [document.subject for document in _many(language, n_documents=1_000)]

    assert len(set(subjects)) > 0.97 * len(subjects)


def test_both_languages_have_the_same_attributes_and_as_many_wordings() -> None:
    kinds = read_table("made_up_documents")

    assert isinstance(kinds, dict)
    for kind in kinds.values():
        assert isinstance(kind, dict)
        english, german = _counts(kind["en"]), _counts(kind["de"])
        assert english.keys() == german.keys()
        different = {key for key in english if english[key] != german[key] and not key.endswith("short")}
        assert different == set()


def _counts(value: object, where: str = "") -> dict[str, int]:
    if isinstance(value, dict):
        parts = (_counts(inner, f"{where}.{key}").items() for key, inner in value.items())
        return dict(item for part in parts for item in part)
    return {where: len(value)} if isinstance(value, list) else {}
