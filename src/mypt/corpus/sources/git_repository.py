"""A git repository at one commit: the bytes of its files, without working tree, hooks, filters or links."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

from pydantic import Field

from mypt.corpus.archive import safe_name, write_new
from mypt.corpus.lock import Download, Pin
from mypt.corpus.sources.download import is_loopback, url_parts
from mypt.corpus.sources.fetching import Fetched, Job, Origin
from mypt.corpus.sources.settings import SourceSettings, matches
from mypt.errors import InputError

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FILE_MODES = {"100644", "100755"}
_LINK = "120000"
_SUBMODULE = "160000"
_LFS = b"version https://git-lfs.github.com/spec/"
_SHOWN = 400


class GitSettings(SourceSettings):
    """A git repository, fetched at one commit."""

    kind: Literal["git"]
    url: str
    """Address of the repository; https, or http and git on this machine itself."""
    revision: str = Field(default="HEAD", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$")
    """Branch, tag or commit; the lock file holds the commit that it was."""
    paths: tuple[str, ...] = ()
    """Globs of the files that are fetched; all when there is none."""
    licence_files: tuple[str, ...] = ("LICEN[CS]E*", "licen[cs]e*", "COPYING*", "COPYRIGHT*", "NOTICE*")
    """Globs of the files that say which licence holds; kept as evidence."""
    allow_insecure: bool = False
    """Accept http, git and file, where nobody vouches for what is sent but the commit itself."""
    max_bytes: int = Field(default=16 * 2**30, gt=0)
    """Largest sum of all its files."""
    timeout_seconds: float = Field(default=3600, gt=0)
    """Longest time that one call of git may take."""


def fetch_git(settings: GitSettings, job: Job) -> Fetched:
    """Write the files of one commit; InputError when the repository does not have it."""
    with _repository(settings) as git:
        commit = job.pin.revision if job.pin else _commit(settings, git)
        git.fetch(commit)
        entries = list(git.entries(commit))
        fetched = Fetched(revision=commit, notes=_notes(entries))
        fetched.counts.update(_reason(entry) for entry in entries if entry.mode not in _FILE_MODES)
        files = [entry for entry in entries if entry.mode in _FILE_MODES and _is_wanted(entry, settings)]
        git.fetch_blobs(files)
        _write_files(settings, git, files, job, fetched)
        return fetched


def is_current(settings: GitSettings, pin: Pin) -> bool:
    """Say whether the branch or tag is still at the commit that is locked."""
    with _repository(settings) as git:
        return _commit(settings, git) == pin.revision


@dataclass(frozen=True)
class _Entry:
    """One line of a commit's list of files."""

    mode: str
    oid: str
    path: str


def _is_wanted(entry: _Entry, settings: GitSettings) -> bool:
    return not settings.paths or matches(entry.path, (*settings.paths, *settings.licence_files))


def _reason(entry: _Entry) -> str:
    return {_LINK: "link", _SUBMODULE: "submodule"}.get(entry.mode, "special file")


def _notes(entries: Sequence[_Entry]) -> list[str]:
    return [f"submodule left out: {entry.path}" for entry in entries if entry.mode == _SUBMODULE]


def _write_files(
    settings: GitSettings, git: "_Git", files: Sequence[_Entry], job: Job, fetched: Fetched
) -> None:
    base = settings.url.removesuffix("/").removesuffix(".git")
    n_bytes = 0
    for entry, data in git.blobs(files):
        n_bytes += len(data)
        if data.startswith(_LFS):
            fetched.counts["LFS pointer"] += 1
            continue
        name = safe_name(entry.path)
        is_evidence = matches(name, settings.licence_files)
        with write_new((job.evidence if is_evidence else job.files) / name) as file:
            file.write(data)
        if not is_evidence:
            fetched.origins.append(Origin(name, origin=f"{base}/{name}"))
    fetched.downloads.append(Download(url=settings.url, sha256="", bytes=n_bytes, revision=fetched.revision))


def _commit(settings: GitSettings, git: "_Git") -> str:
    """Return the commit that a branch or a tag is now."""
    if _COMMIT.fullmatch(settings.revision):
        return settings.revision
    known = git.remote_references()
    wanted = settings.revision
    names = (wanted, f"refs/heads/{wanted}", f"refs/tags/{wanted}^{{}}", f"refs/tags/{wanted}")
    for name in names:
        if name in known:
            return known[name]
    raise InputError(
        f"{settings.url}: has no branch or tag {wanted!r}",
        hint=f"branches: {', '.join(_branches(known))[:_SHOWN]}",
    )


def _branches(known: dict[str, str]) -> list[str]:
    return sorted(name.removeprefix("refs/heads/") for name in known if name.startswith("refs/heads/"))


@contextmanager
def _repository(settings: GitSettings) -> Iterator["_Git"]:
    """Give an empty repository in a folder that is gone afterwards."""
    program = shutil.which("git")
    if program is None:
        raise InputError("git is not installed", hint="install it, for example: apt-get install git")
    protocols = _allowed_protocols(settings)
    with tempfile.TemporaryDirectory(prefix="mypt-git-") as folder:
        git = _Git(program, Path(folder), settings, protocols)
        git.run("init", "--quiet", "--bare", "--template=", ".")
        git.run("config", "remote.origin.url", settings.url)
        yield git


def _allowed_protocols(settings: GitSettings) -> str:
    if settings.allow_insecure:
        return "https:http:git:file"
    parts = url_parts(settings.url, any_scheme=True)
    is_own = parts.scheme in ("http", "git") and is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not is_own:
        raise InputError(
            f"{settings.url}: only https is fetched", hint="set allow_insecure, if you trust the way to it"
        )
    return "https:http:git" if is_own else "https"


class _Git:
    """Calls git so that nothing of a person's or a repository's own configuration counts."""

    def __init__(self, program: str, folder: Path, settings: GitSettings, protocols: str) -> None:
        self._folder = folder
        self._settings = settings
        self._command = [program, "-c", "core.hooksPath=/dev/null", "-c", "fetch.fsckObjects=true",
                         "-c", "gc.auto=0", "-c", "http.followRedirects=false",
                         "-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=no"]  # fmt: skip
        self._environment = {
            "HOME": str(folder),
            "PATH": str(Path(program).parent),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": protocols,
            "GIT_LFS_SKIP_SMUDGE": "1",
        }

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """Return what a call of git prints; InputError with what it complains about."""
        url = self._settings.url
        try:
            done = subprocess.run(  # noqa: S603
                [*self._command, *arguments], cwd=self._folder, env=self._environment, input=given,
                capture_output=True, check=False, timeout=self._settings.timeout_seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"{url}: git took more than {error.timeout:g} s", hint="raise timeout_seconds"
            ) from error
        if done.returncode:
            complaint = done.stderr.decode("utf-8", "replace").strip()[-_SHOWN:]
            raise InputError(
                f"{url}: git {arguments[0]} failed: {complaint}", hint="look whether it has moved"
            )
        return done.stdout

    def remote_references(self) -> dict[str, str]:
        """Return what each branch and tag is now."""
        lines = self.run("ls-remote", "--", self._settings.url).decode("utf-8", "replace").splitlines()
        return {name: oid for oid, _, name in (line.partition("\t") for line in lines)}

    def fetch(self, commit: str) -> None:
        """Fetch one commit without its history; servers that refuse that are asked for everything."""
        options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"]
        options += ["--filter=blob:none"] if self._settings.paths else []
        try:
            self.run("fetch", *options, "--depth=1", "--", "origin", commit)
        except InputError:
            self.run("fetch", *options, "--", "origin", "+refs/*:refs/remotes/origin/*")
        if self.run("cat-file", "-t", commit).strip() != b"commit":
            raise InputError(f"{self._settings.url}: {commit} is no commit")

    def entries(self, commit: str) -> Iterator[_Entry]:
        """Yield everything a commit holds, by path."""
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            yield _Entry(mode, oid, path.decode("utf-8", "surrogateescape"))

    def fetch_blobs(self, files: Sequence[_Entry]) -> None:
        """Fetch the contents that a fetch without contents left out, all in one request."""
        if not self._settings.paths or not files:
            return
        oids = "\n".join(sorted({entry.oid for entry in files}))
        self.run("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags",
                 "--filter=blob:none", "--no-write-fetch-head", "--recurse-submodules=no",
                 "--stdin", "origin", given=f"{oids}\n".encode())  # fmt: skip

    def blobs(self, files: Sequence[_Entry]) -> Iterator[tuple[_Entry, bytes]]:
        """Yield the content of each file as it is in the repository."""
        command = [*self._command, "cat-file", "--batch"]
        left = self._settings.max_bytes
        with subprocess.Popen(  # noqa: S603
            command, cwd=self._folder, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            asked, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            for entry in files:
                asked.write(f"{entry.oid}\n".encode())
                asked.flush()
                header = answers.readline().split()
                if len(header) != 3 or header[1] != b"blob":
                    raise InputError(f"{self._settings.url}: has no content for {entry.path!a}")
                left -= int(header[2])
                if left < 0:
                    raise InputError(f"{self._settings.url}: more bytes than wanted", hint="raise max_bytes")
                data = answers.read(int(header[2]))
                answers.read(1)
                yield entry, data
            asked.close()
