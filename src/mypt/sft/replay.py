"""Pretraining text to mix into a phase: pieces of training documents, each with its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from mypt.dataset.keys import keyed
from mypt.dataset.lineage import Lineage
from mypt.dataset.shard_index import ShardIndex
from mypt.dataset.token_shards import TokenArray, TokenShards
from mypt.errors import InputError
from mypt.provenance.artifact import Artifact
from mypt.seeds import derive_seed
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer

MIN_LETTERS = 0.3
MIN_CHARACTERS = 20
_MOST_TRIMMED = 8  # ids at the end, until the text of the others encodes to the same ids


@dataclass(frozen=True)
class ReplayPiece:
    """A piece of one training document."""

    text: str
    n_tokens: int
    shard: str
    """Name of the file without its suffix."""
    start: int
    """Place of its first token in the shard."""
    document: str
    """Id of the document."""
    licence: str


def replay_pieces(dataset: Artifact, max_tokens: int, seed: int) -> Iterator[ReplayPiece]:
    """Yield pieces of training documents, one of each document before a second one of any.

    A piece has at most `max_tokens` tokens, starts where its document or a paragraph starts, and its text
    encodes to the tokens in the shard; pieces that are hardly text are left out. No two overlap.
    """
    reader = _Reader(dataset, max_tokens, seed)
    for round_ in count():
        n_documents = 0
        for place in reader.places:
            spans = reader.spans(place)
            n_documents += round_ < len(spans)
            if round_ < len(spans) and (piece := reader.piece(place, *spans[round_])) is not None:
                yield piece
        if not n_documents:
            return


@dataclass(frozen=True)
class _Place:
    """The first coming of a document."""

    shard: int
    start: int
    stop: int
    key: int
    row: int


class _Reader:
    """The shards of training text, and what is known of each of their documents."""

    def __init__(self, dataset: Artifact, max_tokens: int, seed: int) -> None:
        self._max_tokens, self._seed = max_tokens, seed
        self._tokenizer = load_tokenizer(dataset.path)
        self._shards = TokenShards.open(dataset.path, "train", dataset.manifest.counts["dtype"], 1).shards
        self._lineage = Lineage.open(dataset.path)
        self._names = [name for name in self._lineage.shards if name.startswith("train-")]
        self._newlines = _newlines(self._tokenizer)

    @cached_property
    def places(self) -> Sequence[_Place]:
        """Return every document once, in an order that no other document changes."""
        found = [
            self._places_in(number, self._lineage.index(name)) for number, name in enumerate(self._names)
        ]
        places = [place for own in found for place in own]
        keys = keyed(np.array([place.key for place in places], dtype=np.uint64), self._seed, "replay")
        return [places[i] for i in np.argsort(keys, kind="stable").tolist()]

    def _places_in(self, number: int, index: ShardIndex) -> Iterator[_Place]:
        ends = [*index.starts[1:].tolist(), len(self._shards[number])]
        rows = self._lineage.rows_at(index, index.starts)
        columns = zip(index.starts.tolist(), ends, index.texts.tolist(), rows.tolist(), strict=True)
        for epoch, (start, end, key, row) in zip(index.epochs.tolist(), columns, strict=True):
            if epoch == 0:
                yield _Place(number, start, end - 1, key, row)  # without end-of-text

    def spans(self, place: _Place) -> list[tuple[int, int]]:
        """Return where the pieces of a document lie in it, in the order in which they are drawn."""
        ids = self._ids(place)
        spans = list(_cut(len(ids), self._newlines.paragraph_starts(ids), self._max_tokens))
        return sorted(spans, key=lambda span: derive_seed(self._seed, "piece", place.key, span[0]))

    def piece(self, place: _Place, start: int, stop: int) -> ReplayPiece | None:
        """Return a piece of a document if it is text that encodes to its own ids."""
        text, n_tokens = _exact_text(self._ids(place)[start:stop].tolist(), self._tokenizer)
        if not _is_prose(text):
            return None
        document = self._lineage.documents.slice(place.row, 1).to_pylist()[0]
        return ReplayPiece(
            text=text,
            n_tokens=n_tokens,
            shard=self._names[place.shard],
            start=place.start + start,
            document=document["id"],
            licence=document["licence"],
        )

    def _ids(self, place: _Place) -> TokenArray:
        return self._shards[place.shard][place.start : place.stop]


@dataclass(frozen=True)
class _Newlines:
    """Which ids end a line, end a paragraph, and begin with a line end."""

    ends_line: NDArray[np.bool_]
    is_newline: NDArray[np.bool_]
    ends_paragraph: NDArray[np.bool_]
    begins_with_newline: NDArray[np.bool_]

    def paragraph_starts(self, ids: TokenArray) -> NDArray[np.int64]:
        """Return the places behind blank lines, in order."""
        if len(ids) < 3:
            return np.zeros(0, dtype=np.int64)
        before, last = ids[:-2], ids[1:-1]
        is_blank = self.ends_paragraph[last] | (self.is_newline[last] & self.ends_line[before])
        return np.flatnonzero(is_blank & ~self.begins_with_newline[ids[2:]]) + 2


def _newlines(tokenizer: Tokenizer) -> _Newlines:
    spelled = [tokenizer.decode_bytes([token]) for token in range(tokenizer.base_vocab_size)]
    return _Newlines(
        np.array([text.endswith(b"\n") for text in spelled]),
        np.array([text == b"\n" for text in spelled]),
        np.array([text.endswith(b"\n\n") for text in spelled]),
        np.array([text.startswith(b"\n") for text in spelled]),
    )


def _cut(length: int, starts: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Yield pieces; one ends before a paragraph where that leaves it at least half as long as it may be."""
    start = 0
    while start < length:
        stop = min(start + most, length)
        fitting = starts[np.searchsorted(starts, start + most // 2, side="right") :]
        fitting = fitting[: np.searchsorted(fitting, stop, side="right")]
        if stop < length and len(fitting):
            stop = int(fitting[-1])
        yield start, stop
        following = starts[np.searchsorted(starts, stop) :]
        start = int(following[0]) if len(following) else length


def _exact_text(ids: list[int], tokenizer: Tokenizer) -> tuple[str, int]:
    """Return a text that encodes to the ids, or to all but some at their end, and how many it is."""
    for n_tokens in range(len(ids), max(0, len(ids) - _MOST_TRIMMED), -1):
        try:
            text = tokenizer.decode_bytes(ids[:n_tokens]).decode()
        except UnicodeDecodeError:  # the last character is cut in two
            continue
        if tokenizer.encode(text) == ids[:n_tokens]:
            return text, n_tokens
    return "", 0


def _is_prose(text: str) -> bool:
    n_letters = sum(map(str.isalpha, text))
    return len(text) >= MIN_CHARACTERS and n_letters >= MIN_LETTERS * len(text)


def require_same_tokenizer(dataset: Artifact, tokenizer: Tokenizer) -> None:
    """Raise InputError when a dataset was encoded by another tokenizer."""
    own = load_tokenizer(dataset.path)
    if own.to_json() != tokenizer.to_json():
        raise InputError(
            f"{dataset.path}: encoded by another tokenizer ({own.name}) than is given ({tokenizer.name})",
            hint="take the dataset that the base model was trained on",
        )
