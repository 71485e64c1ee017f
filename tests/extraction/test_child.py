"""The child answers file after file on its output, and ends with its input."""

import io
import subprocess
import sys

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.wire import receive_result, send


def _talk(*files: tuple[str, bytes], limits: Limits | None = None) -> list[Extracted | Unextractable]:
    requests = io.BytesIO()
    used = limits or Limits()
    for name, data in files:
        send(requests, {"limits": used.model_dump(), "name": name}, len(data))
        requests.write(data)
    done = subprocess.run(
        [sys.executable, "-m", "mypt.extraction.child"],
        input=requests.getvalue(),
        capture_output=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
    )
    replies = io.BytesIO(done.stdout)
    found = [receive_result(replies, used) for _ in files]
    assert replies.read() == b""
    return found


def test_files_are_answered_in_their_order() -> None:
    found = _talk(("a.txt", b"one"), ("b.txt", b"\x00\x01\x02\x03"), ("c.txt", b"three"))

    assert [item.pages[0].text if isinstance(item, Extracted) else item.reason for item in found] == [
        "one", "unknown format", "three",
    ]  # fmt: skip


def test_without_a_request_it_ends_at_once() -> None:
    assert _talk() == []
