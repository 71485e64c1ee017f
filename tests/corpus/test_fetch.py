"""Sources are fetched once, locked, and fetched the same again; or the difference is named."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.fetch import FETCHERS, fetch
from mypt.corpus.lock import Lock, lock_path, read_lock
from mypt.corpus.recipe import CorpusRecipe
from mypt.corpus.source import open_sources
from mypt.errors import InputError, ManifestMismatch
from mypt.provenance.artifact import Artifact, open_artifact
from tests.corpus.http_server import QUICK, Failure, Page, WebServer

ROOT = Path(__file__).parents[2]


def web(server: WebServer, name: str = "web", **values: Any) -> dict[str, Any]:
    downloads = [{"url": f"{server.url}/{name}.txt"}]
    common = {"kind": "http", "name": name, "licence": "MIT", "network": QUICK}
    return {**common, "downloads": downloads, **values}


def recipe(folder: Path, *sources: dict[str, Any]) -> CorpusRecipe:
    return validate({"sources": list(sources), "store": str(folder / "store")}, CorpusRecipe, "test")


def serve(server: WebServer, text: str = "first\n", name: str = "web", etag: str = '"1"') -> None:
    server.pages[f"/{name}.txt"] = Page(text.encode(), "text/plain", etag)


def run(server: WebServer, folder: Path, **options: Any) -> Artifact:
    (artifact,) = fetch(recipe(folder, web(server)), folder / "r.json", **options)
    return artifact


def text_of(artifact: Artifact) -> str:
    return (artifact.path / "files" / "web.txt").read_text()


def test_a_source_becomes_a_sealed_folder_and_a_pin(server: WebServer, tmp_path: Path) -> None:
    serve(server)

    artifact = run(server, tmp_path)

    assert open_artifact(tmp_path / "store" / "web", "source") == artifact
    assert text_of(artifact) == "first\n"
    assert artifact.manifest.licences == {"MIT": 1}
    assert artifact.manifest.counts == {"files": 1, "bytes": 6, "left out": {}}
    pin = read_lock(tmp_path / "r.lock.json").sources["web"]
    assert json.loads((artifact.path / "pin.json").read_text()) == pin.model_dump(mode="json")
    assert [path.name for path in (tmp_path / "store" / ".downloads").iterdir()] == []


def test_a_second_fetch_asks_nobody(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    first = run(server, tmp_path)
    server.requests.clear()

    assert run(server, tmp_path) == first
    assert server.requests == []


def test_two_places_with_one_lock_hold_the_same_bytes(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    first = run(server, tmp_path / "one")
    serve(server, etag='"of another server"')
    (tmp_path / "two").mkdir()
    lock_path(tmp_path / "two" / "r.json").write_bytes((tmp_path / "one" / "r.lock.json").read_bytes())

    second = run(server, tmp_path / "two")

    assert second.digest == first.digest
    assert (tmp_path / "two" / "r.lock.json").read_bytes() == (tmp_path / "one" / "r.lock.json").read_bytes()


def test_a_change_outside_is_an_error_until_it_is_locked_anew(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    run(server, tmp_path / "one")
    (tmp_path / "two").mkdir()
    lock_path(tmp_path / "two" / "r.json").write_bytes((tmp_path / "one" / "r.lock.json").read_bytes())
    serve(server, "second\n", etag='"2"')

    with pytest.raises(InputError, match=r"web\.txt: sha256 is \w+, expected \w+") as caught:
        run(server, tmp_path / "two")
    assert "--update" in caught.value.hint
    assert not (tmp_path / "two" / "store" / "web").exists()

    assert text_of(run(server, tmp_path / "two", update=["web"])) == "second\n"


def test_an_update_fetches_nothing_that_has_not_changed(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    first = run(server, tmp_path)
    server.requests.clear()

    assert run(server, tmp_path, update=["all"]) == first
    (headers,) = server.asked("/web.txt")
    assert headers["If-None-Match"] == '"1"'


def test_an_update_of_one_source_leaves_the_others(server: WebServer, tmp_path: Path) -> None:
    both = recipe(tmp_path, web(server, "a"), web(server, "b"))
    for name in "ab":
        serve(server, name=name)
    fetch(both, tmp_path / "r.json")
    before = read_lock(tmp_path / "r.lock.json")
    for name in "ab":
        serve(server, "second\n", name, '"2"')

    fetch(both, tmp_path / "r.json", update=["a"])

    after = read_lock(tmp_path / "r.lock.json")
    assert after.sources["b"] == before.sources["b"]
    assert after.sources["a"] != before.sources["a"]


def test_an_update_of_a_stranger_is_refused(server: WebServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no source that is fetched is called 'wep'; did you mean `web`"):
        run(server, tmp_path, update=["wep"])


def test_a_recipe_that_asks_for_something_else_is_not_served_what_is_locked(
    server: WebServer, tmp_path: Path
) -> None:
    serve(server)
    run(server, tmp_path)
    other = recipe(tmp_path, web(server, redirect_hosts=["h"]))

    with pytest.raises(InputError, match="asks for something else") as caught:
        fetch(other, tmp_path / "r.json")
    assert caught.value.hint == "mypt corpus fetch RECIPE --update web"


def test_what_is_read_from_a_source_can_change_without_a_fetch(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    run(server, tmp_path)
    server.requests.clear()

    fetch(recipe(tmp_path, web(server, category="code", licences={"*": "CC0-1.0"})), tmp_path / "r.json")

    assert server.requests == []


def test_a_folder_of_another_recipe_is_replaced_only_when_asked(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    run(server, tmp_path)
    serve(server, name="other")
    other = recipe(tmp_path, web(server) | {"downloads": [{"url": f"{server.url}/other.txt"}]})

    with pytest.raises(InputError, match="already holds an artifact of another recipe"):
        fetch(other, tmp_path / "other.json")
    assert fetch(other, tmp_path / "other.json", replace=True)


def test_a_damaged_folder_is_noticed_and_fetched_again_when_asked(server: WebServer, tmp_path: Path) -> None:
    serve(server)
    first = run(server, tmp_path)
    (first.path / "files" / "web.txt").write_text("forged")

    with pytest.raises(ManifestMismatch):
        run(server, tmp_path)
    assert run(server, tmp_path, replace=True) == first


def test_a_source_that_gives_nothing_is_an_error(server: WebServer, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w:gz").close()
    server.pages["/web.tar.gz"] = Page(buffer.getvalue())
    nothing = recipe(tmp_path, web(server, downloads=[{"url": f"{server.url}/web.tar.gz"}]))

    with pytest.raises(InputError, match="source 'web' gives no file"):
        fetch(nothing, tmp_path / "r.json")


def test_every_kind_but_a_folder_is_fetched() -> None:
    schema = CorpusRecipe.model_json_schema()["properties"]["sources"]["items"]

    assert set(schema["discriminator"]["mapping"]) == {*FETCHERS, "folder"}


def test_a_fetch_that_was_killed_goes_on_and_ends_the_same(server: WebServer, tmp_path: Path) -> None:
    for name in "ab":
        serve(server, f"{name}\n" * 50_000, name)
    stall = threading.Event()
    server.pages["/b.txt"].failures = [Failure(cut_after=60_000, stall=stall)]
    sources = [web(server, "a"), web(server, "b")]
    values = {"kind": "corpus", "sources": sources, "store": str(tmp_path / "store")}
    (tmp_path / "r.json").write_text(json.dumps(values))

    with _started_fetch(tmp_path / "r.json") as process:
        _wait_until(lambda: _arrived(tmp_path / "store" / ".downloads") == 60_000)
        os.kill(process.pid, signal.SIGKILL)
    stall.set()
    assert sorted(read_lock(tmp_path / "r.lock.json").sources) == ["a"]
    server.requests.clear()
    artifacts = fetch(recipe(tmp_path, *sources), tmp_path / "r.json")

    assert [path for path, _ in server.requests] == ["/b.txt"]
    assert server.asked("/b.txt")[0]["Range"] == "bytes=60000-"
    fresh = fetch(recipe(tmp_path / "fresh", *sources), tmp_path / "fresh" / "r.json")
    assert [artifact.digest for artifact in artifacts] == [artifact.digest for artifact in fresh]
    assert (tmp_path / "r.lock.json").read_bytes() == (tmp_path / "fresh" / "r.lock.json").read_bytes()
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [".downloads", "a", "b"]


def _started_fetch(path: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "mypt", "corpus", "fetch", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def _arrived(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.part")) if folder.exists() else 0


def _wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_source_that_was_not_fetched_is_an_error_and_never_a_smaller_corpus(
    server: WebServer, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="source 'web' was not fetched") as caught:
        open_sources(recipe(tmp_path, web(server)), Lock())
    assert caught.value.hint == "mypt corpus fetch RECIPE"
