"""Refuses, inside this interpreter, every connection to another machine and every look-up of its name.

An audit hook sees what Python code asks the socket module for, however it came by the function. It comes too
late for the look-up that connecting by name does inside C, so the methods that do that are wrapped too. Only
native code with sockets of its own escapes. A hook cannot be taken away again: it holds for the session.
"""

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any

attempts: list[str] = []
"""What was refused so far, also when the exception was swallowed."""

_POSITION_OF_ADDRESS = {
    "socket.connect": 1,
    "socket.connect_ex": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getnameinfo": 0,
}
_POSITION_OF_NAME = {
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}


class OutsideConnection(RuntimeError):
    """Something wanted to reach another machine."""


def install() -> None:
    """Refuse from now on."""
    sys.addaudithook(_refuse_outside)
    for method in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, method, _guarded(method))


def is_outside(host: str) -> bool:
    """Say whether a host is anything but this machine itself."""
    name = host.lower().rstrip(".")
    if name in ("", "localhost") or name.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return True


def _guarded(name: str) -> Callable[..., Any]:
    """Return a socket method that looks at the address before C can look up its name."""
    unguarded = getattr(socket.socket, name)

    def method(self: socket.socket, *arguments: Any) -> Any:
        _refuse_outside(f"socket.{name}", (self, arguments[-1]))
        return unguarded(self, *arguments)

    return method


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    host = _host(event, arguments) if event.startswith("socket.") else ""
    if is_outside(host):
        attempts.append(f"{event} {host}")
        raise OutsideConnection(f"{event}: tests may not reach {host}")


def _host(event: str, arguments: tuple[Any, ...]) -> str:
    """Return the host an event is about; nothing for local sockets and for events without one."""
    if event in _POSITION_OF_ADDRESS:
        address = arguments[_POSITION_OF_ADDRESS[event]]
        return str(address[0]) if isinstance(address, tuple) and address else ""
    if event in _POSITION_OF_NAME:
        name = arguments[_POSITION_OF_NAME[event]]
        return name.decode() if isinstance(name, bytes) else str(name or "")
    return ""
