"""What thousands of documents share without being copies: licence headers, prologues, navigation.

Only for comparing texts, never for what a model reads. Everything of this kind
stands near the beginning or the end of a text, so only there it is looked for,
and by plain searches first: every document of a corpus goes through here.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

_EDGE = 2_500
"""Characters at the beginning and at the end that are looked at."""
_LONGEST_NOTICE = 2_000

Span: TypeAlias = tuple[int, int]

# A title in the first column, with all that is indented below it: manual pages, RFCs.
_SECTION = re.compile(
    r"(?:PROLOG|COPYRIGHT|COLOPHON|KOLOPHON|ÜBERSETZUNG|(?i:(?:\d+\.[ \t]+)?(?:status of this memo"
    r"|(?:full )?copyright (?:and license )?(?:notice|statement)|intellectual property(?: statement)?)))"
    r"\.?[ \t]*\n"
    r"(?:(?:[ \t\f][^\n]*)?\n)*(?:[ \t][^\n]*\Z)?"
)
_NOTICES = (
    "copyright (c)", "copyright ©", "© copyright", "copyright 19", "copyright 20", "(c) 19", "(c) 20", "© 19",
    "© 20", "copyright holder", "copyright owner", "above copyright notice", "all rights reserved",
    "spdx-license", "permission is", "free software", "general public licen", "licensed under",
    "license that can be found", "license version", "license terms", "license for the specific",
    "under the terms of", "without warrant", "without any warrant", "merchantab", "redistribut",
    "do not edit", "ist freie dokumentation", "ietf trust", "bcp 78", "internet society", "open group",
)  # fmt: skip
_SIGNS_OF_A_COMMENT = " \t\r\n\f/*#-;<!>%.\\\"'|"
_BARS = re.compile(
    r"[ \t]*(?:Skip navigation links|Java SE \d+ & JDK \d+|(?:(?:Overview|Module"
    r"|Package|Class|Use|Tree|Preview|New|Deprecated|Index|Help|Search|Summary|Detail|SUMMARY|DETAIL|Nested|Field|Constr"
    r"|Method|Required|Optional|Enum Constants)[:|]?(?:[ \t|]+|(?=\n)))*)\n"
)


def without_boilerplate(text: str) -> str:
    """Return a text without what others share; a text that is nothing else stays whole."""
    if len(text) <= 2 * _EDGE:
        kept = _stripped(text, (*_AT_THE_TOP, *_AT_THE_END))
    else:
        head, tail = _stripped(text[:_EDGE], _AT_THE_TOP), _stripped(text[-_EDGE:], _AT_THE_END)
        if len(head) == len(tail) == _EDGE:
            return text
        kept = f"{head}{text[_EDGE:-_EDGE]}{tail}"
    return kept if any(map(str.isalnum, kept)) else text


def _stripped(part: str, rules: Sequence["Rule"]) -> str:
    for mark, span, reach in (*rules, *_OF_RIGHTS) if "opyright" in part else rules:
        at = part.find(mark, 0, reach)
        while at >= 0:
            start, stop = span(part, at)
            part = part[:start] + part[stop:]
            at = part.find(mark, max(start, at + len(mark)) if start == stop else start, reach)
    return part


def _section(part: str, at: int) -> Span:
    """Return the section whose title holds the mark, or nothing."""
    start = part.rfind("\n", 0, at) + 1
    found = _SECTION.match(part, start)
    return (start, found.end()) if found else (start, start)


def _notice(part: str, at: int) -> Span:
    """Return the paragraph around the mark if it is a notice; a line of comment signs alone ends it."""
    start, stop = part.rfind("\n", 0, at) + 1, _line_end(part, at)
    while start and part[(above := part.rfind("\n", 0, start - 1) + 1) : start].strip(_SIGNS_OF_A_COMMENT):
        start = above
    while stop < len(part) and part[stop : (below := _line_end(part, stop))].strip(_SIGNS_OF_A_COMMENT):
        stop = below
    lowered = part[start:stop].lower()
    is_notice = len(lowered) <= _LONGEST_NOTICE and any(words in lowered for words in _NOTICES)
    return (start, stop) if is_notice else (start, start)


def _section_or_notice(part: str, at: int) -> Span:
    start, stop = _section(part, at)
    return (start, stop) if stop > start else _notice(part, at)


def _bars(part: str, at: int) -> Span:
    """Return the run of bars above or below a page of Javadoc."""
    start = stop = part.rfind("\n", 0, at) + 1
    while found := _BARS.match(part, stop):
        stop = found.end()
    return start, stop


def _line_end(part: str, at: int) -> int:
    return part.find("\n", at) + 1 or len(part)


Rule: TypeAlias = tuple[str, Callable[[str, int], Span], int]
"""A mark, what goes with it, and how far from the beginning it can stand."""

_AT_THE_TOP: tuple[Rule, ...] = (
    ("PROLOG", _section, 600),
    ("DO NOT EDIT", _notice, 600),
    ("SPDX-License", _notice, 600),
    ("Skip navigation", _bars, 600),
)
_AT_THE_END: tuple[Rule, ...] = (("OLOPHON", _section, 2 * _EDGE),)
_OF_RIGHTS: tuple[Rule, ...] = (
    ("tatus of ", _section, 2 * _EDGE),
    ("ÜBERSETZUNG", _section, 2 * _EDGE),
    ("ntellectual Property", _section, 2 * _EDGE),
    ("OPYRIGHT", _section_or_notice, 2 * _EDGE),
    ("opyright", _section_or_notice, 2 * _EDGE),
    ("icense", _notice, 2 * _EDGE),
)
