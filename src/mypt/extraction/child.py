"""The process that reads: files come in, replies go out, one after the other; it ends with its input.

Run as `python -m mypt.extraction.child`. It is told bytes and a name, and opens no file of a user.
"""

import os
import sys
from typing import IO

from mypt.extraction.confine import begin_file, confine, end_file
from mypt.extraction.limits import Limits
from mypt.extraction.ocr import find_tesseract
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.read import read
from mypt.extraction.wire import receive, send_result

_MOST_HEAD = 1_000_000


def main() -> None:
    """Answer until the input ends; after the first file that needed too much memory, end too."""
    requests, replies = _streams()
    is_confined = False
    while True:
        received = receive(requests, _MOST_HEAD)
        if received is None:
            return
        head, n_bytes = received
        limits = Limits.model_validate(head["limits"])
        if not is_confined:
            confine(limits, find_tesseract() if limits.ocr else "")
            is_confined = True
        begin_file(limits)
        result = _read(requests, head["name"], n_bytes, limits)
        send_result(replies, result)
        end_file()
        if isinstance(result, Unextractable) and result.reason == "out of memory":
            return


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the output for replies: what a library prints must not get between them."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, replies


def _read(requests: IO[bytes], name: str, n_bytes: int, limits: Limits) -> Extracted | Unextractable:
    try:
        data = requests.read(n_bytes)
    except MemoryError:
        return Unextractable("out of memory", f"a file of {n_bytes} bytes")
    try:
        return read(data, name, limits)
    except Unextractable as error:
        return error
    except MemoryError:
        return Unextractable("out of memory", f"more than {limits.memory_bytes // 1_000_000} MB")
    except Exception as error:  # noqa: BLE001  # a hostile file brings any parser to raise anything
        return Unextractable("malformed", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
