"""Two ways in which others would search the same passages: FAISS beside rank_bm25, and LanceDB.

Both get the vectors that ours gets and join rank by meaning with rank by words by reciprocal-rank fusion, as
they are commonly used. Neither knows permissions.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mypt.errors import ConfigError

Vectors = npt.NDArray[np.float32]
_CANDIDATES = 100
_RRF_CONSTANT = 60


class Peer(Protocol):
    """Something that searches passages in its own way."""

    def search(self, question: str, vectors: Mapping[str, Vectors], k: int) -> list[int]:
        """Return the places of the best passages."""
        ...


class FaissWithBm25:
    """Exact vectors in FAISS, words in rank_bm25."""

    def __init__(self, texts: Sequence[str], vectors: Mapping[str, Vectors], folder: Path) -> None:  # noqa: ARG002
        import faiss  # optional
        from rank_bm25 import BM25Okapi  # optional

        self._indexes: dict[str, Any] = {}
        for name, matrix in vectors.items():
            self._indexes[name] = faiss.IndexFlatIP(matrix.shape[1])
            self._indexes[name].add(matrix)
        self._words = BM25Okapi([text.lower().split() for text in texts])

    def search(self, question: str, vectors: Mapping[str, Vectors], k: int) -> list[int]:
        """Return the places of the best passages."""
        n_candidates = min(_CANDIDATES, self._words.corpus_size)
        lists = [
            index.search(vectors[name][None], n_candidates)[1][0].tolist()
            for name, index in self._indexes.items()
        ]
        by_words = self._words.get_scores(question.lower().split())
        lists.append(np.argsort(-by_words, kind="stable")[:_CANDIDATES].tolist())
        return _joined(lists)[:k]


class LanceDb:
    """A table of LanceDB with a vector column for each embedder and a full-text index."""

    def __init__(self, texts: Sequence[str], vectors: Mapping[str, Vectors], folder: Path) -> None:
        import lancedb  # optional
        import pyarrow as pa
        from lancedb.index import FTS

        columns: dict[str, Any] = {"place": pa.array(range(len(texts))), "text": pa.array(list(texts))}
        for name, matrix in vectors.items():
            flat = pa.array(matrix.reshape(-1))
            columns[f"vector_{name}"] = pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])
        self._table: Any = lancedb.connect(folder / "lancedb").create_table("passages", pa.table(columns))
        self._table.create_index("text", config=FTS())
        self._names = tuple(vectors)

    def search(self, question: str, vectors: Mapping[str, Vectors], k: int) -> list[int]:
        """Return the places of the best passages."""
        lists = [
            self._places(self._table.search(vectors[name], vector_column_name=f"vector_{name}"), "_distance")
            for name in self._names
        ]
        words = " ".join(word for word in question.split() if word.isalnum())  # its query syntax is no text
        if words:
            lists.append(self._places(self._table.search(words, query_type="fts"), "_score"))
        return _joined(lists)[:k]

    @staticmethod
    def _places(query: Any, score: str) -> list[int]:
        return query.select(["place", score]).limit(_CANDIDATES).to_arrow()["place"].to_pylist()


def _joined(lists: Sequence[Sequence[int]]) -> list[int]:
    """Return places by reciprocal-rank fusion of ranked lists."""
    scores: dict[int, float] = {}
    for ranked in lists:
        for rank, place in enumerate(ranked, start=1):
            scores[place] = scores.get(place, 0.0) + 1.0 / (_RRF_CONSTANT + rank)
    return sorted(scores, key=lambda place: (-scores[place], place))


PEERS: Mapping[str, Callable[[Sequence[str], Mapping[str, Vectors], Path], Peer]] = MappingProxyType(
    {"faiss": FaissWithBm25, "lancedb": LanceDb}
)
_NEEDED = {"faiss": ("faiss", "rank_bm25"), "lancedb": ("lancedb",)}


def refuse_missing_peers(names: Sequence[str]) -> None:
    """Raise ConfigError when a peer is unknown or its packages are not installed."""
    for name in names:
        if name not in PEERS:
            raise ConfigError(f"--peers {name!r}: none of {', '.join(PEERS)}", hint="leave it out")
        missing = [each for each in _NEEDED[name] if importlib.util.find_spec(each) is None]
        if missing:
            raise ConfigError(
                f"--peers {name}: {', '.join(missing)} is not installed here",
                hint="pip install faiss-cpu rank-bm25 lancedb, or leave --peers out",
            )
