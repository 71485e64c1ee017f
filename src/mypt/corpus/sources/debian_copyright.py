"""The licence of each file of a Debian package, from its machine-readable copyright file (DEP-5)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from debian_inspector.copyright import CopyrightFilesParagraph, DebianCopyright

from mypt.corpus.licence import UNKNOWN, is_spdx, known_id

_NAMES = {
    "expat": "MIT",
    "cc0": "CC0-1.0",
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0-Perl",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "python": "Python-2.0",
    "psf-2": "PSF-2.0",
    "boost": "BSL-1.0",
    "boost-1.0": "BSL-1.0",
}
"""Short names of Debian that are no SPDX ids and follow no rule, in lower case."""

_EXCEPTIONS = {
    "classpath": "Classpath-exception-2.0",
    "bison": "Bison-exception-2.2",
    "font": "Font-exception-2.0",
    "libtool": "Libtool-exception",
}
_GNU = re.compile(
    r"(?P<family>A?GPL|LGPL|GFDL)-?(?P<niv>NIV-)?(?P<version>\d(\.\d)?)(\.0)?(?P<later>\+?)", re.I
)
_WITH = re.compile(r"(?P<licence>\S+) with (?P<exception>\S+) exception", re.I)
_SHORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_/-]*")
_MOST_WORDS = 12
_INSTALLED = re.compile(
    r"usr/(?:share/(?:doc|perl5?|help|info|games)/[^/]+/|share/man/(?:[a-z]{2}[^/]*/(?=man))?|share/|lib/)"
)


@dataclass
class Copyright:
    """What a copyright file says of the files of its source package; later rules go before earlier ones."""

    rules: list[tuple[str, str]] = field(default_factory=list)
    """Glob and licence."""
    _literal: dict[str, int] = field(default_factory=dict)
    """Path without wildcards → last rule with it."""
    _patterns: dict[str, list[tuple[int, re.Pattern[str]]]] = field(default_factory=dict)
    """First folder of a glob, empty where it is a wildcard itself → rules, last first."""

    def licence_of(self, installed: str) -> tuple[str, str]:
        """Return licence and glob that hold for an installed file; nothing where none does.

        Globs name files of the source package; those that packaging moved are found by the end of their path.
        """
        number = max((self._rule(path) for path in _possible_source_paths(installed)), default=-1)
        glob, licence = self.rules[number] if number >= 0 else ("", "")
        return licence, glob

    def _rule(self, path: str) -> int:
        first, slash, _ = path.partition("/")
        candidates = [*self._patterns.get(first if slash else "", []), *self._patterns.get("", [])]
        wild = max((number for number, pattern in candidates if pattern.fullmatch(path)), default=-1)
        return max(wild, self._literal.get(path, -1))

    def add(self, glob: str, licence: str) -> None:
        """Add the rule of one glob."""
        number = len(self.rules)
        self.rules.append((glob, licence))
        if "*" not in glob and "?" not in glob:
            self._literal[glob] = number
            return
        first, slash, _ = glob.partition("/")
        is_plain = slash and "*" not in first and "?" not in first
        rules = self._patterns.setdefault(first if is_plain else "", [])
        rules.insert(0, (number, re.compile(_to_regex(glob), re.DOTALL)))


def parse_copyright(text: str) -> Copyright | None:
    """Return the rules of a copyright file, None of one that is written for people alone."""
    result = Copyright()
    for paragraph in DebianCopyright.from_text(text).paragraphs:
        if isinstance(paragraph, CopyrightFilesParagraph):
            licence = to_spdx(paragraph.license.name or "")
            for glob in paragraph.files.values:
                result.add(glob, licence)
    return result if result.rules else None


def to_spdx(name: str) -> str:
    """Return the SPDX expression that a short name of Debian, or several, mean.

    A name that SPDX does not know becomes a `LicenseRef-Debian-`; a text in place of a name is unknown.
    """
    words = name.split()
    if not words or len(words) > _MOST_WORDS:
        return UNKNOWN
    expression = _joined(" ".join(words))
    return expression if expression and is_spdx(expression) else UNKNOWN


def _joined(text: str) -> str:
    """`and` binds more than `or`, a comma before either binds less than both."""
    parts = re.split(r",\s*(and|or)\s+", text, flags=re.I)
    if len(parts) > 1:
        joined = _bracketed(_joined(parts[0]))
        for operator, part in zip(parts[1::2], parts[2::2], strict=True):
            joined = f"{joined} {operator.upper()} {_bracketed(_joined(part))}"
        return joined
    for operator in ("or", "and"):
        parts = re.split(rf"\s+{operator}\s+", text, flags=re.I)
        if len(parts) > 1:
            return f" {operator.upper()} ".join(map(_joined, parts))
    return _single(text)


def _bracketed(expression: str) -> str:
    return f"({expression})" if " AND " in expression or " OR " in expression else expression


def _single(name: str) -> str:
    if found := _WITH.fullmatch(name):
        exception = _EXCEPTIONS.get(found["exception"].lower())
        base = _single(found["licence"])
        own = f"LicenseRef-Debian-{_own_name(name.replace(' ', '-'))}"
        return f"{base} WITH {exception}" if exception and "LicenseRef" not in base else own
    if not _SHORT_NAME.fullmatch(name):
        return ""
    if found := _GNU.fullmatch(name):
        return _gnu(found)
    return _NAMES.get(name.lower()) or known_id(name) or f"LicenseRef-Debian-{_own_name(name)}"


def _gnu(found: re.Match[str]) -> str:
    version = found["version"] if "." in found["version"] else f"{found['version']}.0"
    niv = "-no-invariants" if found["niv"] else ""
    return f"{found['family'].upper()}-{version}{niv}-{'or-later' if found['later'] else 'only'}"


def _own_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name.replace("+", "-or-later")).strip("-.")


def _to_regex(glob: str) -> str:
    """Return a glob of DEP-5 as a regular expression: `*` and `?` match a slash too, a backslash quotes."""
    parts = re.findall(r"\\[*?\\]|.", glob, flags=re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)


def _possible_source_paths(installed: str) -> Iterator[str]:
    """Yield where a file may have lain in the source package: the ends of its path below where it was put."""
    path = _INSTALLED.sub("", installed.removesuffix(".gz"), count=1)
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path
