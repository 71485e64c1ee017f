"""Text that a page holds and nobody sees."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from mypt.extraction.html_hidden import hidden_elements


def _is_hidden(page: str) -> bool:
    tree = LexborHTMLParser(page)
    node = tree.css_first("#x")
    assert node is not None
    return node.mem_id in hidden_elements(tree)


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        "hidden=''",
        "aria-hidden='true'",
        "style='display:none'",
        "style='color:red; DISPLAY : None !important'",
        "style='visibility:hidden'",
        "style='font-size:0'",
        "style='font-size: 0px'",
        "style='opacity:0'",
        "style='color:#fff'",
        "style='color: white'",
        "style='color:rgb(255, 255, 255)'",
        "style='color:red;background:red'",
        "style='color:#FFFFFF;background-color:white'",
    ],
)
def test_an_element_that_shows_nothing_is_hidden(attributes: str) -> None:
    assert _is_hidden(f"<p id=x {attributes}>text</p>")


@pytest.mark.parametrize(
    "page",
    [
        "<p id=x style='display:block'>text</p>",
        "<p id=x style='font-size:0.9em'>text</p>",
        "<p id=x style='font-size:10px'>text</p>",
        "<p id=x aria-hidden='false'>text</p>",
        "<p id=x style='color:white;background:navy'>text</p>",
        "<div style='background:#000'><p id=x style='color:white'>text</p></div>",
        "<table bgcolor=blue><tr><td id=x style='color:white'>text</td></tr></table>",
        "<style>body{background:black}</style><p id=x style='color:white'>text</p>",
        "<p id=x style='color:red'>text</p>",
        "<p id=x style=''>text</p>",
    ],
)
def test_an_element_that_may_be_seen_is_not(page: str) -> None:
    assert not _is_hidden(page)


def test_white_on_a_white_parent_is_hidden() -> None:
    assert _is_hidden("<div style='background:#ffffff'><font id=x color=white>t</font></div>")
