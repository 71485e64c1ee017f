"""Nothing reaches the network: neither a test, nor importing MyPT, nor asking it for help."""

import _socket
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.network_guard import OutsideConnection, is_outside

REFUSE_EVERYTHING = """
import os, sys

def refuse(event, arguments):
    if event in ("socket.__new__", "socket.getaddrinfo", "socket.gethostbyname"):
        os.write(2, f"{event} {arguments}".encode())
        os._exit(97)  # no except clause can swallow this

sys.addaudithook(refuse)
"""

IMPORT_EVERYTHING = """
import importlib, pkgutil
import mypt

def fail(name):
    raise ImportError(name)

for module in pkgutil.walk_packages(mypt.__path__, "mypt.", onerror=fail):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""

ASK_FOR_HELP = """
from mypt.cli.app import main

sys.argv = ["mypt", "--help"]
main()
"""


def _connect(address: tuple[str, int]) -> None:
    with socket.socket() as connection:
        connection.connect(address)


def _connect_ex(address: tuple[str, int]) -> None:
    with socket.socket() as connection:
        connection.connect_ex(address)


def _connect_around_the_class(address: tuple[str, int]) -> None:
    connection = _socket.socket()
    try:
        connection.connect(address)
    finally:
        connection.close()


def _send(address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"x", address)


def _look_up(address: tuple[str, int]) -> None:
    socket.getaddrinfo(*address)


def _look_up_by_name(address: tuple[str, int]) -> None:
    socket.gethostbyname(address[0])


ATTEMPTS = [
    (_connect, "192.0.2.1"),
    (_connect, "example.invalid"),
    (_connect_ex, "192.0.2.1"),
    (_connect_ex, "example.invalid"),
    (_connect, "2001:db8::1"),
    (_connect_around_the_class, "192.0.2.1"),
    (_send, "192.0.2.1"),
    (_send, "example.invalid"),
    (_look_up, "example.invalid"),
    (_look_up, "192.0.2.1"),
    (_look_up_by_name, "example.invalid"),
    (socket.create_connection, "192.0.2.1"),
    (socket.create_connection, "example.invalid"),
]


@pytest.mark.parametrize(("attempt", "host"), ATTEMPTS)
def test_every_way_out_is_refused(
    attempt: Callable[[tuple[str, int]], object], host: str, outside_attempts: list[str]
) -> None:
    with pytest.raises(OutsideConnection, match=host):
        attempt((host, 80))

    assert [host in seen for seen in outside_attempts] == [True]
    outside_attempts.clear()


def test_a_swallowed_refusal_is_still_on_record(outside_attempts: list[str]) -> None:
    try:
        _connect(("192.0.2.1", 80))
    except OutsideConnection as error:
        swallowed = error

    assert outside_attempts == ["socket.connect 192.0.2.1"], swallowed
    outside_attempts.clear()


def test_this_machine_may_talk_to_itself() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        accepted, _ = server.accept()
        client.sendall(b"hello")

        received = accepted.recv(5)
        accepted.close()

    assert received == b"hello"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("localhost", False),
        ("", False),
        ("10.0.0.1", True),
        ("a.b", True),
    ],
)
def test_only_loopback_is_inside(host: str, *, expected: bool) -> None:
    assert is_outside(host) is expected


def _run_without_sockets(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", REFUSE_EVERYTHING + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_hook_of_the_next_two_tests_does_stop_a_connection() -> None:
    done = _run_without_sockets(
        "import socket\ntry: socket.getaddrinfo('localhost', 80)\nexcept BaseException: pass"
    )

    assert done.returncode == 97


def test_importing_every_module_opens_no_connection() -> None:
    done = _run_without_sockets(IMPORT_EVERYTHING)

    assert done.returncode == 0, done.stderr
    assert "mypt.config" in done.stdout


def test_asking_for_help_opens_no_connection() -> None:
    done = _run_without_sockets(ASK_FOR_HELP)

    assert done.returncode == 0, done.stderr
    assert "corpus" in done.stdout
