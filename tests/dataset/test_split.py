"""Whole documents are held out, language by language and category by category."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset.document_table import DocumentTable, read_document_table
from mypt.dataset.split import held_out, plan_hold_outs
from mypt.documents.document import Document
from mypt.documents.parts import part_paths
from mypt.errors import InputError
from tests.dataset.corpora import corpus_of


def documents(language: str, sizes: list[int]) -> list[Document]:
    return [
        Document(f"{language}/{n:03d}", "", "MIT", language, f"{n:04d}".ljust(size, "x"))
        for n, size in enumerate(sizes)
    ]


def table(folder: Path, *groups: list[Document]) -> DocumentTable:
    corpus = corpus_of(folder, [document for group in groups for document in group])
    return read_document_table(part_paths(corpus.path))


def held_bytes(own: DocumentTable, fraction: float, seed: int) -> dict[str, int]:
    chosen = held_out(own, plan_hold_outs(own, fraction, seed), seed)
    languages = own.names("language")
    return {name: int(own.n_bytes[chosen & (languages == name)].sum()) for name in sorted(set(languages))}


def test_each_language_is_held_out_near_its_share(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [1000] * 40), documents("en", [500] * 60))

    held = held_bytes(own, 0.1, seed=3)

    assert held == {"de": 4000, "en": 3000}


def test_one_large_document_cannot_be_the_whole_hold_out(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [100_000] + [1000] * 50))

    for seed in range(10):
        assert 15_000 <= held_bytes(own, 0.1, seed)["de"] <= 22_500


def test_two_documents_give_the_smaller_one(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [10, 9000]))

    assert held_bytes(own, 0.05, seed=0) == {"de": 10}


def test_a_lone_document_stays_in_training(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [1000] * 10), documents("en", [1000]))

    assert held_bytes(own, 0.1, seed=0)["en"] == 0


def test_one_document_in_all_cannot_be_split(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [1000]))

    with pytest.raises(InputError, match="none can be held out"):
        plan_hold_outs(own, 0.1, seed=0)


def test_another_seed_holds_out_other_documents(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [1000] * 40))

    one, two = (held_out(own, plan_hold_outs(own, 0.1, seed), seed) for seed in (1, 2))

    assert not np.array_equal(one, two)


def test_the_rules_decide_about_each_document_alone(tmp_path: Path) -> None:
    own = table(tmp_path / "c", documents("de", [1000] * 40))
    rules = plan_hold_outs(own, 0.2, seed=1)
    some = np.arange(len(own)) % 3 == 0

    assert np.array_equal(held_out(own.select(some), rules, 1), held_out(own, rules, 1)[some])
