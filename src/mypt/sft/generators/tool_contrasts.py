"""Wrong calls that are shown but not learned, what really came of them, and the right ones."""

from pydantic import JsonValue

from mypt.sft.generators.tool_patterns import Pattern, answer_list, answer_passages, answer_summary
from mypt.sft.generators.tool_play import GET_DOC, LIST_DOCS, SEARCH, SUMMARIZE, Play
from mypt.sft.generators.tool_workspace import keywords


def contrastive(play: Play) -> bool:
    """Play one of the scenarios."""
    return play.one_of(SCENARIOS)(play)


def _list_for_search(play: Play) -> bool:
    play.ask_fact()
    play.wrong(LIST_DOCS)
    play.search("contrast_list_for_search")
    return play.answer_fact()


def _search_for_list(play: Play) -> bool:
    question = play.ask("list")
    play.wrong(SEARCH, query=keywords(question) or question)
    return answer_list(play, play.call(LIST_DOCS, play.phrase("contrast_search_for_list")))


def _read_for_summary(play: Play) -> bool:
    name = play.fact.document.id
    play.ask("sum_id", id=name)
    play.wrong(GET_DOC, doc_id=name)
    return answer_summary(play, play.call(SUMMARIZE, play.phrase("contrast_read_for_sum"), doc_id=name))


def _search_for_read(play: Play) -> bool:
    _ask_for_page(play)
    play.wrong(SEARCH, query=play.question(), top_k=1)
    return not play.shows_fact and _read(play, "contrast_search_for_read")


def _summary_for_read(play: Play) -> bool:
    _ask_for_page(play)
    play.wrong(SUMMARIZE, doc_id=play.fact.document.id)
    return not play.shows_fact and _read(play, "contrast_sum_for_read")


def _wrong_argument(play: Play) -> bool:
    _ask_for_page(play)
    wrong = play.rng.choice(("id", "document", "name", "file"))
    arguments: dict[str, JsonValue] = {wrong: play.fact.document.id, "page": play.fact.passage.page}
    play.wrong(GET_DOC, **arguments)
    return _read(play, "contrast_argument")


def _wrong_tool_name(play: Play) -> bool:
    _ask_for_page(play)
    wrong = play.rng.choice(("workspace.open", "workspace.read", "workspace.get_page", "get_doc"))
    play.wrong(wrong, doc_id=play.fact.document.id, page=play.fact.passage.page)
    return _read(play, "contrast_tool_name")


def _number_as_text(play: Play) -> bool:
    n = play.rng.choice((2, 3))
    play.ask("best_passages", n=n, topic=play.fact.topic)
    play.wrong(SEARCH, query=play.fact.query, top_k=str(n))
    result = play.call(SEARCH, play.phrase("contrast_number"), query=play.fact.query, top_k=n)
    return answer_passages(play, result, n)


def _ask_for_page(play: Play) -> None:
    play.ask("read_id", id=play.fact.document.id, page=play.fact.passage.page, question=play.question())


def _read(play: Play, think: str) -> bool:
    play.call(GET_DOC, play.phrase(think), doc_id=play.fact.document.id, page=play.fact.passage.page)
    return play.answer_fact()


SCENARIOS: tuple[Pattern, ...] = (
    _list_for_search,
    _search_for_list,
    _read_for_summary,
    _search_for_read,
    _summary_for_read,
    _wrong_argument,
    _wrong_tool_name,
    _number_as_text,
)
