"""What thousands of documents share is not compared."""

import time

import pytest

from mypt.documents.boilerplate import without_boilerplate

GO = """\
// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

"""
GPL = """\
/* Open files by name.

   Copyright (C) 2001-2020 Free Software Foundation, Inc.

   This program is free software: you can redistribute it and/or modify
   it under the terms of the GNU General Public License.

   This program is distributed in the hope that it will be useful,
   but WITHOUT ANY WARRANTY.  See the GNU General Public License for details.  */

"""
SPDX = "# SPDX-License-Identifier: MIT\n\n"
PROLOG = """\
PROLOG
       This manual page is part of the POSIX Programmer's Manual.  The Linux implementation of this
       interface may differ.

"""
COPYRIGHT = """\
COPYRIGHT
       Portions of this text are reprinted from IEEE Std 1003.1-2017, Copyright (C) 2018 by the IEEE.

       Any typographical errors are most likely to have been introduced during the conversion.
"""
TRANSLATION = """\
ÜBERSETZUNG
       Die deutsche Übersetzung dieser Handbuchseite wurde von Karl Eichwalder erstellt.

       Diese Übersetzung ist Freie Dokumentation; lesen Sie die GNU General Public License bezüglich der
       Copyright-Bedingungen.
"""
MEMO = """\
Status of This Memo

   This is an Internet Standards Track document.

Copyright Notice

   Copyright (c) 2017 IETF Trust and the persons identified as the document authors.

   This document is subject to BCP 78.

"""
BARS = """\
Skip navigation links
Overview Module Package Class Use Tree
Summary: Nested | Field | Constr | Method

"""
BODY = "package main\n\nfunc main() { println(1) }\n"


@pytest.mark.parametrize(
    "header", [GO, SPDX, PROLOG, MEMO, BARS], ids=["go", "spdx", "prolog", "memo", "bars"]
)
def test_what_stands_at_the_top_goes(header: str) -> None:
    assert without_boilerplate(header + BODY).strip() == BODY.strip()


def test_of_a_licence_header_only_what_the_file_does_is_left() -> None:
    assert without_boilerplate(GPL + BODY).split("\n\n")[0] == "/* Open files by name."
    assert without_boilerplate(GPL + BODY).endswith(BODY)
    assert "free software" not in without_boilerplate(GPL + BODY)


@pytest.mark.parametrize("footer", [COPYRIGHT, TRANSLATION], ids=["copyright", "translation"])
@pytest.mark.parametrize("middle", [1, 400], ids=["short", "long"])
def test_what_stands_at_the_end_goes(footer: str, middle: int) -> None:
    body = "NAME\n       head - copy\n" * middle

    assert without_boilerplate(f"{body}\n{footer}\nGNU 9.1\n").split() == f"{body}\nGNU 9.1".split()


@pytest.mark.parametrize("text", [GO, PROLOG, "", "Copyright 2020", "(c) 2020\n"])
def test_a_text_that_is_nothing_else_stays_whole(text: str) -> None:
    assert without_boilerplate(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Das Urheberrecht (Copyright) schützt Werke.\n\nEine Lizenz (license) erlaubt ihre Nutzung.\n",
        "Copyright law protects works of authors.\n",
        "The status of a process is shown.\n",
        "Art. 1\n\nDieses Gesetz regelt das Patentrecht.\n" * 300,
    ],
)
def test_a_text_about_rights_keeps_what_it_says(text: str) -> None:
    assert without_boilerplate(text) == text


def test_the_middle_of_a_long_text_is_never_touched() -> None:
    middle = "some words of a text\n" * 200

    assert GO in without_boilerplate(middle + "\n" + GO + middle)


def test_no_text_takes_more_than_linear_time() -> None:
    start = time.process_time()

    for text in (
        "Copyright \n" * 10_000,
        "// \n" * 5_000 + "license",
        "PROLOG\n" + " \n" * 9_000,
        "icense" * 9_000,
    ):
        without_boilerplate(text)

    assert time.process_time() - start < 1.0
