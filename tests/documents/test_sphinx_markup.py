"""Roles and directives of Sphinx show what their readers see."""

import pytest

from mypt.documents.raw_file import RawFile
from mypt.documents.restructured_text import RestructuredText
from mypt.documents.sphinx_markup import sphinx_inliner, teach_docutils


def _text(raw: str) -> str:
    return RestructuredText().to_text(RawFile("a.rst", raw.encode()))


@pytest.mark.parametrize(
    ("role", "text"),
    [
        (":func:`open`", "open()"),
        (":py:meth:`~list.append`", "append()"),
        (":c:func:`!malloc()`", "malloc()"),
        (":class:`~collections.abc.Set`", "Set"),
        (":ref:`the title <a-label>`", "the title"),
        (":doc:`/library/os`", "/library/os"),
        (":pep:`8`", "PEP 8"),
        (":rfc:`2822#section-3`", "RFC 2822"),
        (":file:`/usr/lib/python3.{x}`", "/usr/lib/python3.x"),
        (":code:`a <b>`", "a <b>"),
        ("`title`:abbr:", "title"),
        (":never-heard-of:`x`", "x"),
        (":cspan:`2` y", "y"),
        ("`default`", "default"),
    ],
)
def test_a_role_shows_its_words(role: str, text: str) -> None:
    assert _text(role) == f"{text}\n"


def test_what_is_described_stands_above_its_description() -> None:
    raw = """
.. module:: m
.. class:: C(a, *, b)
           C(iterable)
   :final:

   Says *this*.

   .. method:: C.f(\\*args)

   .. versionadded:: 3.2
      The *b* argument.

.. c:function:: int f(int a)

.. nothing-known:: what it says
   :any: option

   Its text.
"""

    assert _text(raw) == (
        "class C(a, *, b)\nclass C(iterable)\n    Says this.\n\n    C.f(*args)\n\n"
        "    New in version 3.2: The b argument.\n\nint f(int a)\n\nwhat it says\n    Its text.\n"
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (".. versionchanged:: 3.2", "Changed in version 3.2\n"),
        (".. versionadded:: 3.2 Now :func:`f`.", "New in version 3.2: Now f().\n"),
        (".. seealso:: The *other*.", "See also: The other.\n"),
        (".. availability:: Unix.", "Availability: Unix.\n"),
        (".. only:: html\n\n   Shown.", "Shown.\n"),
        (".. kernel-doc:: drivers/x.c\n   :internal:", ""),
        (".. index:: single: x\n\nText.", "Text.\n"),
        (".. figure:: x.png\n   :alt: A cat\n\n   Its caption.", "A cat\n\nIts caption.\n"),
        (".. |logo| image:: x.png\n\nThe |logo|.", "The logo.\n"),
        (".. math::\n   :label: e\n\n   a = b", "a = b\n"),
        (".. code-block:: c\n   :caption: Its name\n\n   x;", "Its name\n\nx;\n"),
        (".. productionlist::\n   a: `b` c", "a: `b` c\n"),
    ],
)
def test_a_directive_shows_its_words(raw: str, text: str) -> None:
    assert _text(raw) == text


def test_tables_written_as_lists_may_have_uneven_rows() -> None:
    raw = """
.. flat-table:: Title
   :widths: 1 2

   * - a
     - :cspan:`1` b

   * - c

.. list-table::

   no list
"""

    assert _text(raw) == "Title\n\na | b\nc\n\nno list\n"


def test_docutils_is_taught_once() -> None:
    teach_docutils()

    assert teach_docutils.cache_info().currsize == 1
    assert sphinx_inliner() is not sphinx_inliner()
