"""A lock file says what each source was, and in what it differs."""

from pathlib import Path
from typing import Any

import pytest

from mypt.corpus.lock import Download, Evidence, Lock, Pin, differences, lock_path, read_lock, write_lock
from mypt.errors import ConfigError

PIN = Pin(
    kind="http",
    request="r",
    downloads=(Download(url="https://h/a", sha256="1", bytes=3, revision="e1"),),
    evidence=(Evidence(path="LICENSE", sha256="2"),),
    tree="t",
)


def changed(**values: Any) -> Pin:
    return PIN.model_copy(update=values)


def test_the_lock_lies_beside_its_recipe() -> None:
    assert lock_path(Path("configs/corpus/domain.json")) == Path("configs/corpus/domain.lock.json")


def test_what_is_written_is_read_and_holds_no_time(tmp_path: Path) -> None:
    write_lock(tmp_path / "a.lock.json", Lock(sources={"a": PIN}))
    first = (tmp_path / "a.lock.json").read_bytes()
    write_lock(tmp_path / "a.lock.json", read_lock(tmp_path / "a.lock.json"))

    assert read_lock(tmp_path / "a.lock.json").sources == {"a": PIN}
    assert (tmp_path / "a.lock.json").read_bytes() == first


def test_without_a_file_nothing_is_locked(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "none.lock.json") == Lock()


def test_a_lock_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.lock.json").write_text('{"format": "mypt-lock-9"}')

    with pytest.raises(ConfigError, match="format"):
        read_lock(tmp_path / "a.lock.json")


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (changed(revision="x"), "revision is x"),
        (changed(tree="x"), "digest of all files is x"),
        (changed(downloads=()), "download https://h/a: sha256 is missing, locked is 1"),
        (changed(evidence=(Evidence(path="LICENSE", sha256="3"),)), "evidence LICENSE: sha256 is 3"),
        (changed(request="x"), "request is x"),
    ],
)
def test_every_difference_is_named(found: Pin, named: str) -> None:
    assert any(named in problem for problem in differences(PIN, found))


def test_another_server_or_signature_note_is_no_difference() -> None:
    elsewhere = PIN.downloads[0].model_copy(update={"revision": "e2"})

    assert differences(PIN, changed(downloads=(elsewhere,), notes=("signature NOT checked",))) == []
