"""RFC XML reads as its published text: numbers, references and drawings are there."""

import pytest

from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.rfc_xml import RFC_XML


def text_of(middle: str, back: str = "") -> str:
    xml = f"<rfc version='3'><middle>{middle}</middle><back>{back}</back></rfc>"
    return RFC_XML.to_text(RawFile("rfc1.xml", xml.encode()))


def test_the_front_names_the_document_and_its_relations() -> None:
    xml = """<rfc number="9" updates="7"><front><title>On <br/>tests</title><seriesInfo name="RFC" value="9"/>
      <seriesInfo name="BCP" value="3"/>
      <author fullname="Ada L." role="editor"><organization>X</organization></author>
      <author><organization>IAB</organization></author><date month="06" year="2022"/><area>no</area>
      <abstract><t>Short.</t></abstract></front></rfc>"""

    assert RFC_XML.to_text(RawFile("rfc9.xml", xml.encode())) == (
        "Request for Comments: 9\nUpdates: 7\nBCP: 3\nOn tests\nAda L., Ed.\nIAB\nJune 2022\n\n"
        "Abstract\n\nShort.\n"
    )


@pytest.mark.parametrize(
    ("section", "heading"),
    [
        ('pn="section-1.2"', "1.2. Name"),
        ('pn="section-appendix.b"', "Appendix B. Name"),
        ('pn="section-appendix.b.1"', "B.1. Name"),
        ('pn="section-appendix.c" numbered="false"', "Name"),
        ("", "Name"),
    ],
)
def test_sections_have_their_numbers(section: str, heading: str) -> None:
    assert text_of(f"<section {section}><name>Name</name><t>Text.</t></section>") == f"{heading}\n\nText.\n"


def test_lists_tables_and_drawings_keep_their_form() -> None:
    middle = """<ul><li>a</li><li><t>b</t></li></ul><ol><li derivedCounter="(i)">c</li></ol>
      <ol><li>d</li><li>e</li></ol><dl><dt>f:</dt><dd>g</dd></dl>
      <figure pn="figure-2"><name>Way</name><artset><artwork type="svg">no</artwork><artwork>
 +--+
 |x |
</artwork></artset></figure>
      <table pn="table-1"><thead><tr><th>h</th><th>i</th></tr></thead>
      <tbody><tr><td>j</td><td>k</td></tr></tbody></table>"""

    assert text_of(middle) == (
        "- a\n- b\n\n(i) c\n\n1. d\n2. e\n\nf:\n  g\n\nFigure 2: Way\n\n +--+\n |x |\n\nh | i\nj | k\n"
    )


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ('<xref target="RFC1" derivedContent="RFC1"/>', "[RFC1]"),
        ('<xref target="s" derivedContent="Section 3"/>', "Section 3"),
        ('<xref target="RFC1" section="2" sectionFormat="of" derivedContent="RFC1"/>', "Section 2 of [RFC1]"),
        (
            '<xref target="RFC1" section="2" sectionFormat="comma" derivedContent="RFC1"/>',
            "[RFC1], Section 2",
        ),
        (
            '<xref target="RFC1" section="2" sectionFormat="parens" derivedContent="RFC1"/>',
            "[RFC1] (Section 2)",
        ),
        ('<xref target="RFC1" section="2" sectionFormat="bare" derivedContent="RFC1"/>', "2"),
        ('<xref target="s" format="counter" derivedContent="3.1"/>', "3.1"),
        ('<xref target="s" format="none" derivedContent="Section 3">this</xref>', "this"),
        ('<xref target="s" derivedContent="Section 3">this</xref>', "this (Section 3)"),
        ('<xref target="RFC1" derivedContent="RFC1">this</xref>', "this [RFC1]"),
        ('<eref target="https://x.ch"/>', "https://x.ch"),
        ('<eref target="https://x.ch" brackets="angle"/>', "<https://x.ch>"),
        ('<eref target="https://x.ch">this</eref>', "this (https://x.ch)"),
        ('<contact fullname="Ada L."/>', "Ada L."),
        ("<bcp14>MUST</bcp14> 2<sup>8</sup>", "MUST 2^8"),
    ],
)
def test_references_read_as_they_are_published(reference: str, shown: str) -> None:
    assert text_of(f"<t>See {reference}.</t>") == f"See {shown}.\n"


def test_a_bibliography_has_its_entries() -> None:
    author = '<author initials="{}." surname="{}"/>'
    back = f"""<references><name>References</name><reference anchor="RFC1" target="https://x.ch"><front>
      <title>One</title>{author.format("A", "Ada")}{author.format("B", "Bob")}<date month="May" year="2020"/>
      <abstract><t>no</t></abstract></front><seriesInfo name="RFC" value="1"/></reference></references>"""

    assert text_of("", back) == (
        'References\n\n[RFC1] Ada, A. and B. Bob, "One", RFC 1, May 2020, <https://x.ch>.\n'
    )


def test_version_two_can_be_read() -> None:
    middle = '<section title="Old"><t>Text:<list style="symbols"><t>a</t><t>b</t></list></t></section>'

    assert text_of(middle) == "Old\n\nText:\n\n- a\n- b\n"


def test_broken_xml_is_malformed() -> None:
    with pytest.raises(Unreadable, match="malformed"):
        text_of("<t>")
