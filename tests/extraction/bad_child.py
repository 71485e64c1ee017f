"""The reading process with formats that misbehave, for tests of what the parent does then."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mypt.extraction import child
from mypt.extraction.pages import Block, Extracted, Page
from mypt.extraction.read import READERS
from mypt.extraction.source_file import SourceFile


def _hang() -> str:
    time.sleep(600)
    return ""


def _spin() -> str:
    while True:
        pass


def _eat() -> str:
    return str(len(b"x" * 20_000_000_000))


def _recurse() -> str:
    return _recurse()


def _die() -> str:
    os.abort()


def _exit() -> str:
    os._exit(3)


def _babble() -> str:
    os.write(1, b"this must not reach the parent")
    return "quiet"


def _lie() -> str:
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\xff" * 64)
        except OSError:
            continue
    os._exit(0)


def _connect() -> str:
    with socket.socket() as connection:
        connection.connect(("127.0.0.1", 9))
    return "connected"


def _look_up() -> str:
    return str(socket.getaddrinfo("localhost", 80))


def _fetch() -> str:
    return str(urllib.request.urlopen("http://127.0.0.1:9/").read())


def _start() -> str:
    return subprocess.run([sys.executable, "-c", ""], check=True).args[0]


def _shell() -> str:
    return str(os.system("true"))  # noqa: S605


def _write() -> str:
    Path("harm.txt").write_text("harm")
    return "written"


def _delete() -> str:
    Path(__file__).unlink()
    return "deleted"


def _interfaces() -> str:
    return "".join(
        line.split(":")[0].strip() + " " for line in Path("/proc/net/dev").read_text().split("\n")[2:]
    )


def _process() -> str:
    return str(os.getpid())


ACTIONS: dict[str, Callable[[], str]] = {
    name.lstrip("_"): action
    for name, action in globals().items()
    if name.startswith("_") and callable(action) and action.__module__ == __name__
}


def read(source: SourceFile) -> Extracted:
    """Do what the text of the file says."""
    text = ACTIONS[source.data.decode()]()
    page = Page(1, text, (Block("paragraph", 0, len(text)),))
    return Extracted(source.name, "action", (page,))


if __name__ == "__main__":
    sys.modules["tests.extraction.bad_child"] = sys.modules["__main__"]
    READERS["text"] = "tests.extraction.bad_child"
    child.main()
