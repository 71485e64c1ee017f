"""A licence is an SPDX expression, or a reference of our own."""

import pytest

from mypt.corpus.licence import UNKNOWN, is_spdx, known_id


@pytest.mark.parametrize(
    "expression",
    [
        "MIT",
        "GPL-2.0+",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "(MIT OR GPL-1.0-or-later) AND LicenseRef-CH-URG-Art5",
        UNKNOWN,
    ],
)
def test_expressions_of_known_ids_and_own_references_are_licences(expression: str) -> None:
    assert is_spdx(expression)


@pytest.mark.parametrize(
    "text", ["", "MIT License", "see file", "LicenseRef-", "MIT AND", "(MIT", "Unknown-1.0"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_spdx(text)


def test_an_id_is_found_whatever_its_case() -> None:
    assert (known_id("bsd-3-clause"), known_id("zlib"), known_id("nothing")) == ("BSD-3-Clause", "Zlib", "")


def test_an_exception_alone_is_no_id() -> None:
    assert known_id("classpath-exception-2.0") == ""
