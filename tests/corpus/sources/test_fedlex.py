"""The law in force on a date, found by real queries in a real SPARQL engine."""

from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.corpus.lock import Pin
from mypt.corpus.sources.fedlex import FedlexSettings, fetch_fedlex
from mypt.corpus.sources.fetching import Fetched, Job
from mypt.errors import ConfigError, InputError
from mypt.files import read_jsonl
from tests.corpus.http_server import QUICK, Failure, Page, WebServer
from tests.corpus.sources.fedlex_server import Fedlex


@pytest.fixture
def fedlex(server: WebServer) -> Fedlex:
    return Fedlex(server)


def settings(fedlex: Fedlex, **values: Any) -> FedlexSettings:
    fields = {"kind": "fedlex", "name": "law", "date": "2026-01-01", "endpoint": fedlex.endpoint,
              "network": {**QUICK, "pause_seconds": 0.5}, **values}  # fmt: skip
    return validate(fields, FedlexSettings, "test")


def fetched(fedlex: Fedlex, folder: Path, pin: Pin | None = None, **values: Any) -> tuple[Fetched, Job]:
    job = Job(folder, folder / "kept", pin)
    job.files.mkdir(parents=True, exist_ok=True)
    return fetch_fedlex(settings(fedlex, **values), job), job


def names(result: Fetched) -> list[str]:
    return [row.path for row in result.origins]


def test_a_law_comes_with_its_number_title_and_address(fedlex: Fedlex, tmp_path: Path) -> None:
    path = fedlex.add_text(fedlex.add_law("220"), "2024-01-01")

    result, job = fetched(fedlex, tmp_path)

    (row,) = result.origins
    assert (row.path, row.title) == ("SR-220-20240101-de.xml", "Gesetz 220")
    assert (row.licence, row.origin) == ("LicenseRef-CH-URG-Art5", f"{fedlex.server.url}{path}")
    assert (job.files / row.path).read_bytes() == fedlex.server.pages[path].body
    assert result.downloads[0].about["sr"] == "220"
    assert result.revision == "2026-01-01"


def test_the_newest_version_up_to_the_date_is_taken(fedlex: Fedlex, tmp_path: Path) -> None:
    law = fedlex.add_law("101")
    for date in ("2020-01-01", "2026-01-01", "2025-07-01", "2026-01-02", "2030-01-01"):
        fedlex.add_text(law, date)

    assert names(fetched(fedlex, tmp_path / "now")[0]) == ["SR-101-20260101-de.xml"]
    assert names(fetched(fedlex, tmp_path / "then", date="2025-12-31")[0]) == ["SR-101-20250701-de.xml"]


def test_a_repealed_law_is_in_force_until_its_end_alone(fedlex: Fedlex, tmp_path: Path) -> None:
    for sr, status, end in (
        ("1", 3, "2025-06-30"),
        ("2", 3, "2026-06-30"),
        ("3", 3, ""),
        ("4", 1, ""),
        ("5", 0, ""),
    ):
        fedlex.add_text(fedlex.add_law(sr, status=status, end=end), "2020-01-01")

    assert names(fetched(fedlex, tmp_path)[0]) == ["SR-2-20200101-de.xml", "SR-5-20200101-de.xml"]


def test_a_language_that_is_missing_is_recorded_and_no_fault(fedlex: Fedlex, tmp_path: Path) -> None:
    both, german = fedlex.add_law("1"), fedlex.add_law("2")
    for law, language in ((both, "DEU"), (both, "ENG"), (german, "DEU"), (german, "FRA")):
        fedlex.add_text(law, "2020-01-01", language)

    result, job = fetched(fedlex, tmp_path)

    assert names(result) == ["SR-1-20200101-de.xml", "SR-1-20200101-en.xml", "SR-2-20200101-de.xml"]
    assert list(read_jsonl(job.folder / "missing.jsonl")) == [
        {"sr": "2", "date": "2020-01-01", "language": "en"}
    ]
    assert dict(result.counts) == {"no text in en": 1}


def test_a_law_without_any_text_is_counted(fedlex: Fedlex, tmp_path: Path) -> None:
    fedlex.add_text(fedlex.add_law("1"), "2020-01-01")
    fedlex.add_text(fedlex.add_law("2"), "2020-01-01", kind="html")

    result, _ = fetched(fedlex, tmp_path)

    assert names(result) == ["SR-1-20200101-de.xml"]
    assert result.notes == ["laws in force without a text in de, en: 1"]


def test_of_several_publications_of_one_text_the_last_is_taken(fedlex: Fedlex, tmp_path: Path) -> None:
    law = fedlex.add_law("1")
    for suffix in ("", "-9", "-10"):
        path = fedlex.add_text(law, "2020-01-01", suffix=suffix)

    assert fetched(fedlex, tmp_path)[0].origins[0].origin == f"{fedlex.server.url}{path}"


def test_two_laws_of_one_number_get_names_of_their_own(fedlex: Fedlex, tmp_path: Path) -> None:
    for number in (1, 2):
        fedlex.add_text(fedlex.add_law("0.1", number=number), "2020-01-01")

    assert names(fetched(fedlex, tmp_path)[0]) == [
        "SR-0.1-20200101-de.xml",
        "SR-0.1-20200101-de-eli_cc_27_0_1_2.xml",
    ]


def test_many_laws_come_page_by_page_and_each_once(fedlex: Fedlex, tmp_path: Path) -> None:
    for number in range(250):
        fedlex.add_text(fedlex.add_law(f"9{number}"), "2020-01-01")

    result, _ = fetched(fedlex, tmp_path, page_size=40)

    assert len(set(names(result))) == len(names(result)) == 250
    offsets = {query.rpartition(" ")[2] for query in fedlex.queries}
    assert offsets == {str(offset) for offset in range(0, 280, 40)}


def test_the_rows_do_not_depend_on_the_size_of_a_page(fedlex: Fedlex, tmp_path: Path) -> None:
    for number in range(12):
        fedlex.add_text(fedlex.add_law(str(number)), "2020-01-01")

    pages = [fetched(fedlex, tmp_path / str(size), page_size=size)[0].origins for size in (1, 3, 12, 1000)]

    assert all(rows == pages[0] for rows in pages)


def test_some_laws_can_be_named(fedlex: Fedlex, tmp_path: Path) -> None:
    for sr in ("1", "10", "2"):
        fedlex.add_text(fedlex.add_law(sr), "2020-01-01")

    assert names(fetched(fedlex, tmp_path, sr=["1"])[0]) == ["SR-1-20200101-de.xml"]
    with pytest.raises(InputError, match="no law in force"):
        fetched(fedlex, tmp_path / "none", sr=["999"])


def test_what_is_locked_is_fetched_without_asking_the_index(fedlex: Fedlex, tmp_path: Path) -> None:
    law = fedlex.add_law("1")
    fedlex.add_text(law, "2020-01-01")
    first, job = fetched(fedlex, tmp_path / "first")
    fedlex.add_text(law, "2025-01-01")
    fedlex.queries.clear()

    pin = Pin(kind="fedlex", request="", downloads=tuple(first.downloads), tree="")
    again, other = fetched(fedlex, tmp_path / "again", pin)

    assert (again.origins, again.downloads, fedlex.queries) == (first.origins, first.downloads, [])
    assert (other.folder / "missing.jsonl").read_bytes() == (job.folder / "missing.jsonl").read_bytes()


def test_a_file_on_another_host_is_refused(fedlex: Fedlex, tmp_path: Path) -> None:
    fedlex.add_text(fedlex.add_law("1"), "2020-01-01", host="https://example.org")

    with pytest.raises(InputError, match=r"https://example\.org.* leads away"):
        fetched(fedlex, tmp_path)


@pytest.mark.parametrize("page", [Page(b"<html/>", "text/html"), Page(b"<x/>", "application/xml")])
def test_something_else_than_a_law_is_refused(fedlex: Fedlex, tmp_path: Path, page: Page) -> None:
    path = fedlex.add_text(fedlex.add_law("1"), "2020-01-01")
    fedlex.server.pages[path] = page

    with pytest.raises(InputError, match=r"is text/html, expected|is no Akoma Ntoso"):
        fetched(fedlex, tmp_path)


def test_a_busy_index_and_a_text_that_is_cut_are_asked_again(fedlex: Fedlex, tmp_path: Path) -> None:
    path = fedlex.add_text(fedlex.add_law("1"), "2020-01-01")
    fedlex.server.pages[path].failures = [Failure(429, {"Retry-After": "0"}), Failure(cut_after=20)]

    result, job = fetched(fedlex, tmp_path)

    assert (job.files / names(result)[0]).read_bytes() == fedlex.server.pages[path].body
    assert fedlex.server.asked(path)[2]["Range"] == "bytes=20-"


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"<html>", b'{"results": {"bindings": [1]}}'])
def test_an_answer_that_is_no_result_is_named(fedlex: Fedlex, tmp_path: Path, answer: bytes) -> None:
    fedlex.server.forms["/sparqlendpoint"] = lambda _: Page(answer, "application/sparql-results+json")

    with pytest.raises(InputError, match="not the result of a query"):
        fetched(fedlex, tmp_path)


@pytest.mark.parametrize("values", [{"sr": ["220' }"]}, {"date": "2026-13-01"}, {"languages": ["es"]}])
def test_settings_that_cannot_be_are_refused(fedlex: Fedlex, values: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        settings(fedlex, **values)
