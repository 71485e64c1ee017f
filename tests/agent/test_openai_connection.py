"""The only connection: to this machine, in time, and with errors that help."""

import threading
from pathlib import Path

import pytest

from mypt.agent.openai_connection import OpenAiServer, parse_address, stream_events
from mypt.errors import AgentError, ConfigError, LimitReached
from tests.agent.openai_server import Exchange, openai_server, said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/v1", ("127.0.0.1", 8080, "/v1")),
        ("http://localhost:1234", ("127.0.0.1", 1234, "/v1")),
        ("http://[::1]:99/api/v1/", ("::1", 99, "/api/v1")),
        ("http://127.9.9.9", ("127.9.9.9", 80, "/v1")),
        ("unix:/run/model.sock", ("/run/model.sock", 0, "/v1")),
    ],
)
def test_addresses_of_this_machine_are_taken(url: str, expected: tuple[str, int, str]) -> None:
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8080/v1",
        "http://models.example/v1",
        "http://127.0.0.1.example/v1",
        "http://localhost.example/v1",
        "http://2130706433/v1",
        "http://0.0.0.0:80/v1",
        "http://[::ffff:192.0.2.1]/v1",
    ],
)
def test_other_machines_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is not this machine"):
        OpenAiServer(url=url)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/v1", "http://user@127.0.0.1/", "http://127.0.0.1:99999/", "ftp://localhost", "", "x",
     "http://127.0.0.1/v1?to=http://192.0.2.1", "http://127.0.0.1 .example/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="not an address"):
        OpenAiServer(url=url)


def test_a_site_may_allow_another_machine_by_name() -> None:
    assert OpenAiServer(url="http://gpu.intern:8000/v1", allowed_hosts=("gpu.intern",)).url


def test_events_come_over_the_loopback_and_over_a_socket(tmp_path: Path) -> None:
    for socket in (None, tmp_path / "model.sock"):
        exchange = Exchange([said("a"), b": ping", said("b"), b"data: [DONE]", said("after the end")])

        with openai_server(exchange, socket) as url:
            events = list(stream_events(OpenAiServer(url=url), {"q": 1}, 5))

        assert events == [said("a"), said("b")]
        assert exchange.questions == [{"q": 1}]
        assert exchange.paths == ["/v1/chat/completions"]


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"none\.sock") as caught:
        list(stream_events(OpenAiServer(url=f"unix:{tmp_path}/none.sock"), {}, 5))

    assert caught.value.hint


def test_a_refusal_shows_what_the_server_says_without_control_characters() -> None:
    exchange = Exchange(status=500, body=b'{"error": {"message": "no\\u001b[31m model\\n loaded"}}')

    with (
        openai_server(exchange) as url,
        pytest.raises(AgentError, match=r"answered 500: no \[31m model  loaded"),
    ):
        list(stream_events(OpenAiServer(url=url), {}, 5))


def test_a_redirect_is_not_followed() -> None:
    with openai_server(Exchange(status=302)) as url, pytest.raises(AgentError, match="answered 302"):
        list(stream_events(OpenAiServer(url=url), {}, 5))


def test_a_conversation_that_is_too_long_for_the_server_is_a_limit() -> None:
    exchange = Exchange(status=400, body=b'{"error": {"message": "the request exceeds the context size"}}')

    with openai_server(exchange) as url, pytest.raises(LimitReached) as caught:
        list(stream_events(OpenAiServer(url=url), {}, 5))

    assert caught.value.limit == "context"


def test_a_server_that_hangs_is_given_up() -> None:
    exchange = Exchange([said("a")])
    exchange.pause = threading.Event()

    with openai_server(exchange) as url:
        with pytest.raises(LimitReached) as caught:
            list(stream_events(OpenAiServer(url=url), {}, 0.2))
        exchange.pause.set()

    assert caught.value.limit == "seconds"


def test_an_event_that_is_no_json_is_an_error() -> None:
    with openai_server(Exchange([b"data: {"])) as url, pytest.raises(AgentError, match="not JSON"):
        list(stream_events(OpenAiServer(url=url), {}, 5))


def test_closing_the_iterator_closes_the_connection() -> None:
    exchange = Exchange([said("a" * 1000)] * 5000)

    with openai_server(exchange) as url:
        events = stream_events(OpenAiServer(url=url), {}, 5)
        next(events)
        events.close()  # type: ignore[attr-defined]

        assert exchange.is_broken_off.wait(5)
