"""Citations: retrieved in this conversation or not, and where they stand."""

from typing import Any

from mypt.agent.citations import check_citations
from mypt.conversation.episode import Episode, Passage, ToolCallMessage, ToolResultMessage, UserMessage
from tests.agent.views import FOREIGN, LAW, small_view

SENTENCE = "Der Arbeitgeber gewährt jedes Dienstjahr wenigstens vier Wochen Ferien."


def episode(*shown: str, context: tuple[Passage, ...] = ()) -> Episode:
    passages: list[Any] = [{"id": name, "text": "shown"} for name in shown]
    messages = (
        UserMessage(content="q", context=context),
        ToolCallMessage(name="t", arguments={}),
        ToolResultMessage(name="t", content={"passages": passages}),
    )
    return Episode(messages=messages, language="de", source="chat")


def check(text: str, *cited: str, seen: Episode) -> Any:
    return check_citations(text, cited, seen, small_view(), 0.7)


def test_a_citation_says_where_its_passage_stands() -> None:
    checked = check(SENTENCE, f"{LAW}-3", seen=episode(f"{LAW}-3"))

    (citation,) = checked.citations
    assert (citation.document_id, citation.title, citation.page) == (LAW, "Obligationenrecht", 2)
    assert (citation.start, citation.end) == (0, 88)
    assert citation.support == checked.sentences[0].support.score == 1.0


def test_a_passage_that_was_not_shown_supports_nothing() -> None:
    checked = check(SENTENCE, f"{LAW}-3", seen=episode(f"{LAW}-1"))

    assert [citation.is_retrieved for citation in checked.citations] == [False]
    assert checked.citations[0].title == ""
    assert checked.sentences[0].support.doubt == "no citation"


def test_a_foreign_passage_is_like_one_that_does_not_exist() -> None:
    foreign = check(SENTENCE, f"{FOREIGN}-1", seen=episode())
    absent = check(SENTENCE, "dzzz-1", seen=episode())

    assert foreign.sentences == absent.sentences
    assert not foreign.citations[0].is_retrieved


def test_a_passage_given_as_context_counts_as_it_was_shown() -> None:
    seen = episode(context=(Passage(id="c1", text="Die Kantone erheben Steuern auf Grundstücke."),))

    checked = check("Die Kantone erheben Steuern auf Grundstücke.", "c1", seen=seen)

    assert checked.citations[0].is_retrieved
    assert checked.sentences[0].support.status == "supported"


def test_where_the_model_cites_nothing_supporting_passages_are_found_and_say_so() -> None:
    checked = check(f"{SENTENCE} Der Mond ist rund.", seen=episode(f"{LAW}-1", f"{LAW}-3"))

    assert [(one.id, one.is_found) for one in checked.citations] == [(f"{LAW}-3", True)]
    assert [one.support.doubt for one in checked.sentences] == ["", "no citation"]


def test_one_word_is_enough_for_a_citation_but_not_to_find_one() -> None:
    seen = episode(f"{LAW}-3")

    assert check("Ferien.", f"{LAW}-3", seen=seen).sentences[0].support.status == "supported"
    assert check("Ferien.", seen=seen).sentences[0].support.doubt == "no citation"
    assert check("Vier Wochen.", seen=seen).citations[0].is_found


def test_each_line_of_an_answer_is_a_sentence_of_its_own() -> None:
    text = "- vier Wochen Ferien\n- fünf Wochen Ferien\n\nGut?"

    checked = check(text, f"{LAW}-3", seen=episode(f"{LAW}-3"))

    assert [text[one.start : one.end] for one in checked.sentences] == text.replace("\n\n", "\n").split("\n")
    assert [one.support.status for one in checked.sentences] == ["supported", "unsupported", "no claim"]


def test_a_citation_that_comes_twice_is_one() -> None:
    assert len(check(SENTENCE, f"{LAW}-3", f"{LAW}-3", seen=episode(f"{LAW}-3")).citations) == 1
