"""Mallard pages read as help viewers show them."""

import pytest

from mypt.documents.mallard import MALLARD
from mypt.documents.raw_file import RawFile, Unreadable


def text_of(xml: str) -> str:
    page = f'<page xmlns="http://projectmallard.org/1.0/"><info><desc>no</desc></info>{xml}</page>'
    return MALLARD.to_text(RawFile("a.page", page.encode()))


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<title>A</title><p>b <gui>c</gui></p><section><title>D</title></section>", "A\n\nb c\n\nD\n"),
        ("<list><item><p>a</p></item><item><p>b</p></item></list>", "- a\n\n- b\n"),
        ("<steps><item><p>a</p></item><item><p>b</p></item></steps>", "1. a\n\n2. b\n"),
        ("<terms><item><title>a</title><p>b</p></item></terms>", "a\n\nb\n"),
        ("<p>a <code>b</code></p><code>c\n  d</code>", "a b\n\nc\n  d\n"),
        ("<p><keyseq><key>Strg</key><key>C</key></keyseq></p>", "Strg+C\n"),
        ("<p><guiseq><gui>A</gui><gui>B</gui></guiseq></p>", "A ▸ B\n"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a | b\n"),
        ("<links type='topic'><title>no</title></links>", ""),
    ],
)
def test_elements_read_as_viewers_show_them(xml: str, text: str) -> None:
    assert text_of(xml) == text


def test_broken_xml_is_malformed() -> None:
    with pytest.raises(Unreadable, match="malformed"):
        text_of("<p>")
