"""DocBook reads as it is printed."""

import pytest

from mypt.documents.docbook import DOCBOOK
from mypt.documents.raw_file import RawFile, Unreadable


def text_of(xml: str) -> str:
    return DOCBOOK.to_text(RawFile("a.docbook", f"<article>{xml}</article>".encode()))


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<title>A</title><para>b <emphasis>c</emphasis></para>", "A\n\nb c\n"),
        ("<itemizedlist><listitem><para>a</para></listitem></itemizedlist>", "- a\n"),
        ("<orderedlist><listitem>a</listitem><listitem>b</listitem></orderedlist>", "1. a\n2. b\n"),
        ("<varlistentry><term>a</term><listitem><para>b</para></listitem></varlistentry>", "a\n  b\n"),
        ("<para>a<indexterm><primary>no</primary></indexterm> b</para>", "a b\n"),
        ("<para>a<footnote><para>b</para></footnote>.</para>", "a (b).\n"),
        ("<para><quote>a</quote></para>", "“a”\n"),
        ("<screen>$ a\n  b</screen>", "$ a\n  b\n"),
        ("<row><entry>a</entry><entry><para>b</para></entry></row>", "a | b\n"),
        ("<keycombo><keycap>A</keycap> <keycap>B</keycap></keycombo>", "A+B\n"),
        ("", ""),
    ],
)
def test_elements_read_as_they_are_printed(xml: str, text: str) -> None:
    assert text_of(xml) == text


def test_entities_of_a_document_type_are_not_fetched() -> None:
    with pytest.raises(Unreadable, match="refers to the entity &version;"):
        DOCBOOK.to_text(RawFile("a.xml", b'<!DOCTYPE a SYSTEM "http://x.invalid/a.dtd"><a>&version;</a>'))
