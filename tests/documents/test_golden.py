"""Real documents of every format: the text we decided on, and no word of what others read in them is lost."""

import re
import shutil
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from mypt.documents.formats import BY_NAME, format_of
from mypt.documents.raw_file import RawFile

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"html", "javadoc", "man", "rfc-xml", "rfc-text", "akoma-ntoso", "docbook", "mallard"}
"""Those of markup; code and manuals are held to another reading, in the file beside this one."""
DOCUMENTS = sorted(
    path.with_suffix("") for path in GOLDEN.glob("*/*.expected") if path.parent.name in FORMATS
)
LEAST_RECALL = 0.98

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def text_of(path: Path) -> str:
    if path.parent.name == "man" and shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    return BY_NAME[path.parent.name].to_text(RawFile(path.name, path.read_bytes()))


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def test_every_format_of_markup_has_its_documents() -> None:
    formats = {path.parent.name for path in DOCUMENTS}

    assert formats == FORMATS


@every_document
def test_the_format_is_recognised(path: Path) -> None:
    assert format_of(path.name, path.read_bytes()[:2048]) == path.parent.name


@every_document
def test_the_text_is_the_same_to_the_byte(path: Path) -> None:
    assert text_of(path).encode() == Path(f"{path}.expected").read_bytes()


@every_document
def test_the_words_that_another_tool_finds_arrive_in_their_order(path: Path) -> None:
    reference, found = words_of(Path(f"{path}.words").read_text(encoding="utf-8")), words_of(text_of(path))

    blocks = SequenceMatcher(None, reference, found, autojunk=False).get_matching_blocks()

    assert len(reference) > 80
    assert sum(block.size for block in blocks) / len(reference) >= LEAST_RECALL


@every_document
def test_no_character_is_read_in_a_wrong_encoding(path: Path) -> None:
    assert not re.search("Ã|â€|\ufffd", text_of(path))
