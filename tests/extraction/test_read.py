"""Every format finds its reader, and a wrong name is told."""

import pytest

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable
from mypt.extraction.read import READERS, read
from tests.extraction.make import SAMPLES, docx, paragraph


def test_a_wrong_suffix_is_read_as_what_it_is_with_a_warning() -> None:
    found = read(docx(paragraph("Hello")), "a.pdf", Limits())

    assert found.format == "docx"
    assert found.warnings == ("the name ends with .pdf, but the content is docx",)


def test_an_empty_file_has_no_text() -> None:
    with pytest.raises(Unextractable, match="no text: the file is empty"):
        read(b"", "a.pdf", Limits())


def test_a_missing_library_costs_one_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, "pdf", "mypt.extraction.no_such_module")

    with pytest.raises(Unextractable, match="missing library: pdf cannot be read here"):
        read((SAMPLES / "rfc1952.pdf").read_bytes(), "a.pdf", Limits())

    assert read(b"text", "a.txt", Limits()).format == "text"


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_blocks_are_in_order_and_cover_all_text_but_running_lines_of_a_pdf(name: str) -> None:
    found = read((SAMPLES / name).read_bytes(), name, Limits())

    for page in found.pages:
        rest, last = "", 0
        for block in page.blocks:
            assert last <= block.start < block.end
            assert page.text[block.start : block.end].strip()
            rest += page.text[last : block.start]
            last = block.end
        assert (rest + page.text[last:]).strip() == "" or found.format == "pdf"
        assert [page.number for page in found.pages] == list(range(1, len(found.pages) + 1))
