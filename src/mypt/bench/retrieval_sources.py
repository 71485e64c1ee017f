"""Real parallel documents of the user's own files as pairs of question and passage in both languages.

A question is what a document says of itself in one line; the passage is the rest of it, without that line.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mypt.documents.characters import normalise_characters
from mypt.documents.man_page import ManPage
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.errors import InputError
from mypt.files import read_text

PASSAGE = 900
"""Characters of a passage at most, as in a workspace."""
_SHORTEST = 200  # less says too little to be told from others
_NAMES = re.compile(
    r"^(?:NAME|BEZEICHNUNG)\n+ +(?P<names>\S.*?) +[-\u2013\u2014] +(?P<line>.+)$", re.MULTILINE
)
_SECTION = re.compile(r"^(?:DESCRIPTION|BESCHREIBUNG)\n(?P<text>.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Half:
    """One language's part of a pair."""

    question: str
    passage: str


@dataclass(frozen=True)
class Pair:
    """The same thing said in both languages."""

    key: str
    de: Half
    en: Half


def package_descriptions(german: Path, english: Path) -> list[Pair]:
    """Return the Debian packages that two files of translated descriptions have in common, by name.

    Raises InputError when a file cannot be read.
    """
    halves = dict(_descriptions(german)), dict(_descriptions(english))
    return _paired(*halves)


def _descriptions(path: Path) -> Iterator[tuple[str, Half]]:
    for record in read_text(path).split("\n\n"):
        found = re.match(r"Package: (\S+)\n(?:.*\n)?Description-\w+: (.*)\n((?: .*\n?)*)", record)
        if found:
            text = " ".join(line.strip() for line in found[3].split("\n") if line.strip() != ".")
            yield found[1], Half(found[2], _cut(text))


def manual_pages(german: Path, english: Path) -> list[Pair]:
    """Return the manual pages below two folders that have the same name and section.

    Raises InputError when `mandoc` is not installed.
    """
    names = {path.name: path for path in sorted(english.rglob("*.[1-8].gz")) if path.parent.name[:3] == "man"}
    both = {
        path.name: (path, names[path.name])
        for path in sorted(german.rglob("*.[1-8].gz"))
        if path.name in names and path != names[path.name]
    }
    halves: tuple[dict[str, Half], dict[str, Half]] = {}, {}
    for name, paths in both.items():
        for into, path in zip(halves, paths, strict=True):
            half = _manual_page(path)
            if half is not None:
                into[name] = half
    return _paired(*halves)


def _manual_page(path: Path) -> Half | None:
    try:
        text = ManPage().to_text(RawFile(path.name, gzip.decompress(path.read_bytes())))
    except Unreadable:  # a mere reference to another page
        return None
    line, section = _NAMES.search(text), _SECTION.search(text)
    if not line or not section:
        return None
    return Half(line["line"], _cut(" ".join(section["text"].split())))


def help_pages(german: Path, english: Path) -> list[Pair]:
    """Return the help pages below two folders that have the same path: first paragraph, and the rest."""
    halves: tuple[dict[str, Half], dict[str, Half]] = {}, {}
    for into, folder in zip(halves, (german, english), strict=True):
        for path in sorted(folder.rglob("*.html")):
            half = _help_page(read_text(path))
            if half is not None:
                into[path.relative_to(folder).as_posix()] = half
    return _paired(*halves)


def _help_page(html: str) -> Half | None:
    from selectolax.lexbor import LexborHTMLParser  # only here, and slow to import

    paragraphs = [
        " ".join(node.text().split())
        for node in LexborHTMLParser(html).css("#DisplayArea p, #DisplayArea li")
    ]
    telling = [normalise_characters(text) for text in paragraphs if len(text) >= 40]
    if len(telling) < 3:
        return None
    return Half(telling[0], _cut(" ".join(telling[1:])))


def _cut(text: str) -> str:
    """Return the beginning of a text, up to the end of a word."""
    return text if len(text) <= PASSAGE else text[:PASSAGE].rpartition(" ")[0]


def _paired(german: dict[str, Half], english: dict[str, Half]) -> list[Pair]:
    """Return what both languages have and say differently; what was not translated is no pair."""
    pairs = [Pair(key, german[key], english[key]) for key in sorted(german.keys() & english.keys())]
    kept: list[Pair] = []
    seen: set[str] = set()
    for pair in pairs:
        texts = pair.de.passage, pair.en.passage
        is_told_apart = min(map(len, texts)) >= _SHORTEST and pair.de.passage != pair.en.passage
        if is_told_apart and pair.de.question and not seen.intersection(texts):
            kept.append(pair)
        seen.update(texts)
    return kept


SOURCES = {"packages": package_descriptions, "manual": manual_pages, "help": help_pages}
"""By name, what reads a pair of files or folders: the German one, then the English one."""


def read_pairs(source: str) -> list[Pair]:
    """Return the pairs of `NAME=GERMAN,ENGLISH`; InputError when it is written otherwise or holds none."""
    name, _, places = source.partition("=")
    german, comma, english = places.partition(",")
    if name not in SOURCES or not comma:
        raise InputError(
            f"--pairs {source!r}: expected NAME=GERMAN,ENGLISH with NAME one of {', '.join(SOURCES)}",
            hint="--pairs packages=Translation-de,Translation-en",
        )
    pairs = SOURCES[name](Path(german), Path(english))
    if not pairs:
        raise InputError(f"--pairs {source!r}: nothing there is in both languages")
    return pairs
