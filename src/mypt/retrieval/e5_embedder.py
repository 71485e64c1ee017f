"""multilingual-e5-small, read by ourselves: near meanings in German, English and some ninety languages."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mypt.config import fingerprint
from mypt.retrieval.blas_threads import one_thread_each
from mypt.retrieval.e5_encoder import E5Encoder
from mypt.retrieval.e5_tokenizer import E5Tokenizer
from mypt.retrieval.e5_weights import FILE_SHA256, E5Weights, find_weights
from mypt.retrieval.embedder import Side

_VERSION = 1
_PREFIXES = {"query": "query: ", "passage": "passage: "}  # the model was trained to be told which
_WINDOWS = 8
_MOST_CHARACTERS = 65_536
"""What is longer than this, or than 8 windows of 510 ids, is read to there and no further."""


class E5Embedder:
    """Places texts by what they mean; a text's vector is the same in any batch and with any threads.

    Vectors are rounded to half precision, as they are stored. A text of more than 510 ids is read in windows
    that are averaged by their length.
    """

    name = "e5"

    def __init__(self, models: Path | None = None, threads: int = 1) -> None:
        """Load the weights from a folder of models or the package; ConfigError when they are in neither."""
        weights = E5Weights(find_weights(models))
        self.n_dimensions = weights.shape.hidden
        self.digest = fingerprint({"embedder": "e5", "version": _VERSION, "weights": FILE_SHA256})
        self._ends = (weights.vocabulary.begin, weights.vocabulary.end)
        self._window = weights.shape.positions - len(self._ends)
        self._tokenizer = E5Tokenizer(weights.vocabulary)
        self._encoder = E5Encoder(weights)
        self._threads = max(1, threads)

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:
        """Return a vector of length 1, up to the rounding, for each text."""
        vectors = np.empty((len(texts), self.n_dimensions), dtype=np.float32)

        def place(row: int) -> None:
            vectors[row] = self._vector(_PREFIXES[side] + texts[row])

        longest_first = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        with one_thread_each():
            if self._threads == 1 or len(texts) == 1:
                for row in longest_first:
                    place(row)
            else:
                with ThreadPoolExecutor(min(self._threads, len(texts) or 1)) as workers:
                    list(workers.map(place, longest_first))
        return vectors

    def _vector(self, text: str) -> Float32[np.ndarray, " dimensions"]:
        ids = self._tokenizer.encode(text[:_MOST_CHARACTERS])[: _WINDOWS * self._window]
        total = np.zeros(self.n_dimensions)
        for start in range(0, len(ids), self._window):
            window = ids[start : start + self._window]
            total += len(window) * self._encoder.mean_state([self._ends[0], *window, self._ends[1]])
        return (total / np.linalg.norm(total)).astype(np.float16).astype(np.float32)
