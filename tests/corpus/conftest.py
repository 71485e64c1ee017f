"""Servers on this machine for tests that fetch."""

from collections.abc import Iterator

import pytest

from tests.corpus.http_server import WebServer, web_server


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A web server without any page."""
    with web_server() as running:
        yield running
