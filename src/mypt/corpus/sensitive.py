"""Secrets and personal data in a text: found, counted and masked by policy, never kept or shown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from mypt.config import Section
from mypt.corpus.sensitive_kinds import BY_NAME, RUNS, SHAPE, Kind

SENSITIVE_VERSION = 3

Action: TypeAlias = Literal["keep", "count", "mask", "drop-document"]
"""Do not look for it; leave it and count it; put a mask in its place; do without the document."""

_LONGEST_BEFORE = 64


class SensitivePolicy(Section):
    """What is done about each kind of secret and personal data."""

    private_key: Action = "mask"
    """Private keys in PEM."""
    token: Action = "mask"  # noqa: S105
    """Access tokens of well-known services, and JSON web tokens."""
    url_password: Action = "mask"  # noqa: S105
    """Passwords in addresses."""
    assigned_secret: Action = "mask"  # noqa: S105
    """Values like generated passwords, assigned to names such as password, secret or token."""
    iban: Action = "mask"
    """Bank accounts, by their checksum."""
    social_security_number: Action = "mask"
    """Swiss social security numbers, by their checksum."""
    card_number: Action = "mask"
    """Numbers of payment cards, by their checksum."""
    email: Action = "mask"
    """E-mail addresses, but for those of documentation."""
    phone: Action = "mask"
    """Telephone numbers with a country code or after a word such as Tel."""
    ip_address: Action = "keep"
    """Public IPv4 addresses; four-part version numbers look the same."""


_ALL_MASKED = SensitivePolicy.model_validate(dict.fromkeys(SensitivePolicy.model_fields, "mask"))


@dataclass(frozen=True)
class Screened:
    """A text after its policy, and how much of each kind was found in it."""

    text: str
    counts: Mapping[str, int]
    forbidden: str = ""
    """The first kind for which the policy does without the document."""


def masked_beginning(text: str, limit: int) -> str:
    """Return how a text begins, for reports and tables of what was dropped: with every mask."""
    return screen(text[: 8 * limit], _ALL_MASKED).text[:limit]


class _Views:
    """A text in the forms that anchors are looked for in, each made when first needed."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def lower(self) -> bytes:
        return self.raw.lower()

    @cached_property
    def shape(self) -> bytes:
        return self.raw.translate(SHAPE)

    @cached_property
    def runs(self) -> bytes:
        return self.raw.translate(RUNS)

    def __getitem__(self, view: str) -> bytes:
        found: bytes = getattr(self, view)
        return found


def screen(text: str, policy: SensitivePolicy) -> Screened:
    """Return a text with masks in the place of what its policy masks; a mask is never found again.

    What stood against something that is masked now, such as a telephone number before another
    number, is found in a further pass.
    """
    screened = _screen_once(text, policy)
    n_masked = _n_masked(screened, policy)
    while n_masked and not screened.forbidden:
        again = _screen_once(screened.text, policy)
        n_masked = _n_masked(again, policy)
        uncovered = {name: n for name, n in again.counts.items() if getattr(policy, name) != "count"}
        counts = Counter(screened.counts) + Counter(uncovered)
        screened = Screened(again.text, dict(sorted(counts.items())), again.forbidden)
    return screened


def _n_masked(screened: Screened, policy: SensitivePolicy) -> int:
    return sum(n for name, n in screened.counts.items() if getattr(policy, name) == "mask")


def _screen_once(text: str, policy: SensitivePolicy) -> Screened:
    views = _Views(text.encode())
    actions: dict[str, Action] = {name: getattr(policy, name) for name in BY_NAME}
    found = _apart(
        (start, stop, name)
        for name, kind in BY_NAME.items()
        if actions[name] != "keep"
        for start, stop in _spans(kind, views)
    )
    counts = Counter(name for _, _, name in found)
    forbidden = next((name for name in counts if actions[name] == "drop-document"), "")
    masked = [(start, stop, BY_NAME[name].mask) for start, stop, name in found if actions[name] == "mask"]
    return Screened(_replaced(text, views.raw, masked), dict(sorted(counts.items())), forbidden)


def _spans(kind: Kind, views: _Views) -> Iterator[tuple[int, int]]:
    """Yield where a kind stands; anchors inside one are not tried again."""
    view, literal = kind.gate
    if literal not in views[view]:
        return
    for view, anchor in kind.anchors:
        past = 0
        for hit in anchor.finditer(views[view]):
            at = hit.start()
            start = max(past, at - _n_before(views.raw, at, kind.before) if kind.before else at)
            match = kind.pattern.match(views.raw, start) if at >= past else None
            if match:
                past = match.end()
                if match["value"] and kind.is_real(match):
                    yield match.span("value")


def _n_before(data: bytes, at: int, members: bytes) -> int:
    window = data[max(0, at - _LONGEST_BEFORE) : at]
    return len(window) - len(window.rstrip(members))


def _apart(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return spans in order, without those that begin inside another; of two with one beginning the first."""
    apart: list[tuple[int, int, str]] = []
    past = 0
    for span in sorted(spans, key=lambda span: span[0]):
        if span[0] >= past:
            apart.append(span)
            past = span[1]
    return apart


def _replaced(text: str, data: bytes, masked: list[tuple[int, int, bytes]]) -> str:
    if not masked:
        return text
    pieces, at = [], 0
    for start, stop, mask in masked:
        pieces += [data[at:start], mask]
        at = stop
    return b"".join([*pieces, data[at:]]).decode()
