"""Vectors in a Qdrant server by its documented REST interface, from version 1.10 on; searched exactly there.

Written to the documents: its tests talk to a stand-in, no real server was at hand. Which points are allowed
is sent by their ids, those that are fewer of allowed and not allowed. The server gives no mean of
similarities, so mean and deviation are those of a fixed sample of the allowed rows.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64
from pydantic import Field

from mypt.config import Section
from mypt.errors import ArtifactError, ConfigError
from mypt.files import canonical_json, read_text
from mypt.retrieval.vector_store import (
    Nearest,
    check_search,
    check_vectors,
    nothing_found,
    rows_by_id,
    rows_of,
)

_AT_ONCE = 1_000
_LISTED_AT_ONCE = 10_000
_SECONDS = 30
_SAMPLE = 1_024
"""Allowed rows whose similarities give mean and deviation."""
_SPARE = 16
"""Results asked for beyond k: another process may have added points that no row has."""


class QdrantSettings(Section):
    """Where the server is; nothing else is ever connected to."""

    host: str
    """Name or address of the server."""
    port: int = 6333
    is_encrypted: bool = True
    """Whether the way there is encrypted and the server's certificate checked."""
    key_file: Path | None = None
    """Holds the server's API key in its first line."""
    collection: str = Field(default="workspace", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Tells the vectors of one workspace from those of others on the same server."""


class QdrantStore:
    """A collection of unit vectors by passage id; the numbers of rows stay on this side."""

    def __init__(
        self, settings: QdrantSettings, embedder_digest: str, n_dimensions: int, ids: Sequence[str]
    ) -> None:
        """Open or make the collection of an embedder; ids are the passages in the order of rows.

        Raises ConfigError when the server cannot be reached, ArtifactError when it refuses.
        """
        self._server = _Server(settings)
        self._path = f"/collections/mypt_{settings.collection}_{embedder_digest[:12]}"
        self._row_of = rows_by_id(ids)
        self._shape = (len(ids), n_dimensions)
        self._keys = [_key(passage) for passage in ids]
        self._row_of_key = {key: row for row, key in enumerate(self._keys)}
        self._present: Bool[np.ndarray, " rows"] = np.zeros(len(ids), dtype=np.bool_)
        if not self._server.ask("GET", f"{self._path}/exists")["exists"]:
            vectors = {"size": n_dimensions, "distance": "Dot", "datatype": "float16"}
            self._server.ask("PUT", self._path, {"vectors": vectors})
        strangers = []
        for passage in self._passages():
            if passage in self._row_of:
                self._present[self._row_of[passage]] = True
            else:
                strangers.append(passage)
        self.strangers = tuple(sorted(strangers))
        """Passages of the collection that no row has: what is gone, or came after the ids were listed."""

    @property
    def present(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows have a vector by now."""
        return self._present

    def add(self, ids: Sequence[str], vectors: Float[np.ndarray, "ids dimensions"]) -> None:
        """Keep vectors, also in place of earlier ones; InputError for an id that no row has."""
        rows = rows_of(ids, self._row_of)
        check_vectors(len(ids), vectors, self._shape[1])
        for start in range(0, len(ids), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            points = [
                {"id": self._keys[row], "vector": vector.tolist(), "payload": {"passage": passage}}
                for row, vector, passage in zip(rows[part], vectors[part], ids[part], strict=True)
            ]
            self._server.ask("PUT", f"{self._path}/points?wait=true", {"points": points})
            self._present[rows[part]] = True

    def remove(self, ids: Sequence[str]) -> None:
        """Forget the vectors of ids, strangers too; ids that are not there are passed over."""
        points = [_key(passage) for passage in ids]
        self._server.ask("POST", f"{self._path}/points/delete?wait=true", {"points": points})
        self._present[[self._row_of[passage] for passage in ids if passage in self._row_of]] = False

    def search(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"], k: int
    ) -> Nearest:
        """Return the k nearest among the allowed rows, or all of them when they are fewer."""
        check_search(query, allowed, self._shape)
        compared = np.flatnonzero(allowed & self._present)
        if not len(compared):
            return nothing_found()
        sample = self._sample(compared)
        similarities = [similarity for similarity, _ in self._query(query, self._only(sample), len(sample))]
        found = self._query(query, self._filter(allowed, compared), k + _SPARE) if k > 0 else []
        best = sorted((-similarity, row) for similarity, row in found if allowed[row])[: max(k, 0)]
        return Nearest(
            np.array([row for _, row in best], dtype=np.int64),
            np.array([-negative for negative, _ in best], dtype=np.float32),
            float(np.mean(similarities)) if similarities else 0.0,
            float(np.std(similarities)) if similarities else 0.0,
            len(similarities),
        )

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        self._server.close()

    def _passages(self) -> Iterator[str]:
        """Yield the passages of all points."""
        offset: Any = None
        while True:
            asked = {"limit": _LISTED_AT_ONCE, "with_payload": True, "with_vector": False}
            page = self._server.ask(
                "POST", f"{self._path}/points/scroll", asked | ({"offset": offset} if offset else {})
            )
            yield from (str(point["payload"]["passage"]) for point in page["points"])
            offset = page.get("next_page_offset")
            if offset is None:
                return

    def _sample(self, compared: Int64[np.ndarray, " compared"]) -> list[int]:
        """Return rows in the order of their hashed keys: as if drawn by lot, and the same each time."""
        rows: list[int] = compared.tolist()
        return rows if len(rows) <= _SAMPLE else sorted(rows, key=self._keys.__getitem__)[:_SAMPLE]

    def _filter(
        self, allowed: Bool[np.ndarray, " rows"], compared: Int64[np.ndarray, " compared"]
    ) -> dict[str, Any]:
        """Return the shorter way to say which points are compared."""
        excluded = np.flatnonzero(self._present & ~allowed)
        if len(compared) <= len(excluded) + len(self.strangers):
            return self._only(compared.tolist())
        keys = [self._keys[row] for row in excluded] + [_key(passage) for passage in self.strangers]
        return {"must_not": [{"has_id": keys}]} if keys else {}

    def _only(self, rows: Sequence[int]) -> dict[str, Any]:
        return {"must": [{"has_id": [self._keys[row] for row in rows]}]}

    def _query(
        self, query: Float32[np.ndarray, " dimensions"], chosen: dict[str, Any], limit: int
    ) -> list[tuple[float, int]]:
        """Return similarity and row of the nearest points that have a row."""
        asked = {
            "query": query.tolist(), "filter": chosen, "limit": limit, "params": {"exact": True},
            "with_payload": False,
        }  # fmt: skip
        points = self._server.ask("POST", f"{self._path}/points/query", asked)["points"]
        return [
            (float(point["score"]), self._row_of_key[point["id"]])
            for point in points
            if point["id"] in self._row_of_key
        ]


def _key(passage: str) -> str:
    """Return the id of a point, which has to be a UUID or a number."""
    digits = hashlib.sha256(passage.encode()).hexdigest()[:32]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class _Server:
    """One connection, opened when it is needed; several threads take turns."""

    def __init__(self, settings: QdrantSettings) -> None:
        self._where = f"{settings.host}:{settings.port}"
        kind = HTTPSConnection if settings.is_encrypted else HTTPConnection
        self._connection = kind(settings.host, settings.port, timeout=_SECONDS)
        self._lock = threading.Lock()
        self._headers = {"Content-Type": "application/json"}
        if settings.key_file is not None:
            self._headers["api-key"] = read_text(settings.key_file).partition("\n")[0]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the result of a question; ConfigError without an answer, ArtifactError for a refusal."""
        data = None if body is None else canonical_json(body)
        try:
            with self._lock:
                status, answer = self._exchange(method, path, data)
        except (OSError, HTTPException) as error:
            raise ConfigError(
                f"Qdrant at {self._where}: {error}", hint="check host, port and encryption; is it running?"
            ) from error
        if status != 200:  # redirections too: only what the settings name is asked
            self.close()
            raise ArtifactError(f"Qdrant at {self._where}: {status} to {method} {path}: {answer[:200]!r}")
        try:
            return json.loads(answer)["result"]
        except (ValueError, KeyError, TypeError) as error:
            self.close()
            raise ArtifactError(f"Qdrant at {self._where}: no answer of Qdrant: {answer[:200]!r}") from error

    def _exchange(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        """Ask, and once more over a new connection when the server has closed one that was idle."""
        try:
            return self._once(method, path, data)
        except (ConnectionError, HTTPException):  # every question may be repeated
            return self._once(method, path, data)

    def _once(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()
