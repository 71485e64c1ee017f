"""Text of others inside Markdown."""

from mypt.evaluation.markdown import plain


def test_no_sign_of_a_text_is_markup() -> None:
    assert plain("<b>|`x`|_y_ [z](#u) &amp; *\\*") == (r"\<b\>\|\`x\`\|\_y\_ \[z\](\#u) \&amp; \*\\\*")


def test_a_text_stays_on_one_line_and_shows_what_has_no_shape() -> None:
    assert plain("a\nb\u202ec") == "a b\\\\u202ec"


def test_a_long_text_is_cut() -> None:
    assert plain("x" * 400) == "x" * 300 + "…"
