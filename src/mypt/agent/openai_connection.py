"""One streamed question to an OpenAI-compatible server on this machine: an agent's only connection."""

import contextlib
import http.client
import ipaddress
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, PositiveInt, model_validator

from mypt.config import Section
from mypt.errors import AgentError, ConfigError, LimitReached

_URL = re.compile(
    r"http://(?P<host>\[[0-9a-fA-F:.]+\]|[^/:\[\]\s@?#]+)(?::(?P<port>\d{1,5}))?(?P<path>/[\w./-]*)?"
)
_UNIX = re.compile(r"unix:(?P<socket>/[^\0]+)")
_MAX_LINE = 1 << 20
_MAX_ERROR = 4096


class OpenAiServer(Section):
    """A server that holds the model, such as llama-server or vLLM."""

    url: Annotated[str, Field(max_length=400)] = "http://127.0.0.1:8080/v1"
    """Where its interface begins: `http://127.0.0.1:PORT/v1`, or `unix:/run/model.sock`."""
    model: str = "local"
    """The name it knows the model by."""
    allowed_hosts: tuple[str, ...] = ()
    """Further machines that the site allows; without them only this one is asked."""
    context_tokens: PositiveInt = 4096
    """Most tokens of a conversation that it reads at once."""
    native_tools: bool = False
    """Whether it is told of tools in its own way; else calls are JSON that the model writes as text."""
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    seed: int = 0

    @model_validator(mode="after")
    def _check_url(self) -> "OpenAiServer":
        parse_address(self.url, self.allowed_hosts)
        return self


def parse_address(url: str, allowed_hosts: tuple[str, ...] = ()) -> tuple[str, int, str]:
    """Return host (or the path of a socket), port (0 for a socket) and path of the interface.

    Raises ConfigError for a machine that is neither this one nor allowed, and for what is no such address.
    """
    if match := _UNIX.fullmatch(url):
        return match["socket"], 0, "/v1"
    match = _URL.fullmatch(url)
    if not match or int(match["port"] or 80) > 65_535:
        raise ConfigError(f"{url}: not an address of a server", hint="http://127.0.0.1:8080/v1")
    host = match["host"].strip("[]").lower()
    if not (_is_this_machine(host) or host in allowed_hosts):
        raise ConfigError(
            f"{url}: {host} is not this machine", hint="name it in allowed_hosts if the site allows it"
        )
    path = (match["path"] or "").rstrip("/") or "/v1"
    return ("127.0.0.1" if host == "localhost" else host), int(match["port"] or 80), path


def stream_events(
    server: OpenAiServer, question: Mapping[str, Any], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield the JSON events of a streamed answer; closing the iterator closes the connection.

    Raises AgentError when the server cannot be reached or refuses, and LimitReached when time is
    up or it says that the conversation is too long. Redirects are not followed.
    """
    deadline = time.monotonic() + seconds
    address, port, path = parse_address(server.url, server.allowed_hosts)
    connection = (
        _SocketConnection(address, seconds)
        if port == 0
        else http.client.HTTPConnection(address, port, timeout=seconds)
    )
    try:
        body = json.dumps(question).encode()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        connection.request("POST", f"{path}/chat/completions", body, headers)
        with connection.getresponse() as response:
            if response.status != 200:
                raise _refusal(server, response.status, response.read(_MAX_ERROR))
            yield from _events(response, deadline)
    except TimeoutError as error:
        raise LimitReached("seconds", "the time for the answer is up") from error
    except (OSError, http.client.HTTPException) as error:
        raise AgentError(f"{server.url}: {error}", hint="start the server, or name another one") from error
    finally:
        connection.close()


def _events(response: http.client.HTTPResponse, deadline: float) -> Iterator[dict[str, Any]]:
    while line := response.readline(_MAX_LINE):
        if time.monotonic() > deadline:
            raise LimitReached("seconds", "the time for the answer is up")
        data = line.strip().removeprefix(b"data:").strip()
        if line.startswith(b"data:") and data == b"[DONE]":
            return
        if not line.startswith(b"data:"):
            continue
        try:
            event = json.loads(data)
        except ValueError as error:
            raise AgentError("the server sent an event that is not JSON") from error
        if isinstance(event, dict):
            yield event


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal(server: OpenAiServer, status: int, body: bytes) -> AgentError:
    """Show what the server says, as text of one line without control characters."""
    said = body.decode(errors="replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = str(json.loads(said)["error"]["message"])
    said = "".join(char if char.isprintable() else " " for char in said)[:300]
    if status in (400, 413) and re.search(
        r"context|too (?:long|large|many tokens)|exceed", said, re.IGNORECASE
    ):
        return LimitReached("context", f"the server says: {said}", hint="ask a shorter question")
    return AgentError(f"{server.url}: answered {status}: {said}", hint="see the server's own log")
