"""`workspace.summarize`: sentences of the text itself, in its order."""

from collections.abc import Sequence
from typing import Any

import pytest

from mypt.agent.room import rendered_length
from mypt.agent.tools.summarize import SUMMARIZE
from mypt.errors import InputError
from mypt.workspace.rows import PassageRow
from tests.agent.views import DEBIAN, FOREIGN, LAW, MemoryView, long_view, small_view


def summarize(view: MemoryView, room: int = 3000, **arguments: Any) -> Any:
    return SUMMARIZE(arguments, view, room)


def test_sentences_stand_in_the_order_of_the_document_with_their_passages() -> None:
    result = summarize(small_view(), doc_id=DEBIAN)

    numbers = [int(sentence["id"].rpartition("-")[2]) for sentence in result["sentences"]]
    assert result["doc_id"] == DEBIAN
    assert numbers == sorted(numbers)
    assert {
        "id": f"{DEBIAN}-4",
        "page": 3,
        "text": "The command dpkg --purge removes a package with its configuration files.",
    } in result["sentences"]


def test_every_sentence_is_one_of_the_document() -> None:
    view = small_view()

    for sentence in summarize(view, doc_id=f"{LAW}-1")["sentences"]:
        assert sentence["text"] in view.passages([sentence["id"]])[0].text


def test_a_text_is_summed_up_without_ids() -> None:
    text = "Packages depend on packages. Dependencies of packages are installed with them. It rained all day."

    result = summarize(small_view(), text=text)

    assert set(result) == {"sentences"}
    assert all(set(sentence) == {"text"} for sentence in result["sentences"])


@pytest.mark.parametrize("room", [400, 1024])
def test_a_summary_keeps_to_its_room(room: int) -> None:
    view = MemoryView(
        ("d1", "T", [". ".join(f"Topic {n} of law {'and law ' * 20}" for n in range(30)) + "."])
    )

    assert rendered_length(summarize(view, room, doc_id="d1")) <= room


def test_notes_full_of_numbers_are_left_out() -> None:
    notes = "\n\n".join(
        f"[^{n}]: Fassung gemäss Ziff. {n} des BG vom {n}. Dez. 2003 (AS 2004 {n})." for n in range(30)
    )
    view = MemoryView(("d1", "T", [f"Das Gesetz schützt die Arbeitnehmer bei der Arbeit.\n\n{notes}"]))

    (sentence,) = summarize(view, doc_id="d1")["sentences"]

    assert sentence["text"] == "Das Gesetz schützt die Arbeitnehmer bei der Arbeit."


def test_a_book_is_read_in_parts_from_beginning_to_end() -> None:
    book = MemoryView(("d1", "T", ["\n\n".join(f"The law on topic {n % 9} was made." for n in range(1200))]))
    asked: list[str] = []
    passages = book.passages

    def noting(ids: Sequence[str]) -> list[PassageRow]:
        asked.extend(ids)
        return passages(ids)

    book.passages = noting  # type: ignore[method-assign]
    summarize(book, doc_id="d1")

    assert len(asked) <= 500
    assert "d1-1198" in asked


def test_the_same_document_has_the_same_summary() -> None:
    assert summarize(long_view(), doc_id=LAW) == summarize(long_view(), doc_id=LAW)


def test_a_foreign_document_is_like_one_that_does_not_exist() -> None:
    with pytest.raises(InputError, match="no such document"):
        summarize(small_view(), doc_id=FOREIGN)


def test_a_text_without_sentences_has_an_empty_summary() -> None:
    assert summarize(small_view(), text="...") == {"sentences": []}
