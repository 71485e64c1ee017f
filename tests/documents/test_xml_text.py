"""XML from outside is parsed without entities and networks, and read by a table of names."""

import pytest

from mypt.documents.raw_file import Unreadable
from mypt.documents.xml_text import (
    XmlText,
    cell,
    code,
    each,
    item,
    joined,
    numbered_item,
    paragraph,
    parse_xml,
    root_name,
    row,
    skip,
)

ACTIONS = {
    **each("p list", paragraph),
    "i": item,
    "n": numbered_item,
    "code": code,
    "keys": joined("+"),
    "row": row,
    "cell": cell,
    "note": skip,
}
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


def text_of(xml: str) -> str:
    return XmlText(ACTIONS).of(parse_xml(xml.encode()))


def test_actions_make_blocks_and_other_tags_vanish() -> None:
    xml = "<a><p>one <b>two</b> <keys><k>x</k><k>y</k></keys></p><i>three</i><i>four</i><n>five</n></a>"

    assert text_of(xml) == "one two x+y\n\n- three\n- four\n1. five\n"


def test_what_is_skipped_leaves_the_text_behind_it() -> None:
    assert text_of("<p>one<note>no</note> two<!-- no --> three<?no?> four</p>") == "one two three four\n"


def test_namespaces_do_not_matter() -> None:
    assert text_of('<x:a xmlns:x="u"><x:p>one</x:p><x:p>two</x:p></x:a>') == "one\n\ntwo\n"


def test_code_and_rows_keep_their_form() -> None:
    xml = "<a><code>\n if x:\n   y &lt; z\n</code><row><cell>a</cell> <cell><p>b</p></cell></row></a>"

    assert text_of(xml) == " if x:\n   y < z\n\na | b\n"


def test_characters_survive_in_one_form() -> None:
    assert text_of("<p>„Grüße“ — 10&#160;%&#173; u\u0308</p>") == "„Grüße“ — 10 % ü\n"


def test_names_of_html_stand_for_their_characters() -> None:
    assert text_of("<!DOCTYPE p SYSTEM 'http://x.invalid/y.dtd'><p>a&nbsp;b&auml;&amp;</p>") == "a bä&\n"


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE a [<!ENTITY e0 "ha">{BOMB}]><a>&e9;</a>',
        f'<!DOCTYPE a [<!ENTITY e0 "ha">{BOMB}]><a b="&e9;"/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "<a>" + "<b>" * 100_000 + "</b>" * 100_000 + "</a>",
        "",
        "   ",
        "no xml",
        "<a><b></a>",
        "<a>\0</a>",
        '<?xml version="1.0" encoding="klingon"?><a>b</a>',
    ],
    ids=[
        *("bomb", "bomb in an attribute", "file", "deep", "empty", "blank", "text", "unbalanced", "NUL"),
        "encoding",
    ],
)
def test_what_is_dangerous_or_broken_is_malformed(xml: str) -> None:
    with pytest.raises(Unreadable) as raised:
        text_of(xml)

    assert raised.value.reason == "malformed"


def test_a_declared_encoding_is_used() -> None:
    data = '<?xml version="1.0" encoding="iso-8859-1"?><p>Grüße</p>'.encode("iso-8859-1")

    assert XmlText(ACTIONS).of(parse_xml(data)) == "Grüße\n"


def test_bytes_against_their_declaration_are_malformed() -> None:
    with pytest.raises(Unreadable, match="malformed"):
        parse_xml('<?xml version="1.0" encoding="utf-8"?><p>Grüße</p>'.encode("iso-8859-1"))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<?xml version='1.0'?>\n<!-- <x> -->\n<!DOCTYPE rfc [<!ENTITY a 'b'>]>\n<rfc number='1'>", "rfc"),
        (b'<akn:akomaNtoso xmlns:akn="u">', "akomaNtoso"),
        (b"no xml", ""),
    ],
)
def test_the_root_is_found_in_the_first_bytes(head: bytes, name: str) -> None:
    assert root_name(head) == name


def test_special_tokens_stay_text() -> None:
    assert text_of("<p>&lt;|endoftext|&gt; &lt;myPT_assistant&gt;</p>") == "<|endoftext|> <myPT_assistant>\n"
