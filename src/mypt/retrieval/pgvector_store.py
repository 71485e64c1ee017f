"""Vectors in PostgreSQL with pgvector, for a site that has outgrown one machine; searched exactly there.

Which rows are allowed is sent as a mask, so that the server compares nothing else. No index that guesses is
made: what is found is what the flat store finds, up to the rounding of single precision.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pg8000.native
from jaxtyping import Bool, Float, Float32, Int64
from pydantic import Field, model_validator

from mypt.config import Section
from mypt.errors import ArtifactError, ConfigError, MyptError
from mypt.files import read_text
from mypt.retrieval.vector_store import (
    Nearest,
    check_search,
    check_vectors,
    nothing_found,
    rows_by_id,
    rows_of,
)

_AT_ONCE = 1_000
_LISTED = 2_000
"""Up to so many allowed rows are named one by one and found by an index; more are sent as bits."""
_SECONDS = 30
_SEARCH = """
WITH compared AS MATERIALIZED (
    SELECT slot, -(vector <#> CAST(:query AS halfvec)) AS similarity FROM {table} WHERE {allowed}
), best AS (SELECT slot, similarity FROM compared ORDER BY similarity DESC, slot LIMIT :k)
SELECT best.slot, best.similarity, summed.* FROM best, (
    SELECT avg(similarity), coalesce(stddev_pop(similarity), 0), count(*) FROM compared
) AS summed
"""
_BY_LIST = "slot = ANY(CAST(:slots AS bigint[]))"
_BY_BITS = "CASE WHEN slot < :n_bits THEN get_bit(:bits, slot) = 1 ELSE FALSE END"


class PgvectorSettings(Section):
    """Where the server is; nothing else is ever connected to."""

    host: str = ""
    """Name or address of the server."""
    port: int = 5432
    socket: Path | None = None
    """Its socket on this machine, such as `/var/run/postgresql/.s.PGSQL.5432`, in place of a host."""
    database: str
    user: str
    password_file: Path | None = None
    """Holds the password in its first line."""
    is_encrypted: bool = True
    """Whether the way to a host is encrypted and the server's certificate checked."""
    collection: str = Field(default="workspace", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Tells the vectors of one workspace from those of others in the same database."""

    @model_validator(mode="after")
    def _host_or_socket(self) -> "PgvectorSettings":
        if bool(self.host) == (self.socket is not None):
            raise ValueError("either `host` or `socket` says where PostgreSQL is")
        return self


class PgvectorStore:
    """A table of unit vectors by passage id; the numbers of rows stay on this side."""

    def __init__(
        self, settings: PgvectorSettings, embedder_digest: str, n_dimensions: int, ids: Sequence[str]
    ) -> None:
        """Open or make the table of an embedder; ids are the passages in the order of rows.

        Raises ConfigError when the server cannot be reached or has no pgvector.
        """
        self._row_of = rows_by_id(ids)
        self._shape = (len(ids), n_dimensions)
        self._table = f"mypt_{settings.collection}_{embedder_digest[:12]}"
        self._lock = threading.Lock()  # several threads may search over the one connection
        self._connection = _connect(settings)
        try:
            known = self._prepare()
        except MyptError:
            self.close()
            raise
        self.strangers = tuple(sorted(passage for _, passage in known if passage not in self._row_of))
        """Passages of the table that no row has: what is gone, or came after the ids were listed."""
        self._slots: Int64[np.ndarray, " rows"] = np.full(len(ids), -1, dtype=np.int64)
        self._note_slots(known)

    @property
    def present(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows have a vector by now."""
        return self._slots >= 0

    def add(self, ids: Sequence[str], vectors: Float[np.ndarray, "ids dimensions"]) -> None:
        """Keep vectors, also in place of earlier ones; InputError for an id that no row has."""
        rows_of(ids, self._row_of)
        check_vectors(len(ids), vectors, self._shape[1])
        for start in range(0, len(ids), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            added = self._run(
                f"INSERT INTO {self._table} (passage, vector) SELECT passage, CAST(vector AS halfvec) "  # noqa: S608
                "FROM unnest(CAST(:ids AS text[]), CAST(:vectors AS text[])) "
                "WITH ORDINALITY AS given(passage, vector, place) ORDER BY place "
                "ON CONFLICT (passage) DO UPDATE SET vector = excluded.vector RETURNING slot, passage",
                ids=list(ids[part]),
                vectors=[_text_of(vector) for vector in vectors[part]],
            )
            self._note_slots(added)

    def remove(self, ids: Sequence[str]) -> None:
        """Forget the vectors of ids, strangers too; ids that are not there are passed over."""
        self._run(
            f"DELETE FROM {self._table} WHERE passage = ANY(CAST(:ids AS text[]))",  # noqa: S608
            ids=list(ids),
        )
        self._slots[[self._row_of[passage] for passage in ids if passage in self._row_of]] = -1

    def search(
        self, query: Float32[np.ndarray, " dimensions"], allowed: Bool[np.ndarray, " rows"], k: int
    ) -> Nearest:
        """Return the k nearest among the allowed rows, or all of them when they are fewer.

        Of rows that are equally near at the end of the list, those that were added first are taken.
        """
        check_search(query, allowed, self._shape)
        compared = np.flatnonzero(allowed & self.present)
        if not len(compared):
            return nothing_found()
        condition, values = _condition(self._slots[compared])
        found = self._run(
            _SEARCH.format(table=self._table, allowed=condition),
            query=_text_of(query),
            k=max(k, 1),
            **values,
        )
        if not found:  # another process has removed them
            return nothing_found()
        by_slot = dict(zip(self._slots[compared].tolist(), compared.tolist(), strict=True))
        best = sorted((-similarity, by_slot[slot]) for slot, similarity, *_ in found)[: max(k, 0)]
        mean, deviation, n_compared = found[0][2:]
        return Nearest(
            np.array([row for _, row in best], dtype=np.int64),
            np.array([-negative for negative, _ in best], dtype=np.float32),
            float(mean),
            float(deviation),
            int(n_compared),
        )

    def close(self) -> None:
        """Close the connection; a closed one stays so."""
        with suppress(pg8000.native.InterfaceError):
            self._connection.close()

    def _run(self, statement: str, **values: Any) -> Any:
        with self._lock, _server_errors():
            return self._connection.run(statement, **values)

    def _prepare(self) -> list[list[Any]]:
        """Make the table when it is missing, and return number and passage of all its rows."""
        self._run("CREATE EXTENSION IF NOT EXISTS vector")
        self._run(
            f"CREATE TABLE IF NOT EXISTS {self._table} (slot bigint GENERATED ALWAYS AS IDENTITY UNIQUE, "
            f"passage text PRIMARY KEY, vector halfvec({int(self._shape[1])}) NOT NULL)"
        )
        known: list[list[Any]] = self._run(f"SELECT slot, passage FROM {self._table}")  # noqa: S608
        return known

    def _note_slots(self, rows: Sequence[Sequence[Any]]) -> None:
        for slot, passage in rows:
            if passage in self._row_of:
                self._slots[self._row_of[passage]] = slot


def _condition(slots: Int64[np.ndarray, " compared"]) -> tuple[str, dict[str, Any]]:
    """Return how the server tells rows that are compared, and the values that this needs."""
    if len(slots) <= _LISTED:
        return _BY_LIST, {"slots": slots.tolist()}
    bits = np.zeros(int(slots.max()) + 1, dtype=np.bool_)
    bits[slots] = True
    return _BY_BITS, {"bits": np.packbits(bits, bitorder="little").tobytes(), "n_bits": len(bits)}


def _text_of(vector: Float[np.ndarray, " dimensions"]) -> str:
    return f"[{','.join(map(str, vector.tolist()))}]"


def _connect(settings: PgvectorSettings) -> Any:
    password = None
    if settings.password_file is not None:
        password = read_text(settings.password_file).partition("\n")[0]
    where = str(settings.socket or f"{settings.host}:{settings.port}")
    way: dict[str, Any] = {"unix_sock": str(settings.socket)}
    if settings.socket is None:
        way = {"host": settings.host, "port": settings.port, "ssl_context": settings.is_encrypted or None}
    try:
        return pg8000.native.Connection(
            settings.user,
            password=password,
            database=settings.database,
            timeout=_SECONDS,
            application_name="mypt",
            **way,
        )
    except (pg8000.native.InterfaceError, pg8000.native.DatabaseError, OSError) as error:
        raise ConfigError(
            f"PostgreSQL at {where}: {error}", hint="check host or socket, database, user and password file"
        ) from error


@contextmanager
def _server_errors() -> Iterator[None]:
    """Turn what the server and the way to it report into an error of ours."""
    try:
        yield
    except (pg8000.native.InterfaceError, pg8000.native.DatabaseError, OSError) as error:
        if "vector.control" in str(error) or "0A000" in str(error):
            raise ConfigError(
                f"PostgreSQL has no pgvector: {error}", hint="install the extension `vector` on the server"
            ) from error
        raise ArtifactError(f"PostgreSQL: {error}", hint="the flat store needs no server") from error
