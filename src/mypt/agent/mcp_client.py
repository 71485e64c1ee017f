"""A client for local servers of the Model Context Protocol, spoken with over their standard streams.

Newline-delimited JSON-RPC 2.0: `initialize`, `tools/list`, `tools/call`. The child is another program: what
it says is bounded in size and time and never trusted, and it is killed with its own children at the end.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

from mypt import __version__
from mypt.agent.config import McpServer
from mypt.errors import ToolFailed

PROTOCOL_VERSION = "2025-06-18"

_MAX_LINE = 4 << 20
_MOST_LIST_PAGES = 10
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_INHERITED = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
_METHOD_NOT_FOUND = -32601


class McpClient:
    """A running server; leaving the `with` block ends it."""

    def __init__(self, server: McpServer, seconds: float, environment: Mapping[str, str]) -> None:
        """Start the server and shake hands; ToolFailed when it does not start or answer in time."""
        self.name = server.name
        self._seconds = seconds
        self._last_id = 0
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._process = _start(server, environment)
        self._pipes = _pipes(self._process)
        threading.Thread(target=_read_lines, args=(self._pipes[1], self._lines), daemon=True).start()
        try:
            self._shake_hands()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def list_tools(self) -> list[dict[str, Any]]:
        """Return what the server says of its tools, unchecked."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        for _ in range(_MOST_LIST_PAGES):
            page = self._request("tools/list", cursor)
            tools = page.get("tools")
            found += [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
            if not isinstance(page.get("nextCursor"), str):
                break
            cursor = {"cursor": page["nextCursor"]}
        return found

    def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a call; ToolFailed when the server refuses, is too slow or has gone."""
        return self._request("tools/call", {"name": tool, "arguments": dict(arguments)})

    def close(self) -> None:
        """End the child: first by closing its input, then by force, and its own children with it."""
        with suppress(OSError):
            self._pipes[0].close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        _kill_group(self._process)
        self._process.wait()

    def _shake_hands(self) -> None:
        client = {"name": "mypt", "version": __version__}
        self._request(
            "initialize",
            {"protocolVersion": PROTOCOL_VERSION, "capabilities": {}, "clientInfo": client},
        )
        self._send({"method": "notifications/initialized"})

    def _request(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._last_id += 1
        own_id = self._last_id
        self._send({"id": own_id, "method": method, "params": parameters})
        deadline = time.monotonic() + self._seconds
        while True:
            message = self._next(deadline, method)
            if "method" in message:
                self._refuse(message)
            elif message.get("id") == own_id:
                return self._result(message, method)

    def _next(self, deadline: float, method: str) -> dict[str, Any]:
        """Return the next message, whatever it is about."""
        line = self._next_line(deadline)
        if line is None:
            self._cancel()
            raise ToolFailed(f"{self.name}: {method} took longer than {self._seconds:g} seconds")
        if not line:
            self._lines.put(b"")  # the next one who asks sees the end too
            raise ToolFailed(f"{self.name}: the server has ended or wrote a line that is too long")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return {}  # servers log to the wrong stream
        return message if isinstance(message, dict) else {}

    def _next_line(self, deadline: float) -> bytes | None:
        """Return a line, an empty one at the end, or None when time is up.

        Children of the server keep its output open when it has ended, so that is looked at too.
        """
        while (left := deadline - time.monotonic()) > 0:
            has_ended = self._process.poll() is not None
            with suppress(Empty):
                return self._lines.get(timeout=min(left, _LOOK_SECONDS))
            if has_ended:
                return b""
        return None

    def _result(self, message: Mapping[str, Any], method: str) -> dict[str, Any]:
        error = message.get("error")
        if error is not None:
            said = error.get("message") if isinstance(error, dict) else error
            raise ToolFailed(f"{self.name}: {method}: {plain(said, 300)}")
        result = message.get("result")
        return result if isinstance(result, dict) else {}

    def _refuse(self, message: Mapping[str, Any]) -> None:
        """Answer what a server asks of us: it may know that we are there, and nothing else."""
        if "id" not in message:
            return
        if message["method"] == "ping":
            self._send({"id": message["id"], "result": {}})
        else:
            error = {"code": _METHOD_NOT_FOUND, "message": "not supported"}
            self._send({"id": message["id"], "error": error})

    def _cancel(self) -> None:
        parameters = {"requestId": self._last_id, "reason": "it took too long"}
        with suppress(ToolFailed):
            self._send({"method": "notifications/cancelled", "params": parameters})

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._pipes[0].write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            self._pipes[0].flush()
        except (OSError, ValueError) as error:
            raise ToolFailed(f"{self.name}: the server has ended") from error


def plain(text: object, most: int) -> str:
    """Return foreign text on one line, without control or invisible characters, and not too long."""
    line = "".join(char if char.isprintable() else " " for char in str(text)[: 4 * most])
    return " ".join(line.split())[:most]


def _start(server: McpServer, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    given = {name: environment[name] for name in _INHERITED if name in environment}
    try:
        return subprocess.Popen(  # noqa: S603  # the site's settings name it, and there is no shell
            server.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**given, **server.environment},
            start_new_session=True,
        )
    except OSError as error:
        hint = "see agent.tools.servers in the settings"
        raise ToolFailed(f"{server.name}: cannot be started: {error}", hint=hint) from error


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the child was started with pipes")
    return process.stdin, process.stdout


def _read_lines(stream: IO[bytes], lines: "SimpleQueue[bytes]") -> None:
    """Pass lines on until the stream ends or one is too long; an empty one says so."""
    with stream:
        while line := stream.readline(_MAX_LINE):
            if not line.endswith(b"\n"):
                break
            lines.put(line)
    lines.put(b"")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # all have ended by themselves
        os.killpg(process.pid, signal.SIGKILL)
