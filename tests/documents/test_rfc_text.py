"""Pages for printers become one text; nothing but their edges goes."""

import pytest

from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.rfc_text import RfcText, is_rfc_text

HEADER = "RFC 2385                     TCP MD5 Signature Option              August 1998"
FOOTER = "Heffernan                   Standards Track                     [Page {}]"


def text_of(pages: list[str], feed: str = "\f\n") -> str:
    printed = [
        f"{HEADER}\n\n\n{page}\n\n\n{FOOTER.format(number)}\n" for number, page in enumerate(pages, start=1)
    ]
    return RfcText().to_text(RawFile("rfc1.txt", feed.join(printed).encode()))


@pytest.mark.parametrize("feed", ["\f\n", "\f", "\n\n"])
def test_page_edges_go_and_paragraphs_are_joined(feed: str) -> None:
    pages = [
        "1.  Introduction\n\n   The paragraph goes on behind the break of the page, as any",
        "   reader sees.\n\n   It ends here.",
        "   A new one, whose last line is long enough to be gone on with.",
        "   2.  Last",
    ]

    assert text_of(pages, feed) == (
        "1.  Introduction\n\n   The paragraph goes on behind the break of the page, as any\n"
        "   reader sees.\n\n   It ends here.\n\n"
        "   A new one, whose last line is long enough to be gone on with.\n\n   2.  Last\n"
    )


def test_diagrams_keep_their_form() -> None:
    diagram = "   +---------+---------+\n   | Kind=19 |Length=18|\n\n   +---------+---------+"

    assert text_of([diagram] * 4) == f"{diagram}\n\n" * 3 + f"{diagram}\n"


def test_a_text_without_pages_stays_as_it_is() -> None:
    text = "\ufeffRFC 8999\n\n   One.\n\n\n   Two — “three”.\n"

    assert RfcText().to_text(RawFile("rfc8999.txt", text.encode())) == text.removeprefix("\ufeff")


def test_headers_of_two_lines_go_with_their_pages() -> None:
    pages = [
        f"September 1981\n                 Internet Protocol\n\n  Text {letter}.\n\n\n[Page {number}]\n"
        for number, letter in enumerate("abcd")
    ]

    text = RfcText().to_text(RawFile("rfc791.txt", "\f".join(pages).encode()))

    assert text == "  Text a.\n\n  Text b.\n\n  Text c.\n\n  Text d.\n"


@pytest.mark.parametrize("data", [b"", b"\n\f\n\f\n", b"  \n"])
def test_nothing_gives_nothing(data: bytes) -> None:
    assert RfcText().to_text(RawFile("rfc1.txt", data)) == ""


def test_a_nul_byte_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="binary"):
        RfcText().to_text(RawFile("rfc1.txt", b"RFC 1\0"))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"Network Working Group                  A. Heffernan\nRequest for Comments: 2385\n", True),
        (b"\n\n\n\nInternet Engineering Task Force (IETF)\nRequest for Comments: 8999\n", True),
        (b"Internet-Draft\n", True),
        (b"RFC 20\n", True),
        (b"Our requests for comments are answered in the RFC process.\n", False),
    ],
)
def test_a_request_for_comments_is_known_by_its_first_lines(head: bytes, *, expected: bool) -> None:
    assert is_rfc_text(head) is expected
