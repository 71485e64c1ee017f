"""A comment's tags and HTML become words."""

import time

import pytest

from mypt.documents.javadoc_markup import tags_as_words, without_markers


def _html(comment: str) -> str:
    return tags_as_words(comment, is_html=True)


def test_markers_go_and_indentation_stays() -> None:
    comment = "/** One.\n     *   two\n     *\n    **  three * four\n  no star\n     */"

    assert without_markers(comment) == "One.\n  two\n\n three * four\n  no star"


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("{@code List<String>} or {@literal a < b && c}", "List<String> or a < b && c"),
        ("{@code if (x) { y{}; }} end", "if (x) { y{}; } end"),
        ("see {@link java.util.List#add(Object) adding}", "see adding"),
        ("see {@link java.util.Map.Entry#get(Object, int)}", "see Map.Entry.get(Object, int)"),
        ("see {@linkplain #size}, {@value #MAX}", "see size, MAX"),
        ("{@link a.B a label with {@code <T>}}", "a label with <T>"),
        ("{@return the size}", "Returns the size."),
        ('{@index "jrt system" desc} and {@index jrt}', "jrt system and jrt"),
        ("{@inheritDoc}{@docRoot}x {@unknown y}", "x y"),
        ("unclosed {@code x and } {brace} {@link a", "unclosed x and {brace} {@link a"),
    ],
)
def test_inline_tags_are_spelled_out(comment: str, text: str) -> None:
    assert _html(comment) == text


def test_block_tags_have_labels() -> None:
    comment = (
        "Main.\n@param <T> the type\n@param x the\n  number\n@return it\n@throws java.io.IOException if\n"
        '@see java.util.List#of()\n@see <a href="x">a page</a>\n@since 1.8\n@apiNote careful\n@hidden'
    )

    assert _html(comment) == (
        "Main.\n\nParameter <T>: the type\nParameter x: the number\nReturns: it\nThrows IOException: if\n"
        "See: List.of()\nSee: a page\nSince: 1.8\nAPI note: careful\nHidden"
    )


def test_html_becomes_paragraphs_lists_tables_and_code() -> None:
    comment = """One
two.<p>Three &amp; <em>four</em>.
<ul><li>a <li>b</ul>
<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>
<pre>{@code
  @Override
  int f(<T> x) {
      return 1;
  }
}</pre>
<!-- hidden --> End.<br>Really.
"""

    assert _html(comment) == (
        "One two.\n\nThree & four.\n- a\n- b\n\nx | y\n1 | 2\n\n"
        "  @Override\n  int f(<T> x) {\n      return 1;\n  }\n\nEnd.\nReally."
    )


def test_markdown_of_typescript_stays_as_it_is() -> None:
    comment = "Uses `a < b` and <b>.\n\n- {@link Foo | the foo}\n@example\n```ts\nf();\n```"

    assert tags_as_words(comment, is_html=False) == (
        "Uses `a < b` and <b>.\n\n- the foo\n\nExample: ```ts\nf();\n```"
    )


@pytest.mark.parametrize(
    "comment",
    [
        "{" * 300_000, "{@code " * 100_000, "{@a {" * 50_000 + "}" * 100_000, "<pre>" * 100_000,
        "<!--" * 100_000,
        '<a "' * 100_000, " " * 500_000 + "x", "a." * 200_000, "{@link " + "a." * 200_000 + "}",
        "\n" * 300_000,
        "@param " * 50_000, "<" * 300_000, "&" * 300_000, "{@link " + "(" * 200_000 + "}",
    ],
)  # fmt: skip
def test_no_comment_takes_long(comment: str) -> None:
    start = time.process_time()

    _html(comment)

    assert time.process_time() - start < 5
