"""What all stores share: how ids become rows, and what is refused."""

import numpy as np
import pytest

from mypt.errors import InputError
from mypt.retrieval.vector_store import check_search, check_vectors, nothing_found, rows_by_id, rows_of


def test_a_row_is_the_place_of_an_id_in_the_list() -> None:
    rows = rows_by_id(["b-1", "a-1", "a-2"])

    assert rows_of(["a-2", "b-1"], rows).tolist() == [2, 0]


def test_an_id_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(InputError, match="1 passages are listed twice"):
        rows_by_id(["a-1", "a-1"])


def test_a_stranger_has_no_row() -> None:
    with pytest.raises(InputError, match="'c-1' is not among the 1"):
        rows_of(["a-1", "c-1"], rows_by_id(["a-1"]))


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [((2, 4), 1.0, "shape"), ((1, 3), 1.0, "shape"), ((1, 4), np.inf, "not finite")],
)
def test_vectors_that_do_not_fit_are_refused(shape: tuple[int, int], value: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_vectors(1, np.full(shape, value), 4)


def test_a_query_and_a_mask_have_to_fit() -> None:
    query, mask = np.ones(4, np.float32), np.ones(3, np.bool_)

    check_search(query, mask, (3, 4))

    with pytest.raises(InputError, match="a query of shape"):
        check_search(query * np.float32("nan"), mask, (3, 4))
    with pytest.raises(InputError, match="a mask of"):
        check_search(query, mask.astype(np.uint8), (3, 4))


def test_what_nothing_finds_is_empty() -> None:
    found = nothing_found()

    assert (len(found.rows), len(found.similarities), found.n_compared) == (0, 0, 0)
