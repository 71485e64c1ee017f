"""Pairs come from real formats, and what was not translated is none."""

import gzip
import shutil
from pathlib import Path

import pytest

from mypt.bench.retrieval_sources import (
    PASSAGE,
    help_pages,
    manual_pages,
    package_descriptions,
    read_pairs,
)
from mypt.errors import InputError

LONG = {
    "de": "Dieses Paket enthält ein Programm, das vieles kann. ",
    "en": "This package holds a useful program. ",
}
PAGE = """.TH CP 1
.SH {name}
cp \\- {line}
.SH SYNOPSIS
.B cp
a b
.SH {section}
{text}
.SH AUTHOR
Somebody
"""


def descriptions(path: Path, language: str, packages: dict[str, str]) -> Path:
    head = f"Package: {{name}}\nDescription-md5: 00ff\nDescription-{language}: {{line}}\n"
    body = f" {LONG[language] * 6}{{name}}\n .\n Ende.\n"
    records = [(head + body).format(name=name, line=line) for name, line in packages.items()]
    path.write_text("\n".join(records), encoding="utf-8")
    return path


def man(path: Path, name: str, line: str, section: str, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(PAGE.format(name=name, line=line, section=section, text=text).encode()))


def test_packages_are_paired_by_name(tmp_path: Path) -> None:
    german = descriptions(tmp_path / "de", "de", {"a": "Werkzeug A", "b": "Werkzeug B", "x": "nur hier"})
    english = descriptions(tmp_path / "en", "en", {"b": "tool B", "a": "tool A"})

    pairs = package_descriptions(german, english)

    assert [(pair.key, pair.de.question, pair.en.question) for pair in pairs] == [
        ("a", "Werkzeug A", "tool A"),
        ("b", "Werkzeug B", "tool B"),
    ]
    assert pairs[0].de.passage.endswith("kann. a Ende.")
    assert "Werkzeug" not in pairs[0].de.passage


def test_what_was_not_translated_is_no_pair(tmp_path: Path) -> None:
    english = descriptions(tmp_path / "en", "en", {"a": "tool A"})

    assert package_descriptions(english, english) == []


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
def test_manual_pages_ask_with_their_name_line(tmp_path: Path) -> None:
    man(tmp_path / "de/man1/cp.1.gz", "BEZEICHNUNG", "Dateien kopieren", "BESCHREIBUNG", LONG["de"] * 6)
    man(tmp_path / "en/man1/cp.1.gz", "NAME", "copy files", "DESCRIPTION", LONG["en"] * 40)
    man(tmp_path / "en/man1/mv.1.gz", "NAME", "move files", "DESCRIPTION", LONG["en"] * 6)
    (tmp_path / "en/man1/ls.1.gz").write_bytes(gzip.compress(b".so man1/cp.1\n"))
    (tmp_path / "de/man1/ls.1.gz").write_bytes(gzip.compress(b".so man1/cp.1\n"))

    (pair,) = manual_pages(tmp_path / "de", tmp_path / "en")

    assert (pair.de.question, pair.en.question) == ("Dateien kopieren", "copy files")
    assert pair.de.passage == (LONG["de"] * 6).strip()
    assert PASSAGE - 20 < len(pair.en.passage) <= PASSAGE
    assert "Somebody" not in pair.en.passage


def test_help_pages_ask_with_their_first_paragraph(tmp_path: Path) -> None:
    for language in ("de", "en"):
        folder = tmp_path / language / "text"
        folder.mkdir(parents=True)
        text = LONG[language]
        paragraphs = [f"{text} eins {language}", "kurz", f"{text} zwei " * 3, f"{text} drei " * 3]
        body = "".join(f"<p>{each}</p>" for each in paragraphs)
        html = f'<nav><p>{text}</p></nav><div id="DisplayArea">{body}</div>'
        (folder / "page.html").write_text(html, encoding="utf-8")
        (folder / "empty.html").write_text("<p>leer</p>", encoding="utf-8")

    (pair,) = help_pages(tmp_path / "de", tmp_path / "en")

    assert pair.key == "text/page.html"
    assert pair.de.question == f"{LONG['de']} eins de".replace("  ", " ")
    assert "zwei" in pair.de.passage
    assert "eins" not in pair.de.passage
    assert "kurz" not in pair.de.passage


@pytest.mark.parametrize("source", ["packages", "packages=a", "other=a,b"])
def test_a_source_says_its_kind_and_both_places(source: str) -> None:
    with pytest.raises(InputError, match="expected NAME=GERMAN,ENGLISH"):
        read_pairs(source)


def test_a_source_without_pairs_is_refused(tmp_path: Path) -> None:
    german = descriptions(tmp_path / "de", "de", {"a": "Werkzeug A"})
    english = descriptions(tmp_path / "en", "en", {"b": "tool B"})

    with pytest.raises(InputError, match="nothing there is in both languages"):
        read_pairs(f"packages={german},{english}")
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(f"packages={german},{tmp_path / 'none'}")
