"""Where the words of a question stand in a passage."""

from collections.abc import Collection, Iterable

from mypt.retrieval.analysis import pieces

Span = tuple[int, int]


def find_matches(text: str, terms: Collection[str]) -> tuple[Span, ...]:
    """Return the half-open spans of characters that match one of the terms, ascending and apart."""
    wanted = frozenset(terms)
    return tuple(_apart((piece.start, piece.end) for piece in pieces(text) if piece.term in wanted))


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap; those that only touch stay two words."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
