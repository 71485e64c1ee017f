# ruff: noqa: RUF001
"""Tidying takes what nobody sees and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.corpus.tidy import count_control_tokens, tidy

LAW = """# Bundesgesetz über den Datenschutz

Art. 1  Zweck

 1 Dieses Gesetz bezweckt den Schutz …  («Persönlichkeit») – auch „anderswo“.
   a.
   b) 1bis
© 2020 Schweizerische Eidgenossenschaft. All rights reserved.

\tif (x) {
\t\treturn 'a--b';
\t}
}
"""


def test_what_says_something_stays_to_the_letter() -> None:
    assert tidy(LAW) == LAW


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("a  \n\tb\t \nc ", "a\n\tb\nc\n"),
        ("  \n\n    code\n\n", "    code\n"),
        ("a\r\nb\rc", "a\nb\nc\n"),
        ("a\n\n\n\n\n\n\nb", "a\n\n\n\nb\n"),
        ("a\n\n\n\nb\n", "a\n\n\n\nb\n"),
        ("a\n \n\t\n  \n \n \nb\n", "a\n\n\n\nb\n"),
        ("a\x00b\x07c\x7fd\x9fe", "abcde\n"),
        ("page 1\fpage 2\vline\x85next\u2028last", "page 1\npage 2\nline\nnext\nlast\n"),
        ("zero\u200bwidth\u2060joined\ufeff", "zerowidthjoined\n"),
        ("user\u202egnp.exe\u202c", "usergnp.exe\n"),
        ("\uf0b7 item \uf05d\ue000", "• item\n"),
        ("N\bNA\bAM\bME\bE _\bo", "NAME o\n"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07text", "red text\n"),
        ("half \ud800 a pair", "half  a pair\n"),
        ("", ""), (" \n\t\n", ""), ("\x00\u200b\ue000", ""),
    ],
)  # fmt: skip
def test_what_nobody_sees_goes(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


@pytest.mark.parametrize("text", ["👩\u200d💻 ❤\ufe0f", "नमस्ते क्\u200dष", "می\u200cخواهم", "שלום\u200f!"])
def test_joiners_stay_where_they_shape_what_is_seen(text: str) -> None:
    assert tidy(text) == f"{text}\n"
    assert tidy("fi\u200dle\ufe0f na\u200eme") == "file name\n"


@given(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = tidy(text)

    assert tidy(once) == once
    assert once.encode().decode() == once


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
def test_no_visible_character_is_lost(text: str) -> None:
    assert re.sub(r"\s", "", tidy(text)) == re.sub(r"\s", "", text)


@given(st.lists(st.text("ab 1.}\t", max_size=9)))
def test_lines_keep_their_indentation(lines: list[str]) -> None:
    kept = [line.rstrip() for line in lines if line.strip()]

    assert [line for line in tidy("\n".join(lines)).split("\n") if line] == kept


def test_what_spells_a_control_token_is_counted_and_stays() -> None:
    text = "<|endoftext|> then <myPT_user>hi</myPT_user> and <myPT_nothing> and myPT_user\n"

    assert count_control_tokens(text) == 3
    assert count_control_tokens(LAW) == 0
    assert tidy(text) == text


@pytest.mark.parametrize("piece", [" ", " \n", "\n", "\x1b", "\x1b]", "a\b", "\u200d", "\x1b[", "\r"])
def test_no_text_makes_it_slow(piece: str) -> None:
    assert len(tidy(piece * (2**20 // len(piece)) + "x")) <= 2**20 + 2
