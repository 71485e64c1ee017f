"""Acts keep their articles, numbers and letters, and lose their footnotes."""

import pytest

from mypt.documents.akoma_ntoso import AKOMA_NTOSO
from mypt.documents.raw_file import RawFile, Unreadable

NOTE = "<authorialNote marker='1'><p>AS <b>2020</b> 1</p></authorialNote>"


def text_of(body: str, front: str = "") -> str:
    xml = (
        "<akomaNtoso xmlns='http://docs.oasis-open.org/legaldocml/ns/akn/3.0'><act>"
        "<meta><FRBRname value='no'/>no</meta>"
        f"{front}<body>{body}</body></act></akomaNtoso>"
    )
    return AKOMA_NTOSO.to_text(RawFile("a.xml", xml.encode()))


def test_number_title_and_preamble_come_first() -> None:
    front = f"""<preface><p><docNumber>101</docNumber></p>
      <p><docTitle>Gesetz{NOTE} über „Wege“</docTitle></p></preface>
      <preamble><p>gestützt auf Artikel 37<sup>quater</sup>,</p></preamble>"""

    assert text_of("", front) == "101\n\nGesetz über „Wege“\n\ngestützt auf Artikel 37quater,\n"


def test_a_heading_continues_the_line_of_its_number() -> None:
    body = f"""<chapter><num>1. Kapitel:</num><heading> Zweck{NOTE}</heading>
      <article><num><b>Art. 1</b><b><i>a</i></b>{NOTE}</num><heading> Ziel</heading>
      <paragraph><content><p>Text.</p></content></paragraph></article></chapter>"""

    assert text_of(body) == "1. Kapitel: Zweck\n\nArt. 1a Ziel\n\nText.\n"


def test_paragraphs_have_their_numbers_before_them() -> None:
    body = """<article><num>Art. 2</num>
      <paragraph><num><sup>1</sup></num><content><p>Eins.</p></content></paragraph>
      <paragraph><num><sup>1bis</sup></num><content><p>Mehr,<br/>noch.</p><p>Dann.</p></content></paragraph>
      </article>"""

    assert text_of(body) == "Art. 2\n\n1 Eins.\n\n1bis Mehr,\nnoch.\n\nDann.\n"


def test_lists_are_tight_with_their_letters() -> None:
    body = f"""<paragraph><num>1</num><content><blockList><listIntroduction>Es gilt:</listIntroduction>
      <item><num>a. </num><p>eins{NOTE};</p></item>
      <item><num>abis. </num><blockList><listIntroduction>zwei:</listIntroduction>
      <item><num>1.</num><p>x.</p></item></blockList>
      </item></blockList></content></paragraph>
      <paragraph><num>2</num><content><p>Ende.</p></content></paragraph>"""

    assert text_of(body) == "1 Es gilt:\na. eins;\nabis. zwei:\n      1. x.\n\n2 Ende.\n"


def test_footnotes_go_and_what_stands_behind_them_stays() -> None:
    assert text_of(f"<p>Das Gesetz{NOTE} gilt<sup>{NOTE}</sup>.</p>") == "Das Gesetz gilt.\n"


def test_tables_are_lines_with_bars() -> None:
    body = """<table><tr><th><p>Satz</p></th><th>Fr.</th></tr>
      <tr><td><p>3,5 t</p></td><td><p>650</p></td></tr></table>"""

    assert text_of(body) == "Satz | Fr.\n3,5 t | 650\n"


@pytest.mark.parametrize("body", ["<p>", "&x;"])
def test_broken_xml_is_malformed(body: str) -> None:
    with pytest.raises(Unreadable, match="malformed"):
        text_of(body)
