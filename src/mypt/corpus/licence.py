"""What counts as a licence: an SPDX expression, in which `LicenseRef-` names one of our own."""

import re
from functools import cache
from typing import Annotated

from license_expression import ExpressionError, Licensing, get_spdx_licensing
from pydantic import AfterValidator

UNKNOWN = "LicenseRef-unknown"
"""Nobody said under which licence; a licence policy denies it."""

_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]*[A-Za-z0-9]")


def is_spdx(expression: str) -> bool:
    """Say whether a text is an SPDX expression of known ids and references of our own."""
    try:
        symbols = _licensing().license_symbols(expression, decompose=True)
        unknown = _licensing().unknown_license_keys(expression)
    except ExpressionError:
        return False
    return bool(symbols) and all(_OWN.fullmatch(key) for key in unknown)


def known_id(name: str) -> str:
    """Return the SPDX id that a name is but for upper and lower case, else nothing."""
    return _ids().get(name.lower(), "")


def _valid(expression: str) -> str:
    if not is_spdx(expression):
        raise ValueError(f"{expression!r} is no SPDX expression; name a licence of your own LicenseRef-NAME")
    return expression


Licence = Annotated[str, AfterValidator(_valid)]
"""An SPDX expression such as `MIT`, `GPL-2.0-only WITH Classpath-exception-2.0` or `LicenseRef-own`."""


@cache
def _licensing() -> Licensing:
    """Load the list of licences that comes with the package."""
    return get_spdx_licensing()


@cache
def _ids() -> dict[str, str]:
    keys = [symbol.key for symbol in _licensing().known_symbols.values() if not symbol.is_exception]
    return {key.lower(): key for key in keys if not key.startswith("LicenseRef-")}
