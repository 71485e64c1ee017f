"""A small server of the OpenAI interface, on the loopback or on a socket in the file system."""

import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

Event = dict[str, Any] | bytes


def said(text: str, **delta: Any) -> Event:
    return {"choices": [{"index": 0, "delta": {"content": text, **delta}, "finish_reason": None}]}


def ended(reason: str = "stop") -> Event:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


USAGE: Event = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}


class Exchange:
    """What a server was asked, and what it answers, one answer a question."""

    def __init__(self, *answers: Sequence[Event], status: int = 200, body: bytes = b"") -> None:
        self.answers = list(answers)
        self.status, self.body = status, body
        self.questions: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.pause: threading.Event | None = None
        """Waited for before each answer, if it is set."""
        self.is_broken_off = threading.Event()
        """Set when the asker goes away before the end."""


def _handler(exchange: Exchange) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            exchange.paths.append(self.path)
            exchange.questions.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(exchange.status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Location", "http://192.0.2.1/")
            self.end_headers()
            self.wfile.write(exchange.body)
            try:
                for event in exchange.answers.pop(0) if exchange.answers else ():
                    if exchange.pause:
                        exchange.pause.wait(5)
                    line = event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode()
                    self.wfile.write(line + b"\n\n")
                    self.wfile.flush()
            except OSError:
                exchange.is_broken_off.set()

        def log_message(self, *_: Any) -> None:
            pass

        def address_string(self) -> str:
            return "local"

    return Handler


class _SocketServer(socketserver.UnixStreamServer):
    def get_request(self) -> tuple[Any, Any]:
        connection, _ = super().get_request()
        return connection, ("local", 0)


@contextmanager
def openai_server(exchange: Exchange, socket: Path | None = None) -> Iterator[str]:
    """Yield the address of a server that runs as long as the block."""
    server: socketserver.BaseServer
    if socket is None:
        server = HTTPServer(("127.0.0.1", 0), _handler(exchange))
        address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    else:
        server = _SocketServer(str(socket), _handler(exchange))
        address = f"unix:{socket}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
