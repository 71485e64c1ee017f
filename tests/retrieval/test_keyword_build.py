"""An index that was brought up to date is the one that is built anew, to the byte."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.errors import InputError
from mypt.retrieval import keyword_build
from mypt.retrieval.keyword_build import EMPTY, build_index, update_index
from mypt.retrieval.keyword_index import KeywordIndex

some_texts = st.lists(
    st.lists(st.sampled_from(["Haus", "house", "SR 220", "漢字", "Straße", "a-b", "x" * 99]), max_size=6).map(
        " ".join
    ),
    max_size=8,
)


def as_bytes(index: KeywordIndex) -> list[bytes]:
    arrays = (
        index.vocabulary.blob, index.vocabulary.ends, index.lengths, index.ends, index.passages, index.counts,
    )  # fmt: skip
    return [array.dtype.str.encode() + array.tobytes() for array in arrays]


@given(some_texts, some_texts, st.data())
@settings(max_examples=200, deadline=None)
def test_an_update_equals_a_new_build(old: list[str], new: list[str], data: st.DataObject) -> None:
    kept = [number for number in range(len(old)) if data.draw(st.booleans())]
    order = data.draw(st.permutations([*(("old", n) for n in kept), *(("new", n) for n in range(len(new)))]))
    moved = np.full(len(old), -1, dtype=np.int64)
    places = np.zeros(len(new), dtype=np.int64)
    for place, (origin, number) in enumerate(order):
        (moved if origin == "old" else places)[number] = place

    updated = update_index(build_index(old), moved, new, places)

    texts = [old[number] if origin == "old" else new[number] for origin, number in order]
    assert as_bytes(updated) == as_bytes(build_index(texts))


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"common word{number % 3} w{number}" for number in range(10)]
    whole = as_bytes(build_index(texts))

    monkeypatch.setattr(keyword_build, "_BATCH", 3)

    assert as_bytes(build_index(texts)) == whole


def test_postings_are_those_of_the_texts() -> None:
    index = build_index(["beta alpha beta", "", "alpha"])

    assert list(index.vocabulary) == [b"alpha", b"beta"]
    assert index.lengths.tolist() == [3, 0, 1]
    assert index.ends.tolist() == [2, 3]
    assert index.passages.tolist() == [0, 2, 0]
    assert index.counts.tolist() == [1, 1, 2]


def test_a_word_that_stands_there_a_thousand_times_is_counted_to_255() -> None:
    assert build_index(["alpha " * 1000]).counts.tolist() == [255]


def test_no_passage_gives_an_empty_index() -> None:
    assert as_bytes(build_index([])) == as_bytes(EMPTY)


def test_texts_and_places_must_fit() -> None:
    with pytest.raises(InputError, match="1 texts for 2 places"):
        update_index(EMPTY, np.zeros(0, np.int64), ["alpha"], np.arange(2))


def test_too_many_passages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword_build, "MAX_PASSAGES", 1)

    with pytest.raises(InputError, match="an index holds 1"):
        build_index(["alpha", "beta"])
