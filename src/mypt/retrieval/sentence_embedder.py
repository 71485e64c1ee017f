"""A model of sentence-transformers from a local folder; nothing is ever fetched for it."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from mypt.config import fingerprint
from mypt.errors import ConfigError, InputError
from mypt.files import read_json, sha256_file
from mypt.retrieval.embedder import Side

_VERSION = 1
_LIBRARY = "sentence_transformers"
_HINT = "pip install sentence-transformers"
_MARK = "modules.json"
_SETTINGS = "config_sentence_transformers.json"


class SentenceEmbedder:
    """Places texts as a model in a folder does, with the prompts for questions and passages that it names.

    Vectors are rounded to half precision, as they are stored; what else is in a batch may move the last bit.
    """

    name = "sentence"

    def __init__(self, folder: Path, batch: int = 32) -> None:
        """Load a model; ConfigError when the folder holds none or the library is not installed."""
        if not (folder / _MARK).is_file():
            raise ConfigError(
                f"embedder sentence: {folder} holds no model of sentence-transformers: no {_MARK}",
                hint="put the folder of a model there; names of models on a hub are not looked up",
            )
        self.digest = _digest_of(folder)
        self._model = _load(folder)
        self._prompts = _prompts_of(folder)
        self._batch = batch
        self.n_dimensions = int(self._model.encode(["."], show_progress_bar=False).shape[1])

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:
        """Return a vector of length 1, up to the rounding, for each text."""
        if not texts:
            return np.empty((0, self.n_dimensions), dtype=np.float32)
        prompt = self._prompts.get(side, "")
        vectors = self._model.encode(
            [prompt + text.encode("utf-8", "replace").decode() for text in texts],
            batch_size=self._batch, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False,
        )  # fmt: skip
        return np.asarray(vectors).astype(np.float16).astype(np.float32)


def _load(folder: Path) -> Any:
    """Return the model, on the CPU and with no way to a hub; ConfigError when it cannot be loaded."""
    try:
        library = importlib.import_module(_LIBRARY)
    except ImportError as error:
        raise ConfigError(f"embedder sentence: {error}", hint=_HINT) from error
    try:
        return library.SentenceTransformer(
            str(folder.resolve()), device="cpu", local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"embedder sentence: {folder} cannot be loaded: {error}") from error


def _prompts_of(folder: Path) -> dict[str, str]:
    """Return what the model wants before questions and passages; models call passages documents, too."""
    try:
        prompts = read_json(folder / _SETTINGS).get("prompts") or {}
    except (InputError, AttributeError):
        return {}
    passage = prompts.get("passage") or prompts.get("document") or ""
    return {"query": str(prompts.get("query") or ""), "passage": str(passage)}


def _digest_of(folder: Path) -> str:
    """Any file of a model may move a vector, so all of them count."""
    files = {
        path.relative_to(folder).as_posix(): sha256_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return fingerprint({"embedder": "sentence", "version": _VERSION, "files": files})
