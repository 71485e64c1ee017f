"""`workspace.get_doc`: pages, ranges, and where it goes on."""

from typing import Any

import pytest

from mypt.agent.room import rendered_length
from mypt.agent.tools.get_doc import GET_DOC
from mypt.errors import InputError
from tests.agent.views import DEBIAN, DEBIAN_PAGES, LAW, LAW_PAGES, MemoryView, long_view, small_view


def get_doc(view: MemoryView, room: int = 3000, **arguments: Any) -> Any:
    return GET_DOC(arguments, view, room)


def ids(result: Any) -> list[str]:
    return [passage["id"] for passage in result["passages"]]


def test_a_page_comes_as_passages_that_can_be_cited() -> None:
    assert get_doc(small_view(), doc_id=LAW, page=2) == {
        "doc_id": LAW,
        "n_pages": 2,
        "passages": [
            {
                "id": f"{LAW}-3",
                "page": 2,
                "text": LAW_PAGES[1],
            }
        ],
        "title": "Obligationenrecht",
    }


def test_without_a_part_it_begins_at_the_first_page_and_says_that_it_goes_on() -> None:
    result = get_doc(small_view(), title="Debian handbook")

    assert ids(result) == [f"{DEBIAN}-1", f"{DEBIAN}-2"]
    assert result["continues"] == {"page": 2}


def test_the_id_of_a_passage_gives_its_page() -> None:
    assert ids(get_doc(small_view(), doc_id=f"{DEBIAN}-3")) == [f"{DEBIAN}-3"]
    assert ids(get_doc(small_view(), doc_id=f"{DEBIAN}-2")) == [f"{DEBIAN}-1", f"{DEBIAN}-2"]


def test_a_page_that_is_too_long_begins_at_the_passage_that_was_asked_for() -> None:
    result = get_doc(long_view(), 900, doc_id=f"{LAW}-4")

    assert ids(result)[0] == f"{LAW}-4"


def test_a_passage_and_its_own_page_mean_the_passage() -> None:
    assert ids(get_doc(long_view(), 900, doc_id=f"{LAW}-4", page=1))[0] == f"{LAW}-4"
    assert ids(get_doc(long_view(), 900, doc_id=f"{LAW}-4", page=2))[0] == f"{LAW}-7"


def test_several_pages_come_together() -> None:
    result = get_doc(small_view(), doc_id=DEBIAN, range="2-3")

    assert [passage["page"] for passage in result["passages"]] == [2, 3]
    assert "continues" not in result


def test_characters_of_a_page_are_cut_out_of_its_passages() -> None:
    result = get_doc(small_view(), doc_id=DEBIAN, range="1:4-11")

    assert [passage["text"] for passage in result["passages"]] == [DEBIAN_PAGES[0][4:11]]
    assert result["continues"] == {"range": "1:11-"}


def test_passages_outside_of_a_range_are_not_shown() -> None:
    result = get_doc(small_view(), doc_id=DEBIAN, range="1:104-120")

    assert [passage["text"] for passage in result["passages"]] == [DEBIAN_PAGES[0][104:120]]
    assert ids(result) == [f"{DEBIAN}-2"]


@pytest.mark.parametrize("room", [450, 700, 1024, 3000])
def test_reading_on_shows_every_word_once_and_keeps_to_the_room(room: int) -> None:
    view, arguments, words, steps = long_view(), {"doc_id": LAW}, [], 0

    while True:
        result = get_doc(view, room, **arguments)
        assert rendered_length(result) <= room
        words += [word for passage in result["passages"] for word in passage["text"].rstrip("…").split()]
        steps += 1
        assert steps < 200
        if "continues" not in result:
            break
        arguments = {"doc_id": LAW, **result["continues"]}

    expected = [
        word for number in range(1, 19) for word in view.passages([f"{LAW}-{number}"])[0].text.split()
    ]
    assert words == expected


def test_a_page_that_is_not_there_is_an_error_to_act_on() -> None:
    with pytest.raises(InputError, match="the document has 2 pages") as caught:
        get_doc(small_view(), doc_id=LAW, page=3)

    assert caught.value.hint == "page: 1 to 2"


@pytest.mark.parametrize("part", ["3-2", "1:20-10"])
def test_a_range_that_ends_before_it_begins_is_refused(part: str) -> None:
    with pytest.raises(InputError, match="ends before it begins"):
        get_doc(small_view(), doc_id=DEBIAN, range=part)


def test_a_page_without_text_says_so_and_where_to_read_on() -> None:
    view = MemoryView(("d1", "T", ["one", "", "three"]))

    result = get_doc(view, doc_id="d1", page=2)

    assert (result["passages"], result["note"], result["continues"]) == ([], "no text there", {"page": 3})
