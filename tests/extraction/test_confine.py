"""What the reading process gives up; in a process of its own, because it is for good."""

import subprocess
import sys
from pathlib import Path

import pytest

START = """
import ctypes, os, resource, socket, subprocess, sys
from mypt.extraction.confine import begin_file, confine, end_file
from mypt.extraction.limits import Limits
limits = Limits(memory_bytes=600_000_000, cpu_seconds=1)
"""


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = ":".join(sys.path)
    return subprocess.run(
        [sys.executable, "-c", START + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env={"PYTHONPATH": path},
    )


ACTIONS = [
    "socket.socket()",
    "socket.getaddrinfo('localhost', 80)",
    "subprocess.run(['true'])",
    "os.system('true')",
    "os.fork()",
    "os.execv('/bin/true', ['true'])",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "open('new.txt', 'w')",
    "open('there.txt', 'a')",
    "open('there.txt', 'r+')",
    "os.open('new.txt', os.O_CREAT | os.O_RDONLY)",
    "os.remove('there.txt')",
    "os.rename('there.txt', 'else.txt')",
    "os.mkdir('folder')",
    "os.symlink('there.txt', 'link.txt')",
    "os.truncate('there.txt', 0)",
    "os.kill(os.getppid(), 0)",
]


def test_what_reading_never_needs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("content")
    code = f"""
from mypt.extraction.confine import Refused
confine(limits)
for action in {ACTIONS!r}:
    try:
        exec(action)
    except Refused:
        print(action)
"""

    done = _run(code, tmp_path)

    assert done.stdout.splitlines() == ACTIONS, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there.txt"]
    assert (tmp_path / "there.txt").read_text() == "content"


def test_files_may_still_be_read(tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("content")

    done = _run("confine(limits)\nprint(open('there.txt').read())", tmp_path)

    assert done.stdout == "content\n", done.stderr


def test_one_named_program_may_be_started_and_no_other(tmp_path: Path) -> None:
    code = "confine(limits, '/bin/echo')\nprint(subprocess.check_output(['/bin/echo', 'hello']))\n"

    done = _run(f"{code}subprocess.run(['/bin/true'])", tmp_path)

    assert "hello" in done.stdout
    assert "Refused: subprocess.Popen: /bin/true" in done.stderr


def test_native_code_meets_the_kernel_s_limits(tmp_path: Path) -> None:
    code = """
confine(limits)
try:
    x = bytearray(700_000_000)
except MemoryError:
    print("memory")
libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.creat(b"new.txt", 0o600)
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
print(libc.write(descriptor, b"x", 1), resource.getrlimit(resource.RLIMIT_CORE))
"""

    done = _run(code, tmp_path)

    assert done.stdout == "memory\n-1 (0, 0)\n", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has networks of its own for a process")
def test_native_code_finds_no_network_where_the_kernel_allows_that(tmp_path: Path) -> None:
    code = """
before = os.readlink("/proc/self/ns/net")
confine(limits)
print(before != os.readlink("/proc/self/ns/net"))
libc = ctypes.CDLL(None, use_errno=True)
descriptor = libc.socket(2, 1, 0)
address = b"\\x02\\x00\\x00\\x09" + bytes([192, 0, 2, 1]) + bytes(8)
print(libc.connect(descriptor, address, 16), os.strerror(ctypes.get_errno()))
"""

    done = _run(code, tmp_path)
    if done.stdout.startswith("False"):
        pytest.skip("this kernel gives a process no network of its own")

    assert done.stdout == "True\n-1 Network is unreachable\n", done.stderr


def test_time_is_counted_from_the_beginning_of_each_file(tmp_path: Path) -> None:
    code = """
confine(limits)
import time
for _ in range(3):
    begin_file(limits)
    start = time.process_time()
    while time.process_time() < start + 0.6:
        pass
    end_file()
print("three files", flush=True)
begin_file(limits)
while True:
    pass
"""

    done = _run(code, tmp_path)

    assert done.stdout == "three files\n"
    assert done.returncode == -24  # SIGXCPU


def test_a_child_without_a_parent_ends_by_the_clock(tmp_path: Path) -> None:
    code = """
import mypt.extraction.confine as module, time
module._GRACE_S = 0.2
begin_file(Limits(wall_seconds=0.1))
time.sleep(30)
"""

    assert _run(code, tmp_path).returncode == -14  # SIGALRM
