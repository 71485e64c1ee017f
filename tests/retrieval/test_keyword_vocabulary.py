"""A vocabulary finds its terms, takes in new ones and lets go of others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.retrieval.keyword_vocabulary import Vocabulary

terms_of_any_script = st.sets(st.text(max_size=5).map(lambda text: text.encode("utf-8", "ignore")))


def test_terms_are_found_by_their_bytes() -> None:
    vocabulary = Vocabulary.of(sorted(word.encode() for word in ("apfel", "haus", "漢", "z")))

    assert [vocabulary.find(word) for word in ("apfel", "haus", "z", "漢")] == [0, 1, 2, 3]
    assert [vocabulary.find(word) for word in ("", "apfe", "apfels", "zz", "龍")] == [-1] * 5
    assert Vocabulary.of(()).find("apfel") == -1


@given(terms_of_any_script, terms_of_any_script)
@settings(max_examples=200, deadline=None)
def test_merging_gives_the_sorted_union_and_where_each_term_went(old: set[bytes], new: set[bytes]) -> None:
    before, given_terms = Vocabulary.of(sorted(old)), sorted(new)

    merged, places_of_old, places_of_new = before.merged(given_terms)

    union = sorted(old | new)
    assert list(merged) == union
    assert [union[place] for place in places_of_old] == sorted(old)
    assert [union[place] for place in places_of_new] == given_terms


@given(terms_of_any_script)
@settings(max_examples=100, deadline=None)
def test_terms_can_be_dropped(terms: set[bytes]) -> None:
    vocabulary = Vocabulary.of(sorted(terms))
    is_dropped = np.arange(len(vocabulary)) % 2 == 0

    assert list(vocabulary.without(is_dropped)) == sorted(terms)[1::2]
