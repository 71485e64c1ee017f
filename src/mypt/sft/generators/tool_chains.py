"""Several calls, each with what the one before gave: search or list, then read until the answer is there."""

from pydantic import JsonValue

from mypt.sft.generators.tool_patterns import answer_summary
from mypt.sft.generators.tool_play import GET_DOC, LIST_DOCS, SEARCH, SUMMARIZE, Play, entries, following
from mypt.sft.generators.tool_workspace import keywords

MOST_CALLS = 5
_SHARE_OF_WANTED = 0.25


def search_then_read(play: Play) -> bool:
    """Read on where a search found the document but not the answer, or where the user wants it read."""
    if play.variant < _SHARE_OF_WANTED:
        play.ask("ask_read", question=play.question())
        return _read_hit(play, play.search(), "think_read")
    play.ask_fact()
    return read_found(play, play.search())


def read_found(play: Play, found: JsonValue) -> bool:
    """Open the page of the first passage that a search found in the right document, if that is needed."""
    return not play.shows_fact and _read_hit(play, found, "think_read_on")


def _read_hit(play: Play, found: JsonValue, think: str) -> bool:
    hits = [hit for hit in entries(found, "passages") if hit["doc_id"] == play.fact.document.id]
    if not hits:
        return False
    exact = [hit for hit in hits if play.shows_fact and hit["id"] == play.fact.passage.id]
    hit = (exact or hits)[0]
    return read_until_shown(play, think, {"doc_id": hit["doc_id"], "page": hit["page"]})


def read_until_shown(play: Play, think: str, arguments: dict[str, JsonValue]) -> bool:
    """Read a document from a place on until the answer is shown, and give it."""
    while play.n_calls < MOST_CALLS:
        title = play.fact.document.title
        result = play.call(GET_DOC, play.phrase(think, title=title), **arguments)
        rest = following(result)
        if play.shows_fact or not rest:
            return play.answer_fact()
        think, arguments = "think_next_page", {"doc_id": play.fact.document.id, **rest}
    return False


def list_then_read(play: Play) -> bool:
    """Choose the document from the list by its title, and read it."""
    play.ask("from_list", subject=play.fact.subject, question=play.question())
    return read_listed(play, "think_list_first")


def read_listed(play: Play, think: str) -> bool:
    """Look through the list for the document, and read it from its beginning."""
    page: dict[str, JsonValue] = {}
    while play.n_calls < MOST_CALLS:
        result = play.call(LIST_DOCS, play.phrase(think), **page)
        if any(entry["doc_id"] == play.fact.document.id for entry in entries(result, "documents")):
            return read_until_shown(play, "think_chosen", {"doc_id": play.fact.document.id})
        page, think = following(result), "think_next_list"
        if not page:
            return False
    return False


def search_then_summarize(play: Play) -> bool:
    """Find the id of a document by its title, and sum it up."""
    document = play.fact.document
    play.ask("sum_title", title=document.title)
    found = play.call(SEARCH, play.phrase("think_find_id"), query=keywords(document.title))
    if not any(hit["doc_id"] == document.id for hit in entries(found, "passages")[:1]):
        return False
    return answer_summary(play, play.call(SUMMARIZE, play.phrase("think_sum"), doc_id=document.id))
