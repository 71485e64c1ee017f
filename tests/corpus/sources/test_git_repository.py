"""A repository gives the bytes of one commit, and nothing of it is ever run or followed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mypt.corpus.lock import Pin
from mypt.corpus.sources.fetching import Fetched, Job
from mypt.corpus.sources.git_repository import GitSettings, fetch_git, is_current
from mypt.errors import InputError
from tests.corpus.sources.git_server import commit, git, git_daemon, make_repository


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    base = tmp_path_factory.mktemp("git")
    make_repository(base / "docs")
    with git_daemon(base) as url:
        yield f"{url}/docs", base / "docs"


def settings(url: str, **values: Any) -> GitSettings:
    return GitSettings.model_validate({"kind": "git", "name": "own", "licence": "MIT", "url": url, **values})


def fetched(wanted: GitSettings, folder: Path, pin: Pin | None = None) -> tuple[Fetched, Job]:
    job = Job(folder, folder, pin)
    return fetch_git(wanted, job), job


def locked(commit_: str) -> Pin:
    return Pin(kind="git", request="", revision=commit_, tree="")


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_files_come_as_they_are_in_the_repository(daemon: tuple[str, Path], tmp_path: Path) -> None:
    url, repository = daemon

    result, job = fetched(settings(url), tmp_path)

    assert result.revision == git(repository, "rev-parse", "main")
    assert files(job.files)["docs/a.md"] == git_blob(repository, "docs/a.md")
    assert files(job.evidence) == {"LICENSE": b"MIT License\n"}
    assert [row.origin for row in result.origins if row.path == "README.md"] == [f"{url}/README.md"]


def git_blob(repository: Path, path: str) -> bytes:
    return git(repository, "show", f"main:{path}").encode() + b"\n"


def test_links_submodules_and_large_file_pointers_are_left_out_and_counted(
    daemon: tuple[str, Path], tmp_path: Path
) -> None:
    result, job = fetched(settings(daemon[0]), tmp_path)

    assert dict(result.counts) == {"link": 2, "submodule": 1, "LFS pointer": 1}
    assert result.notes == ["submodule left out: module"]
    assert not any(path.is_symlink() or path.name == ".git" for path in job.folder.rglob("*"))
    assert "docs/large.md" not in files(job.files)


def test_only_the_paths_that_are_wanted_are_fetched(daemon: tuple[str, Path], tmp_path: Path) -> None:
    _, job = fetched(settings(daemon[0], paths=["docs/*"]), tmp_path)

    assert sorted(files(job.files)) == ["docs/a.md", "docs/sub/b.md"]
    assert sorted(files(job.evidence)) == ["LICENSE"]


@pytest.mark.parametrize("paths", [[], ["docs/*"]])
def test_a_locked_commit_is_fetched_though_the_branch_went_on(
    daemon: tuple[str, Path], tmp_path: Path, paths: list[str]
) -> None:
    url, repository = daemon
    before = git(repository, "rev-parse", "main")
    git(repository, "tag", "--force", "--annotate", "--message", "v", "v1")
    commit(repository, {"docs/a.md": "changed\n", "docs/new.md": "new\n"})

    result, job = fetched(settings(url, paths=paths), tmp_path / "old", locked(before))
    now, _ = fetched(settings(url, paths=paths), tmp_path / "new")
    tagged, _ = fetched(settings(url, revision="v1", paths=paths), tmp_path / "tag")

    assert (result.revision, tagged.revision) == (before, before)
    assert "docs/new.md" not in files(job.files)
    assert now.revision != before
    assert is_current(settings(url), locked(now.revision))
    assert not is_current(settings(url), locked(before))
    git(repository, "reset", "--quiet", "--hard", before)


def test_a_commit_that_is_on_no_branch_is_an_error(daemon: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"git .* failed"):
        fetched(settings(daemon[0]), tmp_path, locked("0123456789" * 4))


def test_a_missing_branch_is_named_with_those_there_are(daemon: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no branch or tag 'nope'") as caught:
        fetched(settings(daemon[0], revision="nope"), tmp_path)

    assert "main" in caught.value.hint


def test_a_missing_repository_is_an_error_without_a_question(
    daemon: tuple[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="git ls-remote failed"):
        fetched(settings(daemon[0] + "-none"), tmp_path)


@pytest.mark.parametrize(
    "url", ["http://example.org/a.git", "git://example.org/a", "ext::sh -c touch%20x", "file:///a", "--help"]
)
def test_only_https_is_fetched_unless_allowed(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fetched(settings(url), tmp_path)


def test_a_repository_on_disk_is_fetched_when_allowed(daemon: tuple[str, Path], tmp_path: Path) -> None:
    result, _ = fetched(settings(f"file://{daemon[1]}", allow_insecure=True), tmp_path)

    assert "README.md" in [row.path for row in result.origins]


def test_commands_in_an_address_are_never_run(tmp_path: Path) -> None:
    wanted = settings(f"ext::touch {tmp_path}/owned", allow_insecure=True)

    with pytest.raises(InputError, match="not allowed"):
        fetched(wanted, tmp_path / "out")

    assert not (tmp_path / "owned").exists()


def test_more_bytes_than_allowed_are_refused(daemon: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more bytes than wanted"):
        fetched(settings(daemon[0], max_bytes=10), tmp_path)


def test_git_that_is_missing_is_named(
    daemon: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(InputError, match="git is not installed") as caught:
        fetched(settings(daemon[0]), tmp_path)

    assert "apt-get install git" in caught.value.hint
