"""A question as groups of terms; every character of it is text, so nothing in it can be syntax."""

from collections.abc import Sequence

from mypt.retrieval.analysis import Piece, pieces
from mypt.retrieval.keyword_index import Group


def read_question(text: str) -> list[Group]:
    """Return the words that a question is about, each with the forms in which it may stand.

    A word that is written with joints may stand in parts or as a whole. Stop words count only where
    there is nothing else.
    """
    found = list(pieces(text))
    parts = [piece for piece in found if not piece.is_whole]
    wholes = [piece for piece in found if piece.is_whole]
    names = [whole for whole in wholes if " " not in " ".join(text[whole.start : whole.end].split())]
    telling = [part for part in parts if not part.is_stop_word and not _is_initial(part, names)]
    groups: dict[tuple[str, ...], Group] = {}
    for terms in _with_wholes(telling or ([] if wholes else parts), wholes):
        groups.setdefault(terms, Group(tuple((term, 1.0) for term in terms)))
    return list(groups.values())


def _is_initial(part: Piece, names: Sequence[Piece]) -> bool:
    """A single character of a longer name, such as those of "E-Mail" and "4.0", says nothing by itself."""
    return len(part.term) == 1 and any(_holds(name, part) for name in names)


def _with_wholes(parts: Sequence[Piece], wholes: Sequence[Piece]) -> list[tuple[str, ...]]:
    """Return the forms of each word; a whole stands with the last of its parts."""
    forms = [[part.term] for part in parts]
    for whole in wholes:
        inside = [number for number, part in enumerate(parts) if _holds(whole, part)]
        if inside:
            forms[inside[-1]].append(whole.term)
        else:
            forms.append([whole.term])
    return [tuple(dict.fromkeys(terms)) for terms in forms]


def _holds(whole: Piece, part: Piece) -> bool:
    return whole.start <= part.start and part.end <= whole.end
