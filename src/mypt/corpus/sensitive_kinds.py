"""What secrets and personal data look like, and which of it is only an example.

Patterns are for UTF-8 bytes and are tried only where an anchor stands, which plain searches
find; their repetitions are bounded or possessive. So no text makes them slow.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Literal, TypeAlias

Match: TypeAlias = re.Match[bytes]
View: TypeAlias = Literal["raw", "lower", "shape", "runs"]
"""A text as it is; in lower case; and with the forms of its characters, as `SHAPE` and `RUNS` have it."""


_DIGITS, _UPPER, _LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
SHAPE = bytes(
    ord("0") if chr(byte) in _DIGITS else ord("A") if chr(byte) in _UPPER else byte for byte in range(256)
)
RUNS = bytes(ord("w") if chr(byte) in _DIGITS + _UPPER + _LOWER + "_-" else byte for byte in range(256))


@dataclass(frozen=True)
class Kind:
    """One kind of secret or personal data."""

    mask: bytes
    anchors: tuple[tuple[View, re.Pattern[bytes]], ...]
    """What stands where the pattern is tried: patterns with a literal beginning, which are found fastest."""
    pattern: re.Pattern[bytes]
    """Its group `value` is what is masked; a match without it is passed over whole."""
    is_real: Callable[[Match], bool] = lambda match: True  # noqa: ARG005
    before: bytes = b""
    """Bytes that may stand before the anchor and belong to the match."""
    gate: tuple[View, bytes] = ("raw", b"")
    """What every text with a match holds, so that most texts are not searched for anchors."""


def _alphanumeric(value: bytes) -> bytes:
    return bytes(byte for byte in value.upper() if chr(byte).isalnum())


_EXAMPLE = re.compile(
    rb"example|sample|dummy|placeholder|change.?me|redacted|your[-_ ]|insert[-_ ]|secret|passw|xxx|\*\*\*"
    rb"|\.\.\.|1234567|abcdef|01234|deadbeef|(.)\1\1\1",
    re.IGNORECASE,
)


def is_private_key(match: Match) -> bool:
    """Say whether more than the beginning of a key is shown."""
    return len(match["value"]) >= 120


def is_secret(match: Match) -> bool:
    """Say whether a token looks drawn at random and not made up for a page of documentation."""
    value = match["value"]
    return not _EXAMPLE.search(value) and len(set(value)) >= 8


def is_assigned_secret(match: Match) -> bool:
    """Say whether an assigned value is as mixed as a generated password; words and hex numbers are not."""
    value = match["value"]
    n_kinds = sum(bool(re.search(kind, value)) for kind in (rb"[a-z]", rb"[A-Z]", rb"\d"))
    n_changes = len(re.findall(rb"[a-zA-Z]\d|\d[a-zA-Z]", value))
    return n_kinds == 3 and n_changes >= 3 and entropy(value) >= 3.3 and not _EXAMPLE.search(value)


def entropy(value: bytes) -> float:
    """Return the bits that a byte of a value holds, by how often each occurs in it."""
    counts = [value.count(byte) for byte in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


_IBAN_COUNTRIES = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS", 23: "AE GI IL", 24: "AD CZ ES MD PK RO SA SE SK TN", 25: "PT",
    26: "IS TR", 27: "FR GR IT MC SM", 28: "AL AZ BY CY DO GT HU LB PL", 29: "BR EG QA UA", 30: "JO KW",
    31: "MT",
}  # fmt: skip
"""Length → countries (ISO 13616)."""
_EXAMPLE_NUMBERS = {
    b"CH9300762011623852957", b"DE89370400440532013000", b"GB29NWBK60161331926819", b"GB82WEST12345698765432",
    b"AT611904300234573201", b"FR1420041010050500013M02606", b"LI21088100002324013AA", b"7569217076985",
    b"7561234567897", b"4111111111111111", b"4242424242424242", b"4012888888881881", b"5555555555554444",
    b"5105105105105100", b"378282246310005", b"371449635398431", b"6011111111111117", b"3530111333300000",
}  # fmt: skip
"""Numbers with a right checksum that documentation uses because they belong to nobody."""


def is_iban(match: Match) -> bool:
    """Say whether the checksum (ISO 13616) is right, and it is no example."""
    value = _alphanumeric(match[0]).decode()
    digits = "".join(str(int(sign, 36)) for sign in value[4:] + value[:4])
    return int(digits) % 97 == 1 and value.encode() not in _EXAMPLE_NUMBERS


def is_social_security_number(match: Match) -> bool:
    """Say whether the checksum (EAN-13) of a Swiss number is right, and it is no example."""
    value = _alphanumeric(match[0])
    weighed = sum((byte - 48) * (3 if place % 2 else 1) for place, byte in enumerate(value))
    return weighed % 10 == 0 and value not in _EXAMPLE_NUMBERS


def is_card_number(match: Match) -> bool:
    """Say whether the checksum (Luhn) is right, and it is no example."""
    value = _alphanumeric(match[0])
    doubled = (sum(divmod(2 * (byte - 48), 10)) for byte in value[-2::-2])
    is_valid = (sum(byte - 48 for byte in value[-1::-2]) + sum(doubled)) % 10 == 0
    return is_valid and value not in _EXAMPLE_NUMBERS and len(set(value)) >= 4


# What stands where a domain would, but is none: units of systemd, files, libraries, code.
_NO_DOMAIN = re.compile(
    rb"\.(?:service|socket|target|timer|mount|automount|swap|path|slice|scope|device|class|so|py|js|ts|cc?|cpp|h|go|rs"
    rb"|java|rb|pl|sh|md|txt|rst|html?|xml|json|ya?ml|conf|cfg|log|png|jpe?g|gif|svg|pdf|ps|gz|zip|tar|deb|rpm)$"
)
_EXAMPLE_DOMAIN = re.compile(
    rb"(?:^|\.)(?:example(?:\.(?:com|net|org|edu|ch|de))?|test|invalid|localhost|local|domain|beispiel\.(?:de|ch|com)"
    rb"|foo(?:bar)?\.(?:com|org|net)|bar\.(?:com|org|net)|your-?domain\.\w+|mydomain\.\w+|xxx+\.\w+)$",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    rb"git|svn|hg|ssh|root|user(?:name)?|you|your|nobody|someone|anonymous|name|no-?reply"
)


def is_email(match: Match) -> bool:
    """Say whether an address has a domain that may exist and a name that may be somebody's."""
    name, _, domain = match["value"].lower().rpartition(b"@")
    is_domain = not _NO_DOMAIN.search(domain) and not _EXAMPLE_DOMAIN.search(domain)
    return is_domain and not _NO_PERSON.fullmatch(name)


def is_url_password(match: Match) -> bool:
    """Say whether a password in an address may be somebody's."""
    return is_secret(match) and not _EXAMPLE_DOMAIN.search(match["host"])


def is_phone(match: Match) -> bool:
    """Say whether a number can be called: long enough, no decimal, not set aside for fiction."""
    digits = re.sub(rb"\D", b"", match["value"])
    is_decimal = match["name"] is None and re.fullmatch(rb"\+?\d{1,9}|\+?\d+\.\d+", match["value"])
    is_fiction = re.search(rb"555-?0?1\d\d$|^1?555|12345|(\d)\1{5}", digits)
    return 8 <= len(digits) <= 15 and not is_decimal and not is_fiction


def is_public_address(match: Match) -> bool:
    """Say whether an address can belong to somebody's machine: public, and not for documentation."""
    try:
        address = ipaddress.ip_address(match["value"].decode())
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _iban_pattern() -> bytes:
    forms = []
    for length, countries in _IBAN_COUNTRIES.items():
        quads, rest = divmod(length - 4, 4)
        end = rb" ?[A-Z0-9]{%d}" % rest if rest else b""
        forms.append(
            rb"(?:%s)\d\d(?: ?[A-Z0-9]{4}){%d}%s" % (countries.replace(" ", "|").encode(), quads, end)
        )
    return rb"(?<![\w-])(?P<value>%s)(?![A-Za-z0-9])" % b"|".join(forms)


def _at(view: View, *anchors: bytes) -> tuple[tuple[View, re.Pattern[bytes]], ...]:
    return tuple((view, re.compile(anchor)) for anchor in anchors)


_GAP = rb"(?:\\[nr]|[\s\"',+\\])"
_KEY = rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_TOKENS = (
    rb"(?:AKIA|ASIA)[A-Z0-9]{16}", rb"gh[pousr]_[A-Za-z0-9]{36,255}+", rb"github_pat_\w{22,255}+",
    rb"glpat-[\w-]{20,64}+", rb"xox[abeoprs]-[\w-]{20,255}+", rb"[rs]k_live_[A-Za-z0-9]{20,255}+",
    rb"AIza[\w-]{35}", rb"npm_[A-Za-z0-9]{36}", rb"pypi-AgE[\w-]{50,255}+", rb"hf_[A-Za-z]{30,64}+",
    rb"sk-[\w-]{40,255}+", rb"(?<=SG\.)[\w-]{22}\.[\w-]{43}", rb"dop_v1_[a-f0-9]{64}",
    rb"eyJ[\w-]{10,4000}+\.eyJ[\w-]{10,8000}+\.[\w-]{10,2000}+",
)  # fmt: skip
BY_NAME: dict[str, Kind] = {
    "private_key": Kind(
        b"[PRIVATE KEY]", _at("raw", b"-----BEGIN "),
        re.compile(
            rb"(?P<value>-----BEGIN %(key)s(?:%(gap)s|[\w-]{1,40}: [^\n]{0,200}\n)*+"
            rb"(?:%(gap)s{0,12}+[A-Za-z0-9+/=]{16,2000}+){1,500}+"
            rb"(?:(?:%(gap)s{0,12}+[A-Za-z0-9+/=]{1,15}+)?%(gap)s{0,12}+-----END %(key)s)?)"
            % {b"key": _KEY, b"gap": _GAP}
        ),
        is_private_key,
        gate=("raw", b"PRIVATE KEY"),
    ),
    "token": Kind(
        b"[TOKEN]", _at("runs", b"w" * 20),
        re.compile(rb"(?P<value>%s)(?![A-Za-z0-9])|[\w-]++" % b"|".join(_TOKENS)), is_secret,
    ),
    "url_password": Kind(
        b"[PASSWORD]", _at("raw", b"://"),
        re.compile(
            rb"://[^\s/:@\"'<>\[\]{}$%]{1,64}+:(?P<value>[^\s/@\"'<>\[\]{}()$]{3,64}+)@(?P<host>[\w.-]{1,255}+)"
        ),
        is_url_password,
    ),
    "assigned_secret": Kind(
        b"[SECRET]",
        _at("lower", b"passw", b"secret", b"token", b"api(?=_?key)"),
        re.compile(
            rb"[A-Za-z_-]{4,32}+[\"'\]]{0,2}[ \t]{0,4}+(?::=|=>|[:=])[ \t]{0,4}+[\"'`]?"
            rb"(?P<value>[A-Za-z0-9+/=_.~!^*-]{12,128}+)(?![\w(\[@])"
        ),
        is_assigned_secret,
    ),
    "iban": Kind(
        b"[IBAN]", _at("shape", b"AA00"), re.compile(_iban_pattern()), is_iban, gate=("shape", b"0000"),
    ),
    "social_security_number": Kind(
        b"[SOCIAL SECURITY NUMBER]", _at("raw", rb"756(?=[. ]?\d{4})"),
        re.compile(rb"(?<![\w.-])(?P<value>756(?P<s>[. ]?)\d{4}(?P=s)\d{4}(?P=s)\d\d)(?![\w-]|\.\d)"),
        is_social_security_number, gate=("shape", b"0000"),
    ),
    "card_number": Kind(
        b"[CARD NUMBER]",
        _at("shape", b"0000(?=[ -]?0{4,6}[ -]?0{4,5})"),
        re.compile(
            rb"(?<![\w.-])(?<!\d[, ])"
            rb"(?P<value>(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|35\d\d|6(?:011|4[4-9]\d|5\d\d))"
            rb"(?P<s>[ -]?)\d{4}(?P=s)\d{4}(?P=s)\d{4}|3[47]\d\d(?P<t>[ -]?)\d{6}(?P=t)\d{5})"
            rb"(?![\w-]|[.,]\d| \d{4})"
        ),
        is_card_number, gate=("shape", b"0000"),
    ),
    "email": Kind(
        b"[E-MAIL]", _at("raw", b"@"),
        re.compile(
            rb"[.%+-]*+(?P<value>\w[\w.%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}+)(?![\w@])"
        ),
        is_email, before=b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.%+-",
    ),
    "phone": Kind(
        b"[PHONE]",
        (*_at("raw", rb"\+(?=[1-9])"), *_at("lower", rb"tel(?=[.:]|efon)", b"phone", b"fax")),
        re.compile(
            rb"(?:(?P<name>[A-Za-z]{3,10}+(?:[ -]?(?:nr|no|number|nummer))?[.:]{1,2}[ \t]{0,12}+)"
            rb"|(?<![\w+.)\]])(?=\+[1-9]))(?P<value>[+(]?\d(?:[ ()./-]{0,2}\d){7,16}+)(?!\w)", re.IGNORECASE,
        ),
        is_phone, gate=("shape", b"00"),
    ),
    "ip_address": Kind(
        b"[IP ADDRESS]", _at("shape", rb"0\."),
        re.compile(rb"(?<![\w.])(?P<value>\d{1,3}(?:\.\d{1,3}){3})(?![\w-]|\.\d)"), is_public_address,
        before=b"0123456789",
    ),
}  # fmt: skip
"""In the order in which they win where two meet."""
