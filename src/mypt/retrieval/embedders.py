"""The embedders there are, by name, and those that settings ask for."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import Field

from mypt.config import Section, did_you_mean
from mypt.errors import ConfigError
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.hashing_embedder import HashingEmbedder


class EmbedderSettings(Section):
    """Which embedders read passages and questions, and with what."""

    names: tuple[str, ...] = ("e5", "use")
    """Of `e5`, `use`, `sentence` and `hashing`; an index is bound to those it was built with."""
    models: Path | None = None
    """Folder of models: `e5/e5-small-q4.bin` and `sentence/`; without it, what packages have brought."""
    threads: int = Field(default=0, ge=0)
    """Texts that are read at a time; 0 takes every core this process may use."""
    batch: int = Field(default=32, ge=1)
    """Texts that a model of sentence-transformers reads at once."""


def load_embedders(names: Sequence[str], settings: EmbedderSettings) -> tuple[Embedder, ...]:
    """Return embedders in the order of their names; ConfigError for one that is unknown or not installed.

    They load side by side: most of it is reading and unpacking.
    """
    unknown = [name for name in names if name not in EMBEDDERS]
    if unknown:
        raise ConfigError(
            f"no embedder {unknown[0]!r}{did_you_mean(unknown[0], EMBEDDERS)}",
            hint=f"there are {', '.join(EMBEDDERS)}",
        )
    if len(set(names)) != len(names):
        raise ConfigError(f"embedders {', '.join(names)}: one is named twice")
    with ThreadPoolExecutor(max(1, len(names))) as loaders:
        return tuple(loaders.map(lambda name: EMBEDDERS[name](settings), names))


def _load_e5(settings: EmbedderSettings) -> Embedder:
    # Not before it is asked for: what is not used need not be installed, nor waited for.
    from mypt.retrieval.e5_embedder import E5Embedder

    return E5Embedder(settings.models, _threads(settings))


def _load_use(settings: EmbedderSettings) -> Embedder:
    from mypt.retrieval.use_embedder import UseEmbedder

    return UseEmbedder(_threads(settings))


def _load_sentence(settings: EmbedderSettings) -> Embedder:
    from mypt.retrieval.sentence_embedder import SentenceEmbedder

    if settings.models is None:
        raise ConfigError(
            "embedder sentence: no folder of models is set",
            hint="its model lies in the folder sentence there",
        )
    return SentenceEmbedder(settings.models / "sentence", settings.batch)


def _load_hashing(_: EmbedderSettings) -> Embedder:
    return HashingEmbedder()


def _threads(settings: EmbedderSettings) -> int:
    if settings.threads:
        return settings.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


EMBEDDERS: Mapping[str, Callable[[EmbedderSettings], Embedder]] = {
    "e5": _load_e5,
    "use": _load_use,
    "sentence": _load_sentence,
    "hashing": _load_hashing,
}
