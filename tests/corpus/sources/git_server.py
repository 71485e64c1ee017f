"""A git daemon on this machine with a repository that holds every trap."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nowhere",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular."""
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str | bytes], message: str = "Change") -> str:
    """Add files and return the commit."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def make_repository(folder: Path) -> Path:
    """Return a repository with links, a submodule, an LFS pointer, hooks and filters."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    inner = folder.parent / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    commit(inner, {"README.md": "inner"})
    (folder / "docs").mkdir()
    (folder / "docs" / "loop").symlink_to(".")
    (folder / "passwd.md").symlink_to("/etc/passwd")
    git(folder, "submodule", "--quiet", "add", str(inner), "module")
    files: dict[str, str | bytes] = {
        "LICENSE": "MIT License\n",
        "README.md": "# Read me\n",
        "docs/a.md": "# Für alle\r\n",
        "docs/sub/b.md": "# B\n",
        "docs/large.md": POINTER,
        "src/main.c": "int main;\n",
        ".gitattributes": "*.md text eol=lf filter=evil\n",
        ".githooks/post-checkout": "#!/bin/sh\ntouch /tmp/hooked\n",
    }
    commit(folder, files, "Begin")
    return folder


@contextmanager
def git_daemon(base: Path) -> Iterator[str]:
    """Serve the repositories below a folder until the block ends; yield the address."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["git", "daemon", "--export-all", "--reuseaddr", f"--base-path={base}",
               "--listen=127.0.0.1", f"--port={port}", "--informative-errors", str(base)]  # fmt: skip
    environment = {**ENVIRONMENT, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "uploadpack.allowFilter",
                   "GIT_CONFIG_VALUE_0": "true"}  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port)
        yield f"git://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_listens(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("git daemon does not answer")
