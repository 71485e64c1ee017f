"""What the reading process may not do: reach a network, start programs, write files, take all memory.

The kernel's own means come first (limits of resources, a network without interfaces); a hook inside the
interpreter holds where the kernel does not allow that, and says what was tried.
"""

import ctypes
import importlib
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from mypt.extraction.limits import Limits

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38
_MOST_OPEN_FILES = 64
_GRACE_S = 5.0
"""After the time for a file the parent kills; a child whose parent is gone ends so much later by itself."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_REFUSED = frozenset({
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile",
    "pty.spawn", "os.kill", "os.killpg", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link",
    "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime", "os.setxattr", "os.removexattr",
})  # fmt: skip


class Refused(RuntimeError):
    """Something in the reading process wanted to do what reading never needs."""


def confine(limits: Limits, program: str = "") -> None:
    """Give up for good everything that reading does not need; one program may still be started."""
    _leave_network()
    _limit_resources(limits, may_start=bool(program))
    sys.dont_write_bytecode = True  # a module that is imported later would be refused
    sys.addaudithook(_hook(program))


def begin_file(limits: Limits) -> None:
    """Start the clocks for one file."""
    resource = _resource()
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds + _GRACE_S)


def end_file() -> None:
    """Stop the clock, so that waiting for the next file costs nothing."""
    if _resource() is not None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _resource() -> ModuleType | None:
    """Windows has no such module."""
    try:
        return importlib.import_module("resource")
    except ImportError:
        return None


def _leave_network() -> None:
    """Move to a network of our own without a single interface, where the kernel lets us."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        library.unshare(_NEW_NETWORK)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _limit_resources(limits: Limits, *, may_start: bool) -> None:
    resource = _resource()
    if resource is None:
        return
    most = {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": _MOST_OPEN_FILES,
    }
    if not may_start:
        most["RLIMIT_NPROC"] = 0
    for name, value in most.items():
        with suppress(AttributeError, ValueError, OSError):  # not every system knows or allows each
            resource.setrlimit(getattr(resource, name), (value, value))


def _hook(program: str) -> Callable[[str, tuple[Any, ...]], None]:
    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            is_open_already = isinstance(arguments[0], int)  # a pipe that gets a Python object
            if not is_open_already and isinstance(arguments[2], int) and arguments[2] & _WRITING:
                raise Refused(f"open for writing: {arguments[0]}")
        elif event.startswith("socket.") or event in _REFUSED:
            raise Refused(event)
        elif event == "subprocess.Popen" and (not program or arguments[0] != program):
            raise Refused(f"{event}: {arguments[0]}")

    return refuse
