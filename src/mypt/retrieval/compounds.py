"""German compounds that no passage has, taken apart into words that passages do have.

What counts as a word is what the passages themselves say, so no list of words is needed, and a passage that
may not be read decides nothing. A compound that stands somewhere is left whole: on 600 questions each from
German package descriptions and help pages, taking those apart as well gained nothing (docs/log.md).
"""

from collections.abc import Callable, Iterator, Sequence

from mypt.retrieval.analysis import stem
from mypt.retrieval.keyword_index import Group

Frequency = Callable[[str], int]
"""In how many passages a term stands."""

_LINKS = ("", "s", "es", "n", "en", "er", "e")
"""Letters that German puts between the parts of a compound."""
_SHORTEST_COMPOUND = 8
_SHORTEST_HEAD = 4
_SHORTEST_MODIFIER = 3


def with_compounds_split(groups: Sequence[Group], frequency: Frequency) -> list[Group]:
    """Return the words of a question, those that stand nowhere as their parts where these are known."""
    return [part for group in groups for part in _parts(group, frequency)]


def _parts(group: Group, frequency: Frequency) -> list[Group]:
    term = group.terms[0][0]
    is_one_word = len(group.terms) == 1 and term.isalpha() and len(term) >= _SHORTEST_COMPOUND
    if not is_one_word or frequency(term):
        return [group]
    parts = split_compound(term, frequency)
    weight = group.weight / max(1, len(parts))  # the parts together are still one word of the question
    return [Group(((part, 1.0),), weight) for part in parts] or [group]


def split_compound(term: str, frequency: Frequency) -> tuple[str, ...]:
    """Return the parts of a compound, none when it is not made of known words.

    Of several ways the one is taken whose rarer part is the most frequent.
    """
    ways = [
        (min(n_head, n_modifier), -len(head), (modifier, head))
        for head, n_head in _heads(term, frequency)
        for modifier, n_modifier in _modifiers(term.removesuffix(head), frequency)
    ]
    return max(ways)[2] if ways else ()


def _heads(term: str, frequency: Frequency) -> Iterator[tuple[str, int]]:
    for start in range(_SHORTEST_MODIFIER, len(term) - _SHORTEST_HEAD + 1):
        n_passages = frequency(term[start:])
        if n_passages:
            yield term[start:], n_passages


def _modifiers(linked: str, frequency: Frequency) -> Iterator[tuple[str, int]]:
    """Yield what stands before the head, without the letters that link the two."""
    for link in _LINKS:
        bare = linked.removesuffix(link)
        if len(bare) < _SHORTEST_MODIFIER or not linked.endswith(link):
            continue
        for form in {bare, stem(bare)}:
            n_passages = frequency(form)
            if n_passages:
                yield form, n_passages
