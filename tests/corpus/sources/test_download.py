"""A download comes whole and right, or not at all, whatever the server does."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mypt.corpus.sources.download import Client, Wanted, url_parts
from mypt.corpus.sources.settings import NetworkSettings
from mypt.errors import InputError
from tests.corpus.http_server import QUICK, Failure, Page, Sleeps, WebServer, web_server

BODY = bytes(range(256)) * 40


def client(server: WebServer, sleeps: Sleeps | None = None, **settings: Any) -> Client:
    return Client(NetworkSettings(**{**QUICK, **settings}), [server.url], (), sleeps or Sleeps())


def serve(server: WebServer, *failures: Failure, **page: Any) -> str:
    server.pages["/a.bin"] = Page(**{"body": BODY, "etag": '"1"', "failures": list(failures), **page})
    return f"{server.url}/a.bin"


def test_a_file_comes_with_its_digest_size_and_revision(server: WebServer, tmp_path: Path) -> None:
    url = serve(server)

    done = client(server).download(Wanted(url), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY
    assert (done.sha256, done.bytes) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert done.revision == '{"etag": "\\"1\\""}'


def test_a_busy_server_is_left_alone_for_as_long_as_it_says(server: WebServer, tmp_path: Path) -> None:
    sleeps = Sleeps()
    url = serve(server, Failure(429, {"Retry-After": "7"}), Failure(503, {"Retry-After": "900"}))

    client(server, sleeps, max_wait_seconds=60).download(Wanted(url), tmp_path / "a")

    assert sleeps.seconds == [7, 60]


def test_waits_double_when_the_server_says_nothing(server: WebServer, tmp_path: Path) -> None:
    sleeps = Sleeps()
    url = serve(server, Failure(500), Failure(502), Failure(504))

    client(server, sleeps, attempts=4, backoff_seconds=1).download(Wanted(url), tmp_path / "a")

    assert sleeps.seconds == [1, 2, 4]


def test_a_retry_date_in_the_past_means_now(server: WebServer, tmp_path: Path) -> None:
    sleeps = Sleeps()
    url = serve(server, Failure(429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))

    client(server, sleeps).download(Wanted(url), tmp_path / "a")

    assert sleeps.seconds == [0]


def test_a_server_that_stays_busy_ends_the_fetch_and_what_it_says_is_shown(
    server: WebServer, tmp_path: Path
) -> None:
    url = serve(server, *[Failure(500)] * 3)

    with pytest.raises(InputError, match=r"answers 500 .* gave up after 3 attempts"):
        client(server).download(Wanted(url), tmp_path / "a")


def test_a_body_that_ends_early_is_resumed_where_it_ended(server: WebServer, tmp_path: Path) -> None:
    url = serve(server, Failure(cut_after=1000))

    client(server).download(Wanted(url), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY
    second = server.asked("/a.bin")[1]
    assert (second["Range"], second["If-Range"]) == ("bytes=1000-", '"1"')


def test_a_later_run_goes_on_with_what_an_earlier_one_left(server: WebServer, tmp_path: Path) -> None:
    url = serve(server, Failure(cut_after=500), Failure(cut_after=1000))
    with pytest.raises(InputError, match="ended after"):
        client(server, attempts=2).download(Wanted(url), tmp_path / "a")

    client(server).download(Wanted(url), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY
    assert server.asked("/a.bin")[-1]["Range"] == "bytes=1500-"


def test_a_file_that_changed_in_between_is_fetched_from_its_start(server: WebServer, tmp_path: Path) -> None:
    url = serve(server, Failure(cut_after=500))
    with pytest.raises(InputError):
        client(server, attempts=1).download(Wanted(url), tmp_path / "a")
    serve(server, body=BODY[::-1], etag='"2"')

    client(server).download(Wanted(url), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY[::-1]


def test_a_part_of_another_state_is_never_joined(server: WebServer, tmp_path: Path) -> None:
    url = serve(server, Failure(cut_after=500))
    with pytest.raises(InputError):
        client(server, attempts=1).download(Wanted(url), tmp_path / "a")
    # A server that ignores If-Range: the rest it offers is that of another file.
    serve(server, Failure(206, {"Content-Range": "bytes 500-10239/10240", "ETag": '"2"'}), body=BODY[::-1])

    client(server).download(Wanted(url), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY[::-1]


def test_what_is_there_already_is_not_asked_for(server: WebServer, tmp_path: Path) -> None:
    url = serve(server)
    first = client(server).download(Wanted(url), tmp_path / "a")

    assert client(server).download(Wanted(url), tmp_path / "a") == first
    assert len(server.requests) == 1


def test_another_digest_than_wanted_is_an_error_and_the_file_is_gone(
    server: WebServer, tmp_path: Path
) -> None:
    url = serve(server)

    with pytest.raises(InputError, match=f"sha256 is {hashlib.sha256(BODY).hexdigest()}, expected 0000"):
        client(server).download(Wanted(url, "0" * 64), tmp_path / "a")

    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_file_above_the_limit_is_refused(server: WebServer, tmp_path: Path, *, is_announced: bool) -> None:
    url = serve(server, Failure(headers={} if is_announced else {"Content-Length": ""}))

    with pytest.raises(InputError, match="larger than 100 bytes"):
        client(server, max_bytes=100).download(Wanted(url), tmp_path / "a")


@pytest.mark.parametrize(
    ("found", "accepted", "is_right"),
    [
        ("text/html", (), False),
        ("application/gzip", (), True),
        ("text/html; charset=utf-8", ("application/",), False),
        ("application/gzip", ("application/",), True),
    ],
)
def test_a_page_in_place_of_a_file_is_refused(
    server: WebServer, tmp_path: Path, found: str, accepted: tuple[str, ...], *, is_right: bool
) -> None:
    wanted = Wanted(serve(server, content_type=found), content_types=accepted)

    if is_right:
        client(server).download(wanted, tmp_path / "a")
    else:
        with pytest.raises(InputError, match="is text/html, expected"):
            client(server).download(wanted, tmp_path / "a")


def test_a_missing_file_is_not_asked_for_twice(server: WebServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="answers 404"):
        client(server).download(Wanted(f"{server.url}/none"), tmp_path / "a")

    assert len(server.requests) == 1


def test_a_redirect_to_another_host_is_refused(server: WebServer, tmp_path: Path) -> None:
    with web_server() as other:
        other.pages["/a.bin"] = Page(BODY)
        url = serve(server, Failure(302, {"Location": f"{other.url}/a.bin"}))

        with pytest.raises(InputError, match="leads away from 127") as caught:
            client(server).download(Wanted(url), tmp_path / "a")

        assert other.requests == []
    assert "redirect_hosts" in caught.value.hint


def test_a_redirect_on_the_same_host_is_followed(server: WebServer, tmp_path: Path) -> None:
    server.pages["/old"] = Page(b"", failures=[Failure(301, {"Location": "/a.bin"})])
    serve(server)

    client(server).download(Wanted(f"{server.url}/old"), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY


def test_a_circle_of_redirects_ends(server: WebServer, tmp_path: Path) -> None:
    url = serve(server, *[Failure(302, {"Location": "/a.bin"})] * 20)

    with pytest.raises(InputError, match="more than 5 redirects"):
        client(server).download(Wanted(url), tmp_path / "a")


def test_a_server_says_whether_a_file_is_still_the_same(server: WebServer, tmp_path: Path) -> None:
    done = client(server).download(Wanted(serve(server)), tmp_path / "a")

    assert client(server).is_current(done)
    server.pages["/a.bin"].etag = '"2"'
    assert not client(server).is_current(done)


def test_a_file_without_etag_or_date_counts_as_changed(server: WebServer, tmp_path: Path) -> None:
    done = client(server).download(Wanted(serve(server, etag="")), tmp_path / "a")

    assert not client(server).is_current(done)


def test_nobody_listening_is_tried_again_and_then_said(tmp_path: Path) -> None:
    with web_server() as gone:
        url = gone.url

    with pytest.raises(InputError, match=r"ConnectionRefusedError.* gave up after 3"):
        Client(NetworkSettings.model_validate(QUICK), [url]).download(Wanted(f"{url}/a"), tmp_path / "a")


def test_an_answer_to_a_form_is_repeated_when_it_ends_early(server: WebServer) -> None:
    page = Page(b"{}", "application/json", failures=[Failure(cut_after=1)])
    server.forms["/form"] = lambda _: page

    assert client(server).post_form(f"{server.url}/form", {"query": "x"}, "application/json") == b"{}"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a", "ftp://127.0.0.1/a", "file:///etc/passwd", "https://user:pw@h/a", "https:///a",
     "https://h/a b", "-https://h"],
)  # fmt: skip
def test_only_https_is_fetched_and_http_from_this_machine(url: str) -> None:
    with pytest.raises(InputError):
        url_parts(url)


def test_requests_to_other_machines_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeps = Sleeps()
    patient = Client(NetworkSettings(pause_seconds=0.5), ["https://example.org"], (), sleeps)
    monkeypatch.setattr("time.monotonic", lambda: 100.0)

    for _ in range(3):
        patient._wait_for_turn(url_parts("https://example.org/a"))

    assert sleeps.seconds == [0.5, 1.0]
