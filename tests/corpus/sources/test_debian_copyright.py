"""The licence of each installed file, as its package says it."""

import pytest

from mypt.corpus.licence import UNKNOWN
from mypt.corpus.sources.debian_copyright import Copyright, parse_copyright, to_spdx

TEXT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: A
License: GPL-2+

Files: man3/* doc/ex?mple.md
Copyright: B
License: Expat

Files: man3/special.3
 man3/other[1].3 assets/*.svg
Copyright: C
License: GPL-1+ or Artistic, and BSD-3-clause
 Text of the licence.

License: GPL-2+
 Text.
"""


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("AGPL-3", "AGPL-3.0-only"),
        ("GPL2 with Classpath exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
        ("GPL-2+ with own exception", "LicenseRef-Debian-GPL-2-or-later-with-own-exception"),
        ("GFDL-1.3+", "GFDL-1.3-or-later"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("CC0", "CC0-1.0"),
        ("zlib", "Zlib"),
        ("GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        ("GPL-1+ or Artistic, and Expat", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"),
        ("GPL-2.0+ or CC-BY-SA-3.0", "GPL-2.0-or-later OR CC-BY-SA-3.0"),
        ("public-domain", "LicenseRef-Debian-public-domain"),
        ("BSD-3-clause~Google", "LicenseRef-Debian-BSD-3-clause-Google"),
        ("", UNKNOWN),
        ("Permission to use, copy, modify, and distribute this software", UNKNOWN),
        ("Permission is hereby granted, free of charge, to any person and to many more", UNKNOWN),
    ],
)
def test_short_names_of_debian_become_spdx(name: str, expression: str) -> None:
    assert to_spdx(name) == expression


def rules() -> Copyright:
    parsed = parse_copyright(TEXT)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("installed", "licence", "glob"),
    [
        ("usr/share/man/man1/a.1.gz", "GPL-2.0-or-later", "*"),
        ("usr/share/man/man3/a.3.gz", "MIT", "man3/*"),
        ("usr/share/man/de/man3/a.3.gz", "MIT", "man3/*"),
        (
            "usr/share/man/man3/special.3.gz",
            "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
            "man3/special.3",
        ),
        (
            "usr/share/man/man3/other[1].3",
            "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
            "man3/other[1].3",
        ),
        ("usr/share/man/man3/other1.3", "MIT", "man3/*"),
        ("usr/share/x/doc/example.md", "MIT", "doc/ex?mple.md"),
        (
            "usr/share/doc/pkg/html/assets/deep/logo.svg",
            "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
            "assets/*.svg",
        ),
    ],
)
def test_the_last_rule_that_matches_the_end_of_a_path_holds(installed: str, licence: str, glob: str) -> None:
    assert rules().licence_of(installed) == (licence, glob)


def test_a_file_without_a_rule_has_no_licence() -> None:
    parsed = parse_copyright(TEXT.replace("Files: *", "Files: src/*"))

    assert parsed is not None
    assert parsed.licence_of("usr/share/doc/pkg/readme.md") == ("", "")


def test_a_copyright_file_for_people_has_no_rules() -> None:
    assert parse_copyright("This package was debianized by A.\n\nCopyright: B\n\nGPL, see there.\n") is None


def test_many_rules_are_looked_up_quickly() -> None:
    many = "\n".join(f" man{number % 9}/page{number}.3" for number in range(20_000))
    text = (
        f"Format: x\n\nFiles: *\nCopyright: A\nLicense: GPL-2\n\nFiles:{many}\nCopyright: B\nLicense: MIT\n"
    )
    parsed = parse_copyright(text)

    assert parsed is not None
    found = {parsed.licence_of(f"usr/share/man/man{n % 9}/page{n}.3.gz")[0] for n in range(20_000)}
    assert found == {"MIT"}
