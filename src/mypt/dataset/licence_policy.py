"""Which licences a dataset may hold, and what each asks for: SPDX expressions, judged by lists."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Any, Literal

import license_expression as spdx
import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int64
from pydantic import AfterValidator

from mypt.config import Section
from mypt.errors import InputError

UNKNOWN = "LicenseRef-unknown"

_DENIED = {
    "CC-BY-NC*": "no commercial use",
    "CC-BY-ND*": "no adapted versions",
    "ODC-By-*": "covers a collection, not the texts in it",
    "ODbL-*": "covers a collection, not the texts in it",
}
_ALLOWED = (
    "0BSD", "AFL-*", "AGPL-*", "Apache-*", "Artistic-*", "BSD-?-Clause", "BSD-2-Clause-*",
    "BSD-3-Clause-[!N]*", "BSD-4-Clause*", "BSD-Source-*", "BlueOak-*", "BSL-1.0", "bzip2-*", "CC-BY-*",
    "CC-PDDC", "CC-PDM-*", "CC0-*", "CDDL-*", "CECILL-*", "CDLA-Permissive-*", "CDLA-Sharing-*",
    "ClArtistic", "curl", "DL-DE-*", "DocBook-*", "ECL-*", "EPL-*", "etalab-*", "EUPL-*", "FreeBSD-DOC",
    "FSFAP*", "FSFUL*", "FTL", "GFDL-*", "GPL-*", "HPND*", "ICU", "IJG*", "ISC*", "Latex2e*", "LGPL*",
    "Libpng*", "Linux-man-pages-*", "LPPL-*", "MIT*", "MPL-*", "MulanPSL-*", "NCSA", "NIST-*", "NTP*",
    "OFL-*", "OGL-*", "OLDAP-2.8", "OpenSSL*", "OSL-*", "PDDL-*", "PHP-3*", "PostgreSQL", "PSF-*",
    "Python-2*", "Ruby", "SMLNJ", "TCL", "Unicode-*", "Unlicense*", "UPL-*", "Vim", "W3C*", "WTFPL", "X11*",
    "Zlib*", "ZPL-*", "LicenseRef-CH-URG-Art5",
)  # fmt: skip
_NOTHING_ASKED = (
    "0BSD", "CC-PDDC", "CC-PDM-*", "CC0-*", "DL-DE-ZERO-*", "LicenseRef-CH-URG-Art5", "MIT-0", "NIST-PD*",
    "PDDL-*", "Unlicense*", "WTFPL",
)  # fmt: skip
_COPYLEFT = (
    "AGPL-*", "CC-BY-SA-*", "CC-BY-NC-SA-*", "CC-SA-*", "CDDL-*", "CDLA-Sharing-*", "CECILL-[12]*", "EPL-*",
    "EUPL-*", "GFDL-*", "GPL-*", "LGPL*", "Linux-man-pages-copyleft*", "MPL-*", "MS-RL", "ODbL-*", "OSL-*",
    "QPL-*", "SSPL-*",
)  # fmt: skip
_VERBATIM = ("CC-BY-ND-*", "CC-BY-NC-ND-*", "LicenseRef-IETF*", "LicenseRef-*verbatim*")

_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_PARSER_ERRORS = (spdx.ExpressionError, RecursionError, IndexError, AssertionError, TypeError)
"""The last three escape the parser on texts such as `()1` and `(OR a`."""

Asked = Literal["attribution", "copyleft", "verbatim only", "no commercial use"]


@dataclass(frozen=True)
class Verdict:
    """What a policy says of one licence expression."""

    is_allowed: bool
    reason: str
    declared: str = ""
    """The expression as SPDX writes it; empty if it is none."""
    concluded: str = ""
    """What is made use of: of alternatives, the one that asks least; empty if that is denied."""
    asks: tuple[Asked, ...] = ()
    """What it asks of whoever uses the texts."""

    @property
    def needs_attribution(self) -> bool:
        """Return whether authors and licence have to be named."""
        return "attribution" in self.asks


def _known_pattern(pattern: str) -> str:
    if not pattern.startswith("LicenseRef-") and not any(_matches(key, pattern) for key in _ids()):
        raise ValueError(f"{pattern!r} matches no SPDX id; a licence of your own is called LicenseRef-NAME")
    return pattern


Pattern = Annotated[str, AfterValidator(_known_pattern)]


class LicencePolicy(Section):
    """The licences of the documents of a dataset; what nobody knows is denied.

    Patterns are SPDX ids in which `*` stands for anything. What is said here beats what is
    built in: free licences are allowed; denied are those without commercial use or adapted
    versions, those of collections, and every `LicenseRef-` that is not named.
    """

    allow: tuple[Pattern, ...] = ()
    """Further licences that are allowed."""
    deny: tuple[Pattern, ...] = ()
    """Licences that are denied, whatever else is said."""
    on_denied: Literal["fail", "leave_out"] = "fail"
    """Whether a document under a denied licence stops the build, or is not taken."""

    def judge(self, licences: Iterable[str]) -> dict[str, Verdict]:
        """Return the verdict on each distinct licence, in the order of their names."""
        return {licence: self._judge(licence) for licence in sorted(set(licences))}

    def _judge(self, licence: str) -> Verdict:
        try:
            node = _licensing().parse(licence)
        except _PARSER_ERRORS:
            node = None
        return (
            Verdict(is_allowed=False, reason="no SPDX expression") if node is None else self._judge_node(node)
        )

    def _judge_node(self, node: Any) -> Verdict:
        if isinstance(node, _licensing().OR):
            return _least(node, [self._judge_node(part) for part in node.args])
        if isinstance(node, _licensing().AND):
            return _all(node, [self._judge_node(part) for part in node.args])
        if isinstance(node, spdx.LicenseWithExceptionSymbol):
            exception = node.exception_symbol
            if exception.key not in _licensing().known_symbols:
                return Verdict(is_allowed=False, reason=f"no exception of SPDX is called {exception.key}")
            return self._judge_id(node.license_symbol, f" WITH {exception.key}")
        return self._judge_id(node)

    def _judge_id(self, symbol: Any, exception: str = "") -> Verdict:
        """An exception only permits more, so its licence is judged; so is one of *any later version*."""
        key = symbol.key
        base = key.removesuffix("+") if key not in _ids() else key
        if base not in _ids() and not _OWN.fullmatch(base):
            return Verdict(is_allowed=False, reason=f"no licence of SPDX is called {key}")
        is_allowed, reason = self._decide(base)
        declared = f"{key}{exception}"
        return Verdict(is_allowed, reason, declared, declared if is_allowed else "", _asks(base))

    def _decide(self, key: str) -> tuple[bool, str]:
        if key == UNKNOWN and UNKNOWN not in self.allow:
            return False, "nobody says under which licence"
        if _any(key, self.deny):
            return False, "denied by the recipe"
        if _any(key, self.allow):
            return True, "allowed by the recipe"
        reasons = [reason for pattern, reason in _DENIED.items() if _matches(key, pattern)]
        if reasons or not _any(key, _ALLOWED):
            return False, reasons[0] if reasons else "not among the licences that are allowed"
        return True, "a free licence"


def permitted(policy: LicencePolicy, licences: np.ndarray) -> Bool[np.ndarray, " n"]:
    """Return which documents are taken, by their licences; all of them where a denied one stops the build."""
    if policy.on_denied == "fail":
        return np.ones(len(licences), dtype=bool)
    distinct, codes = _distinct(licences)
    verdicts = policy.judge(distinct)
    return np.array([verdicts[name].is_allowed for name in distinct], dtype=bool)[codes]


def refuse_denied(policy: LicencePolicy, licences: np.ndarray, n_tokens: Int64[np.ndarray, " n"]) -> None:
    """Raise InputError when any document that has tokens in the dataset is under a denied licence.

    It lists every denied licence with its documents and tokens.
    """
    denied = _count_denied(policy, licences[n_tokens > 0], n_tokens[n_tokens > 0])
    if not denied:
        return
    lines = [
        f"  {name!r}: {counts['documents']:,} documents, {counts['amount']:,} tokens: {counts['reason']}"
        for name, counts in denied.items()
    ]
    raise InputError(
        "\n".join([f"the licence policy denies {len(denied)} licences of this corpus:", *lines]),
        hint="find out their licence; or name it in licences.allow of the recipe if you may use it; or leave "
        "these documents out: --set licences.on_denied=leave_out",
    )


def left_out(
    policy: LicencePolicy, licences: np.ndarray, n_bytes: Int64[np.ndarray, " n"]
) -> dict[str, dict[str, Any]]:
    """Return documents, bytes and reason of each licence whose documents are not taken."""
    if policy.on_denied == "fail":
        return {}
    counts = _count_denied(policy, licences, n_bytes)
    return {name: {"bytes": row.pop("amount"), **row} for name, row in counts.items()}


def _count_denied(
    policy: LicencePolicy, licences: np.ndarray, amounts: Int64[np.ndarray, " n"]
) -> dict[str, dict[str, Any]]:
    distinct, codes = _distinct(licences)
    documents = np.bincount(codes, minlength=len(distinct))
    order = np.argsort(codes, kind="stable")
    sums = np.diff(np.concatenate([[0], np.cumsum(amounts[order])])[np.append(0, np.cumsum(documents))])
    places = {name: number for number, name in enumerate(distinct)}
    return {
        name: {
            "documents": int(documents[places[name]]),
            "amount": int(sums[places[name]]),
            "reason": verdict.reason,
        }
        for name, verdict in policy.judge(distinct).items()
        if not verdict.is_allowed
    }


def _distinct(licences: np.ndarray) -> tuple[list[str], Int64[np.ndarray, " n"]]:
    """Return each licence once, and for every document the number of its own."""
    encoded = pa.array(licences, pa.string()).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _least(node: Any, verdicts: Sequence[Verdict]) -> Verdict:
    """Of alternatives one may be chosen: the first of those that ask least."""
    allowed = [verdict for verdict in verdicts if verdict.is_allowed]
    if allowed:
        least = min(allowed, key=lambda verdict: len(verdict.asks))
        return replace(least, declared=_rendered(node, verdicts))
    return Verdict(
        is_allowed=False, reason=_joined(verdicts), declared=_rendered(node, verdicts), asks=_united(verdicts)
    )


def _all(node: Any, verdicts: Sequence[Verdict]) -> Verdict:
    """What holds together must all be allowed."""
    denied = [verdict for verdict in verdicts if not verdict.is_allowed]
    parts = dict.fromkeys(part for verdict in verdicts for part in verdict.concluded.split(" AND "))
    return Verdict(
        is_allowed=not denied,
        reason=_joined(denied or verdicts),
        declared=_rendered(node, verdicts),
        concluded="" if denied else " AND ".join(parts),
        asks=_united(verdicts),
    )


def _joined(verdicts: Sequence[Verdict]) -> str:
    return "; ".join(dict.fromkeys(verdict.reason for verdict in verdicts))


def _rendered(node: Any, verdicts: Sequence[Verdict]) -> str:
    return str(node.render()) if all(verdict.declared for verdict in verdicts) else ""


def _united(verdicts: Sequence[Verdict]) -> tuple[Asked, ...]:
    return tuple(dict.fromkeys(asked for verdict in verdicts for asked in verdict.asks))


def _asks(key: str) -> tuple[Asked, ...]:
    flags: list[tuple[Asked, bool]] = [
        ("attribution", not _any(key, _NOTHING_ASKED)),
        ("copyleft", _any(key, _COPYLEFT)),
        ("verbatim only", _any(key, _VERBATIM)),
        ("no commercial use", _matches(key, "CC-BY-NC*")),
    ]
    return tuple(name for name, holds in flags if holds)


def _any(key: str, patterns: Iterable[str]) -> bool:
    return any(_matches(key, pattern) for pattern in patterns)


def _matches(key: str, pattern: str) -> bool:
    """A pattern that does not say so itself never means a `LicenseRef-`: nobody can know what those are."""
    if key.startswith("LicenseRef-") and not pattern.startswith("LicenseRef-"):
        return False
    return fnmatchcase(key.lower(), pattern.lower())


@cache
def _licensing() -> spdx.Licensing:
    """Load the list of SPDX that comes with the package, without the many names that others gave."""
    known = [
        s for s in spdx.get_spdx_licensing().known_symbols.values() if not s.key.startswith("LicenseRef-")
    ]
    return spdx.Licensing(
        spdx.LicenseSymbol(
            s.key,
            aliases=[name for name in s.aliases if not name.startswith("LicenseRef-")],
            is_exception=s.is_exception,
        )
        for s in known
    )


@cache
def _ids() -> frozenset[str]:
    return frozenset(key for key, symbol in _licensing().known_symbols.items() if not symbol.is_exception)
