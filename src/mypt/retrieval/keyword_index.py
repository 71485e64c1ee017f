"""Which term stands how often in which passage, and BM25 from it: over those passages that may be read.

Document frequencies and the mean length are those of the allowed passages, so a passage that is not
allowed moves no score. `restricted_to` goes further: what it returns never touches the others again, so
that not even the time of a search depends on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mypt.retrieval.keyword_vocabulary import Numbers, Vocabulary
from mypt.retrieval.settings import KeywordSettings

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Terms of which one is enough: the forms in which a word of a question may stand."""

    terms: tuple[tuple[str, float], ...]
    """Each with its share: how much of the word it is."""
    weight: float = 1.0


@dataclass(frozen=True)
class KeywordScores:
    """How well the words of a question are found in each passage."""

    relevance: Values
    """BM25, divided by what a passage with all words gets about: the sum of their rarities."""
    coverage: Values
    """The rarity of the words that a passage has, over the rarity of all; from 0 to 1."""


@dataclass(frozen=True)
class _Found:
    """A term in the allowed passages."""

    passages: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint8]
    share: float
    rarity: float


@dataclass(frozen=True)
class KeywordIndex:
    """The postings of passages that are numbered from 0."""

    vocabulary: Vocabulary
    lengths: npt.NDArray[np.uint32]
    """Terms of each passage."""
    ends: Numbers
    """Where the postings of each term end."""
    passages: npt.NDArray[np.uint32]
    """Of each posting, ascending within a term."""
    counts: npt.NDArray[np.uint8]
    """Of each posting, how often the term stands there; 255 stands for more as well."""

    def __len__(self) -> int:
        return len(self.lengths)

    def restricted_to(self, mask: Mask) -> "KeywordIndex":
        """Return the index of some of the passages alone, numbered anew in the same order."""
        numbers = np.cumsum(mask, dtype=np.uint32) - np.uint32(1)
        is_kept = mask[self.passages]
        kept_before = np.concatenate([[0], np.cumsum(is_kept, dtype=np.int64)])
        return KeywordIndex(
            self.vocabulary,
            self.lengths[mask],
            kept_before[self.ends],
            numbers[self.passages[is_kept]],
            self.counts[is_kept],
        )

    def frequency(self, term: str) -> int:
        """Return how many passages have a term."""
        number = self.vocabulary.find(term)
        return len(self._postings(number)[0]) if number >= 0 else 0

    def score(
        self, groups: Sequence[Group], settings: KeywordSettings, allowed: Mask | None = None
    ) -> KeywordScores:
        """Return relevance and coverage of every passage, 0 for those that are not allowed."""
        n_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        relevance, coverage, total = np.zeros(len(self)), np.zeros(len(self)), 0.0
        if not n_allowed:
            return KeywordScores(relevance, coverage)
        penalties = self._penalties(settings, allowed, n_allowed)
        looked_up = [(group, self._look_up(group, allowed, n_allowed)) for group in groups]
        for group, found in _without_frequent(looked_up, settings, n_allowed):
            rarity = max((each.rarity for each in found), default=_rarity(0, n_allowed)) * group.weight
            total += rarity
            _add(relevance, coverage, found, group.weight, penalties, settings.saturation)
        if total:
            relevance /= total
            coverage /= total
        return KeywordScores(relevance, coverage)

    def _look_up(self, group: Group, allowed: Mask | None, n_allowed: int) -> list[_Found]:
        found = []
        for term, share in group.terms:
            number = self.vocabulary.find(term)
            if number < 0:
                continue
            passages, counts = self._postings(number)
            if allowed is not None:
                is_allowed = allowed[passages]
                passages, counts = passages[is_allowed], counts[is_allowed]
            if len(passages):
                found.append(_Found(passages, counts, share, _rarity(len(passages), n_allowed)))
        return found

    def _postings(self, number: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
        start, end = self.ends[number - 1] if number else 0, self.ends[number]
        return self.passages[start:end], self.counts[start:end]

    def _penalties(self, settings: KeywordSettings, allowed: Mask | None, n_allowed: int) -> Values:
        """Return what stands for a passage's length in the score of each of its words."""
        n_terms = self._n_terms if allowed is None else int(self.lengths[allowed].sum(dtype=np.int64))
        mean = max(1.0, n_terms / n_allowed)
        share = settings.length_share
        relative = self.lengths.astype(np.float64) / mean
        return settings.saturation * ((1.0 - share) + share * relative)

    @cached_property
    def _n_terms(self) -> int:
        return int(self.lengths.sum(dtype=np.int64))


def _rarity(n_with: int, n_all: int) -> float:
    """Return BM25's inverse document frequency, which is never below 0."""
    return float(np.log1p((n_all - n_with + 0.5) / (n_with + 0.5)))


def _without_frequent(
    looked_up: Sequence[tuple[Group, list[_Found]]], settings: KeywordSettings, n_allowed: int
) -> Iterator[tuple[Group, list[_Found]]]:
    """Yield the groups that tell passages apart: the rarest, and of the others those in few passages."""
    sizes = np.array([max((len(each.passages) for each in found), default=0) for _, found in looked_up])
    order = np.argsort(sizes, kind="stable")[: settings.most_terms]
    limit = settings.frequent_share * n_allowed
    kept = {n for rank, n in enumerate(order) if rank < settings.rare_terms or sizes[n] <= limit}
    yield from (looked_up[number] for number in sorted(kept))


def _add(
    relevance: Values,
    coverage: Values,
    found: Sequence[_Found],
    weight: float,
    penalties: Values,
    saturation: float,
) -> None:
    """Add what a group gives to each passage: the most that one of its terms gives."""
    if not found:
        return
    values = [_values(each, weight, penalties, saturation) for each in found]
    if len(found) == 1:
        relevance[found[0].passages] += values[0]
        coverage[found[0].passages] += weight * found[0].share * found[0].rarity
        return
    best, covered = np.zeros(len(relevance)), np.zeros(len(relevance))
    for each, value in zip(found, values, strict=True):
        best[each.passages] = np.maximum(best[each.passages], value)
        covered[each.passages] = np.maximum(covered[each.passages], weight * each.share * each.rarity)
    relevance += best
    coverage += covered


def _values(found: _Found, weight: float, penalties: Values, saturation: float) -> Values:
    counts = found.counts.astype(np.float64)
    factor = weight * found.share * found.rarity * (saturation + 1.0)
    return factor * counts / (counts + penalties[found.passages])
