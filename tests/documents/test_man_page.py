"""Manual pages are printed by mandoc, without columns, pages and backspaces."""

import shutil
import stat
from pathlib import Path
from textwrap import dedent

import pytest

from mypt.documents import man_page
from mypt.documents.man_page import ManPage, is_man_page
from mypt.documents.raw_file import RawFile, Unreadable
from mypt.errors import InputError

needs_mandoc = pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")


def text_of(page: str | bytes) -> str:
    data = page if isinstance(page, bytes) else dedent(page).encode()
    return ManPage().to_text(RawFile("x.1", data))


@needs_mandoc
def test_a_page_has_no_columns_and_no_backspaces() -> None:
    page = r"""
    .TH LS 1 "May 2020" coreutils "User Commands"
    .SH ÜBERSICHT
    \fBls\fP [\fIOPTION\fP] \(em zeigt \[u201E]Grüße\[u201C]
    .TP
    .B \-a
    alle
    .nf
      if x:
          y
    .fi
    .TS
    l l.
    a	b
    .TE
    """

    text = text_of(page)

    assert text.startswith("LS(1)  User Commands  LS(1)\n\nÜBERSICHT\n       ls [OPTION] — zeigt „Grüße“\n")
    assert "       -a     alle\n" in text
    assert "                if x:\n                    y\n" in text
    assert text.endswith("coreutils  May 2020  LS(1)\n")


@needs_mandoc
def test_a_paragraph_is_one_line_however_long() -> None:
    words = " ".join(f"word{number}" for number in range(600))

    text = text_of(f".TH X 1\n.SH NAME\n{words}\n.PP\nnext\n")

    assert f"       {words}\n\n       next\n" in text


@needs_mandoc
def test_centred_lines_are_not_padded() -> None:
    assert "\ncentred\n" in text_of(".TH X 1\n.SH A\ntext\n.ce\ncentred\n")


@needs_mandoc
def test_tables_are_as_wide_as_what_they_hold() -> None:
    table = ".TS\nallbox;\nlbx lb\nl l.\nInterface\tValue\nT{\n.BR btowc ()\nT}\tMT-Safe\n.TE\n"

    text = text_of(f".TH X 1\n.SH A\n{table}")

    assert "│btowc ()  │ MT-Safe │\n" in text


@needs_mandoc
def test_the_declared_encoding_is_used() -> None:
    page = "'\\\" -*- coding: ISO-8859-1 -*-\n.TH X 1\n.SH Ü\nGrüße\n"

    assert "Ü\n       Grüße\n" in text_of(page.encode("iso-8859-1"))
    assert "Ü\n       Grüße\n" in text_of(page.replace("ISO-8859-1", "UTF-8"))


@needs_mandoc
def test_special_tokens_stay_text() -> None:
    assert "<|endoftext|> <myPT_user>" in text_of(".TH X 1\n.SH A\n<|endoftext|> <myPT_user>\n")


@needs_mandoc
@pytest.mark.parametrize(
    ("page", "reason", "detail"),
    [
        (b".so man1/ls.1\n", "malformed", "only refers to man1/ls.1"),
        (b'.\\" comment\n.so man3/x.3\n.\\" end\n', "malformed", "only refers to man3/x.3"),
        (b".TH X 1\n\0", "binary", "NUL"),
        (b".TH X 1\n.SH A\n\xfc\n", "unknown encoding", "0xfc"),
    ],
)
def test_what_holds_no_page_is_unreadable(page: bytes, reason: str, detail: str) -> None:
    with pytest.raises(Unreadable) as raised:
        text_of(page)

    assert raised.value.reason == reason
    assert detail in raised.value.detail


@pytest.mark.parametrize("page", [b"", b"\n \n"])
def test_nothing_gives_nothing(page: bytes) -> None:
    assert text_of(page) == ""


@needs_mandoc
def test_other_files_are_never_included() -> None:
    text = text_of(".TH X 1\n.SH A\nbefore\n.so /etc/passwd\n.so etc/passwd\n.so ../../etc/passwd\nafter\n")

    assert "root:" not in text
    assert "before" in text


@needs_mandoc
def test_the_version_follows_the_program() -> None:
    assert ManPage().version.startswith("1 mandoc ")
    assert "missing" not in ManPage().version


def test_a_missing_mandoc_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(man_page, "_PROGRAM", "no-such-mandoc")

    with pytest.raises(InputError) as raised:
        text_of(".TH X 1\n")

    assert not isinstance(raised.value, Unreadable)
    assert "install mandoc" in raised.value.hint


def test_a_page_that_takes_too_long_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mandoc"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(man_page, "_PROGRAM", str(program))
    monkeypatch.setattr(man_page, "_SECONDS", 0.2)

    with pytest.raises(Unreadable, match="too slow"):
        text_of(".TH X 1\n")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b".TH LS 1\n", True),
        (b'.\\" comment\n.Dd May 1\n', True),
        (b"'\\\" t\n.TH X 1", True),
        (b".so man1/x.1\n", True),
        (b"1.1 A version, and no page\n", False),
        (b"\x7fELF", False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_first_lines(head: bytes, *, expected: bool) -> None:
    assert is_man_page(head) is expected
