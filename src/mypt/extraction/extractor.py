"""A file of a user to what stands in it: read by a child process that may die without harm."""

import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.wire import BrokenReply, receive_result, send

_SLICE = 1 << 20
_MOST_FILES = 500
"""Then a new child takes over: what a library leaks must not pile up."""
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Without them some systems find no libraries. No other is passed on: a variable may hold a secret."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT"), "1")
_FLAGS = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")]
_AGAIN = ("out of memory", "crashed")


def extract(path: Path, limits: Limits | None = None) -> Extracted:
    """Return what stands in a file; raises Unextractable with the reason when it gives nothing."""
    with Extractor(limits) as extractor:
        return extractor.extract(path)


class Extractor:
    """Reads file after file in one child process, which is renewed when a file was too much for it.

    For one thread at a time. Two of them read two files at once.
    """

    def __init__(self, limits: Limits | None = None, module: str = "mypt.extraction.child") -> None:
        self.limits = limits or Limits()
        self._module = module
        self._child: _Child | None = None

    def __enter__(self) -> "Extractor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_child()

    def extract(self, path: Path) -> Extracted:
        """Return what stands in a file; raises Unextractable with the reason when it gives nothing."""
        with _open_regular(path, self.limits.file_bytes) as file:
            is_fresh = self._child is None
            result = self._ask(file, path.name)
            if not is_fresh and isinstance(result, Unextractable) and result.reason in _AGAIN:
                file.seek(0)  # what earlier files left behind in the child must not decide about this one
                result = self._ask(file, path.name)
        if isinstance(result, Unextractable):
            raise result
        return result

    def _ask(self, file: IO[bytes], name: str) -> Extracted | Unextractable:
        child = self._child = self._child or _Child(self._module)
        is_spent = True
        try:
            result = child.ask(file, name, self.limits)
            is_spent = isinstance(result, Unextractable) and result.reason in (*_AGAIN, "too slow")
            is_spent |= child.was_late or child.n_files >= _MOST_FILES
        finally:
            if is_spent:
                self._end_child()
        return result

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """One process that reads."""

    def __init__(self, module: str) -> None:
        self.n_files = 0
        self.was_late = False
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        folders = os.pathsep.join(str(Path(folder).absolute()) for folder in sys.path if folder)
        self._process = subprocess.Popen(  # noqa: S603
            # -P: a document called json.py in the current folder is no module.
            [sys.executable, "-P", "-B", "-X", "utf8", "-m", module],
            env={**kept, **_ONE_THREAD, "PYTHONPATH": folders, "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def ask(self, file: IO[bytes], name: str, limits: Limits) -> Extracted | Unextractable:
        """Return what the child says about a file, or how it died."""
        self.n_files += 1
        watchdog = threading.Timer(limits.wall_seconds, self._end_late)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._send(file, name, limits)
            return receive_result(_pipe(self._process.stdout), limits)
        except (BrokenReply, BrokenPipeError) as error:
            return self._why_it_died(error, limits)
        finally:
            watchdog.cancel()
            watchdog.join()  # it may be killing the child at this very moment

    def end(self) -> None:
        """Kill it, and whatever it started, at once."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                _pipe(pipe).close()

    def _send(self, file: IO[bytes], name: str, limits: Limits) -> None:
        requests = _pipe(self._process.stdin)
        left = os.fstat(file.fileno()).st_size
        # A name of a file may hold bytes that are no text.
        readable = name.encode("utf-8", "replace").decode("utf-8")
        send(requests, {"limits": limits.model_dump(), "name": readable}, left)
        while left:
            piece = _read(file, min(left, _SLICE))
            requests.write(piece)
            left -= len(piece)
        requests.flush()

    def _why_it_died(self, error: Exception, limits: Limits) -> Unextractable:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        code = self._process.poll()
        slow = [-getattr(signal, name, 0) for name in ("SIGXCPU", "SIGALRM")]
        if self.was_late:
            return Unextractable("too slow", f"more than {limits.wall_seconds:g} seconds")
        if code in slow:
            return Unextractable("too slow", f"more than {limits.cpu_seconds} seconds of processor time")
        if code is None:
            return Unextractable("crashed", f"the reading process answered nonsense: {error}")
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return Unextractable("crashed", f"the reading process ended with {how}")

    def _end_late(self) -> None:
        self.was_late = True
        self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "posix" and self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


def _read(file: IO[bytes], n_bytes: int) -> bytes:
    try:
        piece = file.read(n_bytes)
    except OSError as error:
        raise Unextractable("not readable", error.strerror or str(error)) from error
    if not piece:
        raise Unextractable("not readable", "it became shorter while it was read")
    return piece


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise BrokenReply("no pipe")
    return stream


def _open_regular(path: Path, most_bytes: int) -> IO[bytes]:
    """Return an open file; Unextractable for what is no plain file, or too large, before a byte is read."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # opening a device may do something already
            raise Unextractable("not readable", "no plain file")
        descriptor = os.open(path, os.O_RDONLY | sum(_FLAGS))
    except (OSError, ValueError) as error:
        raise Unextractable("not readable", getattr(error, "strerror", "") or str(error)) from error
    file = os.fdopen(descriptor, "rb", buffering=0)
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= most_bytes:
        return file
    file.close()
    if not stat.S_ISREG(status.st_mode):
        raise Unextractable("not readable", "no plain file")
    raise Unextractable("too large", f"{status.st_size} bytes; at most {most_bytes} are read")
