"""Real documents of the formats for code and manuals give the text that is committed, and nearly every word.

The words beside each document were counted in another reading of it, which `golden/README.md` names.
"""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mypt.documents.formats import BY_NAME, format_of
from mypt.documents.raw_file import RawFile

GOLDEN = Path(__file__).parent / "golden"
FORMATS = ("rst", "texinfo", "go", "java", "typescript", "yaml")
LEAST_RECALL = 0.98

DOCUMENTS = [path.with_suffix("") for name in FORMATS for path in sorted((GOLDEN / name).glob("*.expected"))]
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def _text(path: Path) -> str:
    name = path.parent.name
    if name == "texinfo" and not shutil.which("makeinfo"):
        pytest.skip("makeinfo is not installed")
    return BY_NAME[name].to_text(RawFile(path.name, path.read_bytes(), path.parent))


def _beside(path: Path, suffix: str) -> str:
    return path.with_name(path.name + suffix).read_text(encoding="utf-8")


def test_every_format_has_a_real_document() -> None:
    assert {path.parent.name for path in DOCUMENTS} == set(FORMATS)
    assert all(format_of(path.name, path.read_bytes()) == path.parent.name for path in DOCUMENTS)


@every_document
def test_the_text_is_the_one_committed(path: Path) -> None:
    if path.parent.name == "texinfo" and not BY_NAME["texinfo"].version.endswith("makeinfo 6.8"):
        pytest.skip("the text was made by makeinfo 6.8")

    assert _text(path) == _beside(path, ".expected")


@every_document
def test_nearly_every_word_of_the_other_reading_is_there(path: Path) -> None:
    rows = [row.split(" ", 1) for row in _beside(path, ".words").splitlines()]
    wanted = Counter({word: int(count) for count, word in rows})

    found = Counter(re.findall(r"\w+", _text(path).lower()))

    assert (wanted & found).total() / wanted.total() >= LEAST_RECALL


@every_document
def test_line_ends_and_mark_of_windows_change_nothing(path: Path) -> None:
    if path.parent.name == "texinfo":
        pytest.skip("makeinfo reads the bytes itself")
    data = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")

    text = BY_NAME[path.parent.name].to_text(RawFile(path.name, data, path.parent))

    assert text == _beside(path, ".expected")
