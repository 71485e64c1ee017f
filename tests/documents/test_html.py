"""HTML loses its navigation and nothing of what it says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mypt.documents.html import HTML, JAVADOC, is_javadoc
from mypt.documents.raw_file import RawFile, Unreadable


def text_of(page: str) -> str:
    return HTML.to_text(RawFile("a.html", page.encode()))


def test_headings_paragraphs_and_breaks() -> None:
    page = "<h1>One</h1>text<p>a <b>b</b>\n c<br>d<br><br>e</p><div>f</div><div>g</div><h2>Two</h2>"

    assert text_of(page) == "One\n\ntext\n\na b c\nd\n\ne\n\nf\ng\n\nTwo\n"


def test_lists_keep_marks_numbers_and_nesting() -> None:
    page = """<p>x</p><ul><li>a<ol start=3><li>b<li value="7">c<li>d</ol><li>e</ul>
              <ol><li><p>f</p><p>g</p></li><li><p>h</p></li></ol>"""

    assert text_of(page) == "x\n\n- a\n  3. b\n  7. c\n  8. d\n- e\n\n1. f\n\n   g\n\n2. h\n"


def test_definitions_are_indented() -> None:
    page = "<dl><dt>a<dd>b<dd><p>c</p><dt>d<dd>e</dl>f"

    assert text_of(page) == "a\n  b\n  c\n\nd\n  e\n\nf\n"


def test_tables_are_lines_with_bars() -> None:
    page = """<table><caption>T</caption><thead><tr><th>a</th><th><p>b</p></th></tr></thead>
              <tr><td>1<br>2<td><ul></ul>3</table>after"""

    assert text_of(page) == "T\n\na | b\n1 2 | 3\n\nafter\n"


def test_tables_that_lay_out_a_page_are_read_as_blocks() -> None:
    page = """<table><tr><td>menu</td><td><h1>One</h1>
      <table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"""

    assert text_of(page) == "menu\n\nOne\n\na | b\n"


def test_code_stays_to_the_letter() -> None:
    page = "<ul><li>x<pre>\ndef <b>f</b>(a):\n\n    return a &lt;&nbsp;1<br>\t# &amp;lt;\n</pre>y</ul>"

    assert text_of(page) == "- x\n\n  def f(a):\n\n      return a < 1\n  \t# &lt;\n\n  y\n"


def test_quotations_have_their_mark() -> None:
    assert text_of("a<blockquote><p>b</p><p>c</p></blockquote>d") == "a\n\n> b\n>\n> c\n\nd\n"


@pytest.mark.parametrize(
    "page",
    [
        "<nav>no</nav><main>yes</main><footer>no</footer>",
        "<div>no</div><div role=main>yes</div>",
        "<header>no</header><article>yes</article><aside>no</aside>",
        "<header>no</header>yes<nav><nav>no</nav>no</nav><footer>no</footer><aside>no</aside>",
        "<script>no</script><style>no</style>yes<template><p>no</template><noscript>no</noscript>",
        "<title>no</title><main></main>yes<div role=navigation><div>no</div>no</div>",
        "yes<svg><text>no</text></svg><select><option>no</select><button>no<br></button><!-- <p>no -->",
        '<p>yes<a class="x headerlink" href="#">no</a>',
        "<div role=navigation hidden>no</div><nav hidden>no</nav>yes",
        "<img role=navigation>yes<input class=headerlink>",
        """<script>a = "<script b" + "<!--"; if (a < b) {}</script>yes<!-- no -->
        <style>a::after { content: "</p <style>" }</style>""",
    ],
)
def test_only_the_content_is_text(page: str) -> None:
    assert text_of(page) == "yes\n"


def test_names_of_classes_are_never_matched_in_part() -> None:
    page = """<div class="padding shadow thread"><p class="navigation-like toc-x header">a</p>
      <p id="sidebar">b</p></div>"""

    assert text_of(page) == "a\n\nb\n"


def test_void_tags_that_never_close_swallow_nothing() -> None:
    assert text_of("<body><input>a<meta><img src=x>b<hr>c<wbr>d<br>e<link>f") == "ab\n\ncd\nef\n"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>a<p>b", "a\n\nb\n"),
        ("a</p></div></ul></li></pre></table>b", "a\n\nb\n"),
        ("<b><p>a</b>b</p>", "ab\n"),
        ("<li>a<li>b", "- a\n- b\n"),
        ("<ul><pre>x <li> y", "x  y\n"),
        ('<p title="a > b < c">x</p>', "x\n"),
        ("<p>1 < 2 > 0 && 3</p>", "1 < 2 > 0 && 3\n"),
        ("<plaintext>a <b> &lt; c", "a <b> &lt; c\n"),
        ("<xmp><i>a</i></xmp>", "<i>a</i>\n"),
        ("<td>a<td>b", "ab\n"),
    ],
)
def test_malformed_pages_are_read_as_browsers_read_them(page: str, text: str) -> None:
    assert text_of(page) == text


def test_wordings_that_a_script_would_choose_from_stand_apart() -> None:
    assert text_of("<p>Sie <span hidden>Einstellungen</span><span hidden>Extras</span>.") == (
        "Sie Einstellungen Extras.\n"
    )


def test_characters_and_entities_survive() -> None:
    text = text_of("<p>„Grüße“ — &uuml;&szlig;&hellip; 10&nbsp;% Silben&shy;trennung")

    assert text == "„Grüße“ — üß… 10 % Silbentrennung\n"


def test_images_are_their_text() -> None:
    page = '<p>Click <img src="a.png" alt="the &quot;R&amp;D&quot; &lt;icon>"><img alt=""><img src="b.png">.'

    assert text_of(page) == 'Click the "R&D" <icon>.\n'


def test_special_tokens_stay_text() -> None:
    assert text_of("<p>&lt;|endoftext|&gt; &lt;myPT_assistant&gt;") == "<|endoftext|> <myPT_assistant>\n"


@pytest.mark.parametrize(
    "page", ["", "<html></html>", "<nav><a href=x>only</a></nav>", "<!-- x -->", "<p>&nbsp;"]
)
def test_a_page_without_content_has_no_text(page: str) -> None:
    assert text_of(page) == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"<p>a\0b", "binary"), ("<meta charset=utf-8><p>ü".encode("iso-8859-1"), "unknown encoding")],
)
def test_what_is_no_text_is_unreadable(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        HTML.to_text(RawFile("a.html", data))

    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000,
        "<div>" * 100_000 + "</div>" * 100_000,
        "<ul><li>" * 50_000,
        "".join(f"<font size={number}>" for number in range(1_000)) + "<p>" * 100_000,
    ],
    ids=["open", "closed", "lists", "formatting"],
)
def test_nesting_that_would_take_minutes_is_refused_at_once(page: str) -> None:
    start = time.process_time()

    with pytest.raises(Unreadable, match="inside each other"):
        text_of(page)

    assert time.process_time() - start < 5


def test_a_long_page_of_ordinary_depth_is_read() -> None:
    page = "<ul>" + "<li>a<p>b<br>c" * 50_000 + "</ul>"

    assert text_of(page).count("b\n") == 50_000


@given(st.text(alphabet="<>/ab\"'=-! \n&;plitdhrueo1"))
def test_whatever_comes_in_text_comes_out(page: str) -> None:
    text = text_of(page)

    assert text == "" or (text.endswith("\n") and text.strip())


TAGS = ["p", "ul", "li", "table", "tr", "td", "pre", "dd", "blockquote", "b"]


@given(st.lists(st.sampled_from(["x ", *(f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/"))])))
def test_no_word_is_lost_whatever_the_tags_are(parts: list[str]) -> None:
    assert text_of("".join(parts)).count("x") == parts.count("x ")


JAVADOC_PAGE = """<!DOCTYPE HTML><html><head>
<meta name="generator" content="javadoc/ClassWriterImpl"></head><body>
<header role="banner"><nav>no</nav></header><main role="main"><h1>Class List&lt;E&gt;</h1>
<div class="type-signature">public class List&lt;E&gt;
extends Object</div><ul class="summary-list"><li><section><h2>Methods</h2>
<div class="table-tabs"><button>no</button></div><div class="summary-table three-column-summary">
<div class="table-header col-first">Type</div><div class="table-header col-second">Method</div>
<div class="table-header col-last">Description</div>
<div class="col-first even-row-color"><code>void</code></div>
<div class="col-second even-row-color"><code><a href="#add">add</a><wbr>(E&nbsp;e)</code></div>
<div class="col-last even-row-color"><div class="block">Adds <code>e</code>.</div></div>
<div class="col-constructor-name odd-row-color">List()</div>
<div class="col-last odd-row-color">Makes one.</div>
</div></section></li></ul><dl class="notes"><dt>See Also:</dt>
<dd><ul class="see-list"><li>Set</li></ul></dd></dl>
</main><footer role="contentinfo">no</footer></body></html>"""


def test_javadoc_has_tables_and_no_lists_for_looks() -> None:
    assert is_javadoc(JAVADOC_PAGE.encode())
    assert JAVADOC.to_text(RawFile("List.html", JAVADOC_PAGE.encode())) == (
        "Class List<E>\n\npublic class List<E> extends Object\n\nMethods\n\n"
        "Type | Method | Description\nvoid | add(E e) | Adds e.\nList() | Makes one.\n\n"
        "See Also:\n  - Set\n"
    )
