"""Matrix products on one thread each, while several texts are read at a time.

More threads for one small product cost more than they bring (six times the time was measured where
threads outnumber cores), and a product of one thread has the same bits on every number of cores.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

_lock = threading.Lock()
_inside: list[tuple[Any, Any]] = []
"""The limits that are set now: one, however many callers are inside."""
_callers = 0


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let products use one thread until the last of all callers is done.

    The setting belongs to the whole process; what it was before is put back.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


@lru_cache(maxsize=1)
def _controller(n_modules: int) -> Any:  # noqa: ARG001  # more of them may have brought more libraries
    """Return the control of the libraries that are loaded; looking for them takes milliseconds."""
    return ThreadpoolController()


def _enter() -> None:
    global _callers  # the setting is the process's
    with _lock:
        if _callers == 0:
            controller = _controller(len(sys.modules))
            _take_control(controller)
            _inside.append((controller, controller.limit(limits=1, user_api="blas")))
        _callers += 1


def _leave() -> None:
    global _callers
    with _lock:
        _callers -= 1
        if _callers == 0:
            controller, limit = _inside.pop()
            _take_control(controller)
            limit.restore_original_limits()


def _take_control(controller: Any) -> None:
    """Let this thread set limits: else only the first that ever did may, and what others set is ignored."""
    for library in controller.lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)
