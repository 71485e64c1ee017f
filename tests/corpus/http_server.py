"""A web server on this machine that can fail in every way a test asks for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass
class Failure:
    """What happens instead of a good answer, once."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of the body after which the connection ends."""
    stall: threading.Event | None = None
    """What the server waits for after those bytes, before it ends."""


@dataclass
class Page:
    """One address."""

    body: bytes
    content_type: str = "application/octet-stream"
    etag: str = ""
    failures: list[Failure] = field(default_factory=list)


@dataclass
class WebServer:
    """Pages by path, and the requests so far."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    forms: dict[str, Callable[[bytes], Page]] = field(default_factory=dict)
    """Path → what answers a POST to it."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def asked(self, path: str) -> list[dict[str, str]]:
        """Return the headers of each request for a path."""
        return [headers for asked, headers in self.requests if asked == path]


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = WebServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        state = self._record()
        self._answer(state.pages.get(self.path))

    def do_POST(self) -> None:
        state = self._record()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(state.forms[self.path](body) if self.path in state.forms else None)

    def _record(self) -> WebServer:
        state = cast("WebServer", self.server.state)  # type: ignore[attr-defined]
        state.requests.append((self.path, dict(self.headers)))
        return state

    def _answer(self, page: Page | None) -> None:
        if page is None:
            self.send_error(404)
            return
        failure = page.failures.pop(0) if page.failures else Failure()
        if failure.status != 200:
            self._send(failure.status, b"", dict(failure.headers))
            return
        headers = {"Content-Type": page.content_type, **({"ETag": page.etag} if page.etag else {})}
        headers |= failure.headers
        if page.etag and self.headers.get("If-None-Match") == page.etag:
            self._send(304, b"", headers)
            return
        start = self._start(page)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(page.body) - 1}/{len(page.body)}"
        self._send(206 if start else 200, page.body[start:], headers, failure)

    def _start(self, page: Page) -> int:
        wanted = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        is_same = self.headers.get("If-Range", page.etag) == page.etag
        return int(wanted) if wanted and is_same else 0

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], failure: Failure | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        cut = failure.cut_after if failure else None
        self.wfile.write(body if cut is None else body[:cut])
        self.wfile.flush()
        if failure and failure.stall:
            failure.stall.wait(30)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@dataclass
class Sleeps:
    """A sleep that only notes how long it would have been."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


QUICK = {"attempts": 3, "backoff_seconds": 0.01, "timeout_seconds": 5}
"""Patience for tests."""
