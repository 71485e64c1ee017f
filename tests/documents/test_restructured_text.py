"""reStructuredText becomes the text that its readers see."""

import time
from pathlib import Path

import pytest

from mypt.documents.raw_file import RawFile, Unreadable
from mypt.documents.restructured_text import RestructuredText


def _text(raw: str) -> str:
    return RestructuredText().to_text(RawFile("a.rst", raw.encode()))


def test_headings_paragraphs_and_inline_markup() -> None:
    raw = """
Größe
=====

.. _label:

A *soft*
**break**, ``co de``, `a link <http://x>`_, ref_, http://y.z, |sub| [1]_ [#]_ and x\\ :sub:`2`.

----

.. |sub| replace:: *put in*
.. [1] A note
   on two lines.
.. [#] Another.
.. a comment
.. _ref: http://z
"""

    assert _text(raw) == (
        "Größe\n\nA soft break, co de, a link, ref, http://y.z, put in [1] [2] and x2.\n\n---\n\n"
        "[1] A note on two lines.\n\n[2] Another.\n"
    )


def test_lists_stay_lists() -> None:
    raw = """
- one
- two

  a. deep
  b. er

- three

3. third
4. fourth

   second paragraph

(i) roman
(ii) too

term : kind
  What it means.

:field: body
-o FILE, --out  Writes.

| verse
|   deeper
"""

    assert _text(raw) == (
        "- one\n- two\n  a. deep\n  b. er\n- three\n\n"
        "3. third\n\n4. fourth\n\n   second paragraph\n\n(i) roman\n(ii) too\n\n"
        "term : kind\n    What it means.\n\nfield: body\n\n-o FILE, --out\n    Writes.\n\nverse\n    deeper\n"
    )


def test_code_stays_to_the_letter() -> None:
    raw = """
::

    if x:
        y = "*a*"

.. code-block:: python
   :linenos:

   def f(*a):

       return a

>>> 1 + 1
2
"""

    assert _text(raw) == ('if x:\n    y = "*a*"\n\ndef f(*a):\n\n    return a\n\n>>> 1 + 1\n2\n')


def test_tables_are_lines_with_bars() -> None:
    raw = """
=====  =====
Head   Tail
=====  =====
a      b c
\\      only
=====  =====

+------+-----------+
| one  | - x       |
|      | - y       |
+------+-----------+

.. csv-table:: Caption

   1, "2 3"
"""

    assert _text(raw) == "Head | Tail\na | b c\nonly\n\none | - x - y\n\nCaption\n1 | 2 3\n"


def test_admonitions_keep_their_text() -> None:
    raw = """
.. note:: Take *care*.

   Really.

.. warning::

   ::

     code

.. admonition:: Own title

   Text.
"""

    assert _text(raw) == "Note: Take care.\n\nReally.\n\nWarning:\n\ncode\n\nOwn title: Text.\n"


def test_messages_of_the_parser_never_become_text_and_its_source_does() -> None:
    raw = """
Short
==

A *lone star, an `open tick, |nothing| and f(*args, **kwargs).

+---+--+
| a | broken
+---+

.. image::

.. table:: T
   :nonsense: 1

   words

   - list
  dedent
"""

    text = _text(raw)

    assert "*lone star, an `open tick, |nothing| and f(*args, **kwargs)." in text
    assert "| a | broken" in text
    for message in ("System", "WARNING", "Error", "Unexpected", "underline", "Unknown"):
        assert message not in text


def test_no_file_no_page_and_no_clock_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    path = tmp_path / "secret"
    raw = f"""
.. include:: {path}
.. literalinclude:: {path}
.. csv-table::
   :file: {path}
.. csv-table::
   :url: file://{path}
.. raw:: html
   :file: {path}
.. raw:: html

   <b>RAW</b>

.. |now| date::
.. role:: raw-html(raw)
   :format: html

It is |now| :raw-html:`<i>`.
"""

    assert _text(raw) == "It is |now| <i>.\n"


def test_one_file_does_not_change_the_next() -> None:
    before = _text(":func:`f` `x` :new:`y`")

    _text(".. role:: func(code)\n.. role:: new(raw)\n   :format: html\n\n.. default-role:: math\n")

    assert _text(":func:`f` `x` :new:`y`") == before == "f() x y\n"


def test_signs_of_the_model_windows_lines_and_tabs_are_text() -> None:
    raw = "a <|endoftext|>\r\n<myPT_assistant>\r\n\r\n::\r\n\r\n\tif x:\r\n\t\ty\r\n"

    assert _text(raw) == "a <|endoftext|> <myPT_assistant>\n\nif x:\n        y\n"


def test_substitutions_that_multiply_or_go_in_circles_stop() -> None:
    levels = "".join(f".. |{n}| replace:: {f'|{n - 1}| ' * 10}\n" for n in range(1, 15))

    assert _text(".. |a| replace:: |b|\n.. |b| replace:: |a|\n\nx |a| y\n") == "x |a| y\n"
    with pytest.raises(Unreadable) as caught:
        _text(f".. |0| replace:: lol\n{levels}\n|14|\n")
    assert caught.value.reason == "too large"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("x" * 20_000_000, "too large"),
        ("".join(f"{'  ' * n}- a\n\n" for n in range(600)), "malformed"),
        ("*a " * 33_000, "too slow"),
        ("`a " * 33_000, "too slow"),
        ("a_ |b\n" * 33_000, "too slow"),
    ],
)
def test_what_would_take_for_ever_is_refused(raw: str, reason: str) -> None:
    start = time.process_time()

    with pytest.raises(Unreadable) as caught:
        _text(raw)

    assert caught.value.reason == reason
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "raw", ["", "\n\n", ".. comment\n", ".. |a| replace:: b\n", ".. toctree::\n\n   x\n"]
)
def test_what_shows_nothing_is_empty(raw: str) -> None:
    assert _text(raw) == ""
