"""The store speaks the REST interface of Qdrant, tried on a stand-in for the server."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from jaxtyping import Float32

from mypt.config import validate
from mypt.errors import ArtifactError, ConfigError, InputError
from mypt.retrieval import qdrant_store
from mypt.retrieval.flat_store import FlatStore
from mypt.retrieval.qdrant_store import QdrantSettings, QdrantStore
from mypt.retrieval.vector_store import VectorStore

DIGEST = "ab" * 32
N_ROWS, N_DIMENSIONS = 120, 32
IDS = [f"d{row // 7}-{row % 7 + 1}" for row in range(N_ROWS)]
EVERY = np.ones(N_ROWS, np.bool_)
Point = dict[str, Any]


@dataclass
class Collections:
    """What a server holds, and what it does with the parts of the interface that are used."""

    points: dict[str, dict[str, Point]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        name, _, action = path.removeprefix("/collections/").partition("/")
        match method, action:
            case "GET", "exists":
                return {"exists": name in self.points}
            case "PUT", "":
                assert body == {"vectors": {"size": N_DIMENSIONS, "distance": "Dot", "datatype": "float16"}}
                self.points[name] = {}
                return True
            case "PUT", "points?wait=true":
                self.points[name] |= {point["id"]: point for point in body["points"]}
                return {"status": "completed"}
            case "POST", "points/delete?wait=true":
                self.points[name] = {
                    key: point for key, point in self.points[name].items() if key not in body["points"]
                }
                return {"status": "completed"}
            case "POST", "points/scroll":
                keys = sorted(key for key in self.points[name] if key >= body.get("offset", ""))
                page, rest = keys[: body["limit"]], keys[body["limit"] :]
                return {
                    "points": [{"id": key, "payload": self.points[name][key]["payload"]} for key in page],
                    "next_page_offset": rest[0] if rest else None,
                }
        assert (method, action, body["params"]) == ("POST", "points/query", {"exact": True})
        return {"points": self._nearest(self.points[name], body)}

    def _nearest(self, points: dict[str, Point], body: Any) -> list[Point]:
        chosen = set(points)
        for condition in body["filter"].get("must", []):
            chosen &= set(condition["has_id"])
        for condition in body["filter"].get("must_not", []):
            chosen -= set(condition["has_id"])
        query = np.array(body["query"], np.float32)
        scored: list[Point] = [
            {"id": key, "score": float(np.array(points[key]["vector"], np.float32) @ query)} for key in chosen
        ]
        return sorted(scored, key=lambda point: -point["score"])[: body["limit"]]


class Handler(BaseHTTPRequestHandler):
    collections: ClassVar[Collections]
    protocol_version = "HTTP/1.1"

    def _reply(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if self.headers.get("api-key") == "wrong":
            self._send(403, b'{"status": {"error": "forbidden"}}')
            return
        result = self.collections.answer(self.command, self.path, body)
        self._send(200, json.dumps({"result": result, "status": "ok", "time": 0.1}).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = _reply  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collections() -> Collections:
    return Collections()


@pytest.fixture
def settings(collections: Collections) -> Iterator[QdrantSettings]:
    handler = type("Bound", (Handler,), {"collections": collections})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield QdrantSettings(host="127.0.0.1", port=server.server_address[1], is_encrypted=False)
        server.shutdown()
        thread.join()


@pytest.fixture
def store(settings: QdrantSettings) -> Iterator[QdrantStore]:
    opened = QdrantStore(settings, DIGEST, N_DIMENSIONS, IDS)
    yield opened
    opened.close()


def unit_vectors(seed: int, n_rows: int) -> Float32[np.ndarray, "rows dimensions"]:
    vectors = np.random.default_rng(seed).standard_normal((n_rows, N_DIMENSIONS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def flat(vectors: Float32[np.ndarray, "rows dimensions"]) -> FlatStore:
    return FlatStore(IDS, vectors.astype(np.float16), EVERY)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 1.0])
def test_it_finds_what_the_flat_store_finds(store: QdrantStore, share: float) -> None:
    vectors, query = unit_vectors(1, N_ROWS), unit_vectors(2, 1)[0]
    allowed = np.random.default_rng(3).random(N_ROWS) < share
    store.add(IDS, vectors)

    found, expected = store.search(query, allowed, 10), flat(vectors).search(query, allowed, 10)

    assert found.rows.tolist() == expected.rows.tolist()
    assert found.similarities == pytest.approx(expected.similarities, abs=1e-5)
    assert (found.mean, found.deviation) == pytest.approx((expected.mean, expected.deviation), abs=1e-5)
    assert found.n_compared == expected.n_compared


def test_a_sample_of_the_allowed_rows_gives_mean_and_deviation(
    store: QdrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdrant_store, "_SAMPLE", 60)
    vectors, query = unit_vectors(4, N_ROWS), unit_vectors(5, 1)[0]
    store.add(IDS, vectors)

    found, again = (store.search(query, EVERY, 5) for _ in range(2))

    assert found.n_compared == 60
    assert found.mean == again.mean
    assert found.mean == pytest.approx(flat(vectors).search(query, EVERY, 5).mean, abs=0.1)


def test_the_shorter_list_of_points_is_sent(store: QdrantStore, collections: Collections) -> None:
    store.add(IDS, unit_vectors(6, N_ROWS))

    store.search(unit_vectors(7, 1)[0], np.arange(N_ROWS) > 2, 5)
    most = collections.asked[-1][1]["filter"]
    store.search(unit_vectors(7, 1)[0], np.arange(N_ROWS) < 2, 5)
    few = collections.asked[-1][1]["filter"]

    assert len(most["must_not"][0]["has_id"]) == 3
    assert len(few["must"][0]["has_id"]) == 2


def test_rows_that_are_not_allowed_are_never_found(store: QdrantStore) -> None:
    query = unit_vectors(8, 1)[0]
    store.add(IDS, np.tile(query, (N_ROWS, 1)))
    allowed = np.arange(N_ROWS) % 3 == 0

    assert allowed[store.search(query, allowed, 60).rows].all()


def test_vectors_stay_come_go_and_are_replaced(
    settings: QdrantSettings, store: QdrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdrant_store, "_LISTED_AT_ONCE", 7)
    monkeypatch.setattr(qdrant_store, "_AT_ONCE", 50)
    vectors, query = unit_vectors(9, N_ROWS), unit_vectors(10, 1)[0]
    store.add(IDS, vectors)
    store.add([IDS[3]], query[None])
    store.remove([IDS[4], "unknown-1"])

    again = QdrantStore(settings, DIGEST, N_DIMENSIONS, [*IDS[2:], "new-1"])
    found = again.search(query, np.ones(N_ROWS - 1, np.bool_), 3)
    again.close()

    assert np.flatnonzero(~again.present).tolist() == [2, N_ROWS - 2]
    assert found.rows[0] == 1
    assert again.strangers == tuple(sorted(IDS[:2]))


def test_what_another_process_adds_is_not_found(settings: QdrantSettings, store: QdrantStore) -> None:
    vectors, query = unit_vectors(11, N_ROWS), unit_vectors(12, 1)[0]
    store.add(IDS, vectors)
    other = QdrantStore(settings, DIGEST, N_DIMENSIONS, ["other-1"])
    other.add(["other-1"], query[None])
    other.close()

    found = store.search(query, EVERY, 3)

    assert found.rows.tolist() == flat(vectors).search(query, EVERY, 3).rows.tolist()


def test_nothing_is_found_where_nothing_is_allowed_or_asked_for(store: QdrantStore) -> None:
    store.add(IDS, unit_vectors(13, N_ROWS))

    assert store.search(unit_vectors(14, 1)[0], ~EVERY, 5).n_compared == 0
    assert store.search(unit_vectors(14, 1)[0], EVERY, 0).rows.tolist() == []


def test_what_does_not_fit_is_refused(store: QdrantStore) -> None:
    with pytest.raises(InputError, match="not among"):
        store.add(["stranger-1"], unit_vectors(15, 1))
    with pytest.raises(InputError, match="a query of shape"):
        store.search(np.ones(3, np.float32), EVERY, 1)
    assert isinstance(store, VectorStore)


def test_a_connection_that_the_server_has_closed_is_opened_again(store: QdrantStore) -> None:
    store.add(IDS, unit_vectors(16, N_ROWS))
    connection = store._server._connection
    assert connection.sock is not None
    connection.sock.shutdown(2)

    found = store.search(unit_vectors(17, 1)[0], EVERY, 3)

    assert len(found.rows) == 3


def test_a_refusal_is_reported(settings: QdrantSettings, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("wrong\n", encoding="utf-8")

    with pytest.raises(ArtifactError, match="403"):
        QdrantStore(settings.model_copy(update={"key_file": tmp_path / "key"}), DIGEST, N_DIMENSIONS, IDS)


def test_a_server_that_is_not_there_is_reported() -> None:
    settings = QdrantSettings(host="127.0.0.1", port=1, is_encrypted=False)

    with pytest.raises(ConfigError, match=r"Qdrant at 127\.0\.0\.1:1"):
        QdrantStore(settings, DIGEST, N_DIMENSIONS, IDS)


def test_a_collection_with_an_odd_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="collection"):
        validate({"host": "a", "collection": "../x"}, QdrantSettings, "settings")
