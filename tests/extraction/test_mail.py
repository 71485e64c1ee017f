"""E-mail and what comes with it."""

from email.message import EmailMessage

import pytest

from tests.extraction.make import SAMPLES, docx, paragraph
from tests.extraction.reading import blocks, read_bytes


def _mail(body: str = "Hello\n") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jürg <a@b.ch>", "c@d.ch", "Grüße aus Bern"
    mail["Date"] = "Wed, 25 Nov 2026 10:00:00 +0100"
    mail.set_content(body)
    return mail


def test_headers_come_first_and_then_the_words() -> None:
    found = read_bytes(_mail("Guten Tag\n\n- eins\n- zwei\n").as_bytes(), "a.eml")

    assert found.title == "Grüße aus Bern"
    assert blocks(found.pages[0]) == [
        (
            "paragraph",
            "From: Jürg <a@b.ch>\nTo: c@d.ch\nDate: Wed, 25 Nov 2026 10:00:00 +0100\nSubject: Grüße aus Bern",
        ),
        ("paragraph", "Guten Tag"),
        ("list_item", "- eins"),
        ("list_item", "- zwei"),
    ]


def test_a_mail_of_python_with_attachments_is_read() -> None:
    found = read_bytes((SAMPLES / "letter.eml").read_bytes(), "letter.eml")

    assert [page.label for page in found.pages] == ["", "a.docx, 1", "a.docx, 2"]
    assert "Hallo html" not in found.pages[0].text
    assert "- Attachment: a.docx" in found.pages[0].text
    assert found.pages[1].text.startswith("Einführung")
    assert found.warnings == ("attachment b.bin was not read: unknown format: not a text",)


def test_a_mail_that_has_only_html_is_read_as_a_page() -> None:
    mail = _mail()
    mail.set_content("<h1>Angebot</h1><p hidden>secret</p><p>Text", subtype="html")

    found = read_bytes(mail.as_bytes(), "a.eml")

    assert blocks(found.pages[0])[1:] == [("heading1", "Angebot"), ("paragraph", "Text")]
    assert found.warnings == ("1 hidden pieces of text were left out",)


def test_a_mail_in_a_mail_is_read_with_its_attachments() -> None:
    inner, outer = _mail("Inner words\n"), _mail()
    inner.add_attachment(
        docx(paragraph("Deep words")), maintype="application", subtype="x", filename="d.docx"
    )
    outer.add_attachment(inner)

    found = read_bytes(outer.as_bytes(), "a.eml")

    assert [page.label for page in found.pages] == ["", "Grüße aus Bern.eml, 1", "Grüße aus Bern.eml, d.docx"]
    assert found.pages[2].text == "Deep words"


def test_attachments_too_deep_or_too_large_are_named_and_not_read() -> None:
    mail = _mail()
    for _ in range(4):
        outer = _mail()
        outer.add_attachment(mail)
        mail = outer
    mail.add_attachment(b"x" * 2000, maintype="text", subtype="plain", filename="big.txt")

    found = read_bytes(mail.as_bytes(), "a.eml", nesting=3, attachment_bytes=1800)

    assert "attachment big.txt was not read: it is too large" in found.warnings


def test_nesting_ends_where_the_limit_says() -> None:
    mail = _mail("deepest\n")
    for _ in range(5):
        outer = _mail()
        outer.add_attachment(mail)
        mail = outer

    found = read_bytes(mail.as_bytes(), "a.eml", nesting=3)

    assert len(found.pages) == 3
    assert any(warning.endswith("was not read: it lies too deep") for warning in found.warnings)


def test_parts_inside_parts_without_an_end_are_cut() -> None:
    data = b"From: a@b\nSubject: x\nTo: y@z\nMIME-Version: 1.0\n"
    for depth in range(200):
        data += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    data += b"Content-Type: text/plain\n\ndeep\n"

    found = read_bytes(data, "a.eml")

    assert found.warnings == ("parts that lie too deep, or too many parts, were left out",)


@pytest.mark.parametrize(
    "headers",
    [
        b"From: =?utf-8?q?=FF=FE?= <a@b>\nSubject: =?nonsense?b?!!?=\nTo: x\n",
        b"From: \nSubject: " + b"x" * 100_000 + b"\nTo: x\n",
        b"From: a\nSubject: b\nContent-Type: text/plain; charset=no-such\nTo: x\n",
        b"From: a\nSubject: b\nContent-Type: text/plain; charset=rot13\nTo: x\n",
        b"From: a\nSubject: b\nContent-Transfer-Encoding: base64\nTo: x\n",
        b"From: a\nSubject: b\nContent-Type: multipart/mixed\nTo: x\n",
    ],
)
def test_headers_that_are_wrong_do_no_harm(headers: bytes) -> None:
    assert read_bytes(headers + b"\nwords here\n", "a.eml").format == "email"
