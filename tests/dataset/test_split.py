"""Whole documents are held out, language by language."""

import pytest

from mypt.dataset.split import Entry, shuffled, split_documents
from mypt.errors import InputError


def entries(language: str, sizes: list[int]) -> list[Entry]:
    return [Entry(f"{language}/{number}", language, size) for number, size in enumerate(sizes)]


def test_each_language_is_held_out_near_its_share() -> None:
    documents = entries("de", [1000] * 40) + entries("en", [500] * 60)

    splits = split_documents(documents, 0.1, seed=3)

    held_out = [document for document in documents if splits[document.id] == "val"]
    german = sum(document.n_bytes for document in held_out if document.language == "de")
    english = sum(document.n_bytes for document in held_out if document.language == "en")
    assert 4000 <= german <= 6000
    assert 3000 <= english <= 4500


def test_two_documents_give_one_to_each_split() -> None:
    splits = split_documents(entries("de", [10, 99_000]), 0.05, seed=0)

    assert splits == {"de/0": "val", "de/1": "train"}


def test_a_lone_document_stays_in_training() -> None:
    documents = entries("de", [1000] * 10) + entries("en", [1000])

    assert split_documents(documents, 0.1, seed=0)["en/0"] == "train"


def test_one_document_in_all_cannot_be_split() -> None:
    with pytest.raises(InputError, match="none can be held out"):
        split_documents(entries("de", [1000]), 0.1, seed=0)


def test_the_split_does_not_depend_on_the_order_of_reading() -> None:
    documents = entries("de", list(range(100, 160))) + entries("en", list(range(100, 160)))

    assert split_documents(documents, 0.1, seed=5) == split_documents(documents[::-1], 0.1, seed=5)


def test_the_order_depends_on_the_seed() -> None:
    documents = entries("de", [10] * 30)

    assert shuffled(documents, seed=1) == shuffled(documents[::-1], seed=1)
    assert shuffled(documents, seed=1) != shuffled(documents, seed=2)
