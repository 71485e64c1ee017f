"""Numbers, dates and identifiers of a text, each in one form: what must be the same to be true."""

import re
from collections.abc import Iterator, Mapping

_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan jänner", "february februar feb", "march märz mar", "april apr", "may mai",
            "june juni jun", "july juli jul", "august aug", "september sept sep", "october oktober oct okt",
            "november nov", "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
NUMBER_WORDS: Mapping[str, str] = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero null", "", "two zwei", "three drei", "four vier", "five fünf", "six sechs", "seven sieben",
            "eight acht", "nine neun", "ten zehn", "eleven elf", "twelve zwölf",
        )
    )
    for word in words.split()
}  # fmt: skip
"""Without one: `ein` and `one` are mostly articles and pronouns."""

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<y1>\d{{4}})-(?P<m1>\d{{2}})-(?P<d1>\d{{2}})\b"
    rf"|\b(?P<d2>\d{{1,2}})\.\s?(?P<m2>\d{{1,2}})\.\s?(?P<y2>\d{{4}})\b"
    rf"|\b(?P<d3>\d{{1,2}})(?:\.|st|nd|rd|th)?\s(?:of\s)?(?P<m3>{_MONTH})\b\.?,?\s(?P<y3>\d{{4}})\b"
    rf"|\b(?P<m4>{_MONTH})\.?\s(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y4>\d{{4}})\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\s,;!?()\[\]{}\"«»„“”‹›…]+(?:[,'’]\d+)*", re.UNICODE)  # noqa: RUF001
_NUMBER = re.compile(r"(?:CHF|EUR|USD|Fr\.?|[$€£§±+<>=~≈-])*(\d[\d'’.,]*)(?:%|°C?|\.-|\.–|-)?")  # noqa: RUF001
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_IDENTIFIER = re.compile(
    r"--?[a-zA-Z][\w-]*|~?/[\w./-]+|\w+(?:(?:[_/@:]|::)\w+)+|\w[\w-]*\.(?:\w{1,5}/?)+\w*"
)
_SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)")
_GROUPED = re.compile(r"\d{1,3}(?:([.,'’])\d{3})(?:\1\d{3})*")  # noqa: RUF001


def exact_values(text: str) -> frozenset[str]:
    """Return the numbers, dates and identifiers in a text; 1'000, 1,000 and 1000 are the same number."""
    found = {_iso(match) for match in _DATE.finditer(text)}
    rest = _SPACED.sub(_without_spaces, _DATE.sub(" ", text))
    return frozenset(found | {value for token in _TOKEN.findall(rest) for value in _values(token)})


def _without_spaces(match: re.Match[str]) -> str:
    return re.sub(r"\s", "", match[0])


def _iso(match: re.Match[str]) -> str:
    year, month, day = (
        next(match[f"{part}{form}"] for form in range(1, 5) if match[f"{part}{form}"]) for part in "ymd"
    )
    return f"{year}-{int(_MONTHS.get(month.casefold().rstrip('.'), 0) or month):02}-{int(day):02}"


def _values(token: str) -> Iterator[str]:
    token = token.strip(".:'’‘–—*`")  # noqa: RUF001
    if word := NUMBER_WORDS.get(token.casefold()):
        yield word
    elif match := _ORDINAL.fullmatch(token) or _NUMBER.fullmatch(token):
        yield _number(match[1])
    elif any(character.isdigit() for character in token) or _IDENTIFIER.fullmatch(token):
        yield token.casefold()


def _number(text: str) -> str:
    """Write a number without marks between thousands, and with a point before decimals."""
    text = text.strip(".,'’")  # noqa: RUF001
    whole, _, decimals = text.rpartition(".") if re.search(r"\.\d{1,2}$", text) else (text, "", "")
    if not decimals and re.search(r",\d{1,2}$", text):
        whole, _, decimals = text.rpartition(",")
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"[.,'’]", "", whole)  # noqa: RUF001
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole
