"""The same answers from a real PostgreSQL with pgvector as from the flat store."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float32

pytest.importorskip("pg8000", reason="pip install pg8000")

from mypt.config import validate
from mypt.errors import ArtifactError, ConfigError, InputError
from mypt.retrieval import pgvector_store
from mypt.retrieval.flat_store import FlatStore
from mypt.retrieval.pgvector_store import PgvectorSettings, PgvectorStore
from mypt.retrieval.vector_store import VectorStore

DIGEST = "ab" * 32
N_ROWS, N_DIMENSIONS = 120, 32
IDS = [f"d{row // 7}-{row % 7 + 1}" for row in range(N_ROWS)]
EVERY = np.ones(N_ROWS, np.bool_)
NUMBERS = itertools.count()


def programs() -> Path:
    found = shutil.which("postgres") or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)), None
    )
    if found is None:
        pytest.skip("no PostgreSQL on this machine")
    return Path(found).parent


@pytest.fixture(scope="module")
def settings() -> Iterator[PgvectorSettings]:
    """Start a server of its own on a socket in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path has to be short
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("no user `postgres` to run a server as")
        shutil.chown(folder, user)
    run: dict[str, Any] = {"user": user, "check": True, "capture_output": True, "cwd": folder, "timeout": 60}
    database = folder / "database"
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([programs() / "initdb", "-D", database, "-U", "me", "-A", "trust", "-N"], **run)
    run["capture_output"] = False
    run["stdout"] = run["stderr"] = subprocess.DEVNULL  # the server would keep a pipe open
    subprocess.run([programs() / "pg_ctl", "-D", database, "-w", "-o", options, "start"], **run)
    try:
        yield PgvectorSettings(socket=folder / ".s.PGSQL.5432", database="postgres", user="me")
    finally:
        subprocess.run([programs() / "pg_ctl", "-D", database, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


Open = Callable[..., PgvectorStore]


@pytest.fixture
def open_store(settings: PgvectorSettings) -> Iterator[Open]:
    """Return what opens the table of a collection, and closes it after the test."""
    with ExitStack() as stack:

        def opened(collection: str, ids: Sequence[str] = IDS) -> PgvectorStore:
            try:
                its_settings = settings.model_copy(update={"collection": collection})
                store = PgvectorStore(its_settings, DIGEST, N_DIMENSIONS, ids)
            except ConfigError as error:
                if "no pgvector" in error.message:
                    pytest.skip("this PostgreSQL has no pgvector")
                raise
            stack.callback(store.close)
            return store

        yield opened


@pytest.fixture
def store(open_store: Open) -> PgvectorStore:
    return open_store(f"t{next(NUMBERS)}")


def unit_vectors(seed: int, n_rows: int) -> Float32[np.ndarray, "rows dimensions"]:
    vectors = np.random.default_rng(seed).standard_normal((n_rows, N_DIMENSIONS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def flat(vectors: Float32[np.ndarray, "rows dimensions"]) -> FlatStore:
    return FlatStore(IDS, vectors.astype(np.float16), EVERY)


@pytest.mark.parametrize("listed", [0, 2_000])
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_it_finds_what_the_flat_store_finds(
    store: PgvectorStore, monkeypatch: pytest.MonkeyPatch, listed: int, share: float
) -> None:
    monkeypatch.setattr(pgvector_store, "_LISTED", listed)
    vectors, query = unit_vectors(1, N_ROWS), unit_vectors(2, 1)[0]
    allowed = np.random.default_rng(3).random(N_ROWS) < share
    store.add(IDS, vectors)

    found, expected = store.search(query, allowed, 10), flat(vectors).search(query, allowed, 10)

    assert found.rows.tolist() == expected.rows.tolist()
    assert found.similarities == pytest.approx(expected.similarities, abs=1e-5)
    assert found.mean == pytest.approx(expected.mean, abs=1e-5)
    assert found.deviation == pytest.approx(expected.deviation, abs=1e-5)
    assert found.n_compared == expected.n_compared


def test_rows_that_are_not_allowed_move_nothing(store: PgvectorStore) -> None:
    vectors, query = unit_vectors(4, N_ROWS), unit_vectors(5, 1)[0]
    allowed = np.arange(N_ROWS) % 2 == 0
    store.add(IDS, vectors)
    before = store.search(query, allowed, 5)

    store.add(IDS[1::2], np.tile(query, (N_ROWS // 2, 1)))
    after = store.search(query, allowed, 5)

    assert after.rows.tolist() == before.rows.tolist()
    assert (after.mean, after.deviation) == (before.mean, before.deviation)


def test_vectors_stay_come_go_and_are_replaced(open_store: Open) -> None:
    first = open_store("stays")
    vectors, query = unit_vectors(6, N_ROWS), unit_vectors(7, 1)[0]
    first.add(IDS, vectors)
    first.add([IDS[3]], query[None])
    first.remove([IDS[4], "unknown-1"])

    again = open_store("stays", [*IDS[2:], "new-1"])
    found = again.search(query, np.ones(N_ROWS - 1, np.bool_), 3)
    again.remove(again.strangers)
    strangers_later = open_store("stays", IDS[2:]).strangers

    assert np.flatnonzero(~again.present).tolist() == [2, N_ROWS - 2]
    assert found.rows[0] == 1
    assert again.strangers == tuple(sorted(IDS[:2]))
    assert strangers_later == ()


def test_what_another_process_adds_is_not_found_and_breaks_nothing(
    open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_store, "_LISTED", 0)
    store = open_store("shared")
    vectors, query = unit_vectors(8, N_ROWS), unit_vectors(9, 1)[0]
    store.add(IDS, vectors)
    other = open_store("shared", ["other-1"])
    other.add(["other-1"], query[None])

    found = store.search(query, EVERY, 3)

    assert found.rows.tolist() == flat(vectors).search(query, EVERY, 3).rows.tolist()


@pytest.mark.parametrize("text", ["'; DROP TABLE x; --", 'a"b', "ü\\", "{1,2}", "NULL"])
def test_ids_are_text_and_nothing_else(open_store: Open, text: str) -> None:
    store = open_store("odd", [text])

    store.add([text], unit_vectors(10, 1))

    assert store.search(unit_vectors(10, 1)[0], np.ones(1, np.bool_), 1).rows.tolist() == [0]


def test_nothing_is_found_where_nothing_is_allowed_or_asked_for(store: PgvectorStore) -> None:
    store.add(IDS, unit_vectors(11, N_ROWS))
    query = unit_vectors(12, 1)[0]

    assert store.search(query, ~EVERY, 5).n_compared == 0
    assert store.search(query, EVERY, 0).rows.tolist() == []


def test_what_does_not_fit_is_refused(store: PgvectorStore) -> None:
    with pytest.raises(InputError, match="not among"):
        store.add(["stranger-1"], unit_vectors(13, 1))
    with pytest.raises(InputError, match="a mask of"):
        store.search(unit_vectors(14, 1)[0], EVERY[:3], 1)
    assert isinstance(store, VectorStore)


def test_a_connection_that_is_gone_is_reported(store: PgvectorStore) -> None:
    store.add(IDS, unit_vectors(15, N_ROWS))
    store.close()

    with pytest.raises(ArtifactError, match="PostgreSQL"):
        store.search(unit_vectors(16, 1)[0], EVERY, 1)


def test_a_server_that_is_not_there_is_reported(tmp_path: Path) -> None:
    settings = PgvectorSettings(socket=tmp_path / "no-socket", database="postgres", user="me")

    with pytest.raises(ConfigError, match="no-socket"):
        PgvectorStore(settings, DIGEST, N_DIMENSIONS, IDS)


@pytest.mark.parametrize(
    "values",
    [{}, {"host": "a", "socket": "/b"}, {"host": "a", "collection": "x; DROP TABLE y"}],
)
def test_settings_that_say_nothing_sensible_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        validate({"database": "d", "user": "u", **values}, PgvectorSettings, "settings")
