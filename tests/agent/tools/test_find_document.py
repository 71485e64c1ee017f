"""Which document a call means."""

import pytest

from mypt.agent.tools.find_document import find_by_id, find_by_title
from mypt.errors import InputError
from tests.agent.views import FOREIGN, LAW, MemoryView, small_view


@pytest.mark.parametrize("name", [LAW, f"{LAW}-2"])
def test_the_id_of_a_document_or_of_a_passage_will_do(name: str) -> None:
    assert find_by_id(small_view(), name).id == LAW


def error_of(name: str) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        find_by_id(small_view(), name)
    return caught.value.message, caught.value.hint


def test_a_foreign_document_is_like_one_that_does_not_exist() -> None:
    assert error_of(FOREIGN) == error_of("dzzzzzzzzzzzz") == error_of(f"{FOREIGN}-1") == error_of("../x")


@pytest.mark.parametrize("title", ["Obligationenrecht", " OBLIGATIONENRECHT\n", "Oblig"])
def test_a_title_is_found_whole_folded_or_by_its_beginning(title: str) -> None:
    assert find_by_title(small_view(), title).id == LAW


def test_an_exact_title_wins_over_longer_ones() -> None:
    view = MemoryView(("d1", "Guide", ["a"]), ("d2", "Guide to more", ["b"]))

    assert find_by_title(view, "Guide").id == "d1"


def test_several_documents_of_a_title_are_named_to_choose_from() -> None:
    view = MemoryView(*((f"d{number}", "Report", ["a"]) for number in range(7)))

    with pytest.raises(InputError, match="7 documents have this title") as caught:
        find_by_title(view, "report")

    assert caught.value.hint == (
        "use doc_id: d0 (Report), d1 (Report), d2 (Report), d3 (Report), d4 (Report) and 2 more"
    )


def test_a_title_with_a_slip_names_the_nearest() -> None:
    with pytest.raises(InputError, match="no document has this title") as caught:
        find_by_title(small_view(), "Obligationsrecht")

    assert caught.value.hint == f"use doc_id: {LAW} (Obligationenrecht)"
