"""What one call can do: search, list, read and sum up."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from mypt.sft.generators.tool_play import (
    GET_DOC,
    LIST_DOCS,
    SEARCH,
    SUMMARIZE,
    Play,
    distinct,
    entries,
    following,
    texts,
)
from mypt.sft.generators.tool_workspace import PlacedFact, facts_in, keywords, passages_of
from mypt.sft.made_up_documents import documents

Pattern = Callable[[Play], bool]
"""Plays a conversation to its end; False where the workspace does not give what it takes."""

_SHARES_OF_SEARCHES = (0.7, 0.08, 0.12, 0.1)
_SHARE_OF_TWINS = 0.5
_SHARE_OF_TEXTS = 0.3
_LONGEST_PAGE = 600
_MOST_SENTENCES = 2


def search(play: Play) -> bool:
    """Search once and answer from a passage that was found."""
    kind = play.rng.choices(("fact", "words", "top", "document"), _SHARES_OF_SEARCHES)[0]
    if kind in ("words", "top"):
        return _passages(play, play.rng.choice((2, 3)) if kind == "top" else None)
    if kind == "document":
        play.ask("search_in", id=play.fact.document.id, question=play.question())
        only: JsonValue = {"documents": [play.fact.document.id]}
        think = play.phrase("think_search", topic=play.fact.topic)
        play.call(SEARCH, think, query=play.fact.query, filters=only)
    else:
        play.ask_fact()
        play.search()
    return play.answer_fact()


def _passages(play: Play, n: int | None) -> bool:
    """Search for given words, or for so many passages, and say where they stand."""
    if n:
        play.ask("best_passages", n=n, topic=play.fact.topic)
        result = play.call(SEARCH, play.phrase("think_top", n=n), query=play.fact.query, top_k=n)
    else:
        play.ask("search_words", query=play.fact.query)
        result = play.call(SEARCH, play.phrase("think_words"), query=play.fact.query)
    return answer_passages(play, result, n)


def answer_passages(play: Play, result: JsonValue, n: int | None) -> bool:
    """Answer with the titles of what was found and cite it; False where it is not as many as wanted."""
    found = texts(result, "passages", "id")
    titles = "; ".join(distinct(texts(result, "passages", "title")))
    is_right = bool(found) and n in (None, len(found))
    return is_right and play.answer(play.phrase("answer_passages", n=len(found), titles=titles), found)


def no_results(play: Play) -> bool:
    """Search for what the documents do not state, and say that they do not."""
    twin = _twin(play)
    topic, question = twin or foreign(play)
    play.ask("ask", question=question)
    result = play.call(SEARCH, play.phrase("think_search", topic=topic), query=keywords(topic))
    if twin and not _shows_all_of_it(play):
        return False
    return answer_nothing(play, result, topic)


def _shows_all_of_it(play: Play) -> bool:
    """Whether the whole document about the subject was shown; else there would be more to read."""
    shown = play.shown()
    passages = passages_of(play.workspace.view, play.fact.document)
    return all(shown.get(passage.id) == passage.text for passage in passages)


def answer_nothing(play: Play, found: JsonValue, topic: str) -> bool:
    """Say that what was found does not tell, or that nothing was found."""
    if entries(found, "passages"):
        return play.answer(play.phrase("answer_unstated", topic=topic), think="think_nothing")
    return play.answer(play.phrase("answer_empty", topic=topic), think="think_empty")


def foreign(play: Play) -> tuple[str, str]:
    """Ask about something that no document is about."""
    subjects = {fact.subject for fact in play.workspace.facts}
    while (document := documents(play.language, play.rng)).subject in subjects:
        pass
    fact = play.rng.choice(facts_in(document))
    return fact.topic, play.rng.choice(fact.questions)


def _twin(play: Play) -> tuple[str, str] | None:
    """Ask for what a document of the same kind states of its subject, and this one does not of its own."""
    if play.rng.random() >= _SHARE_OF_TWINS:
        return None
    facts = [fact for fact in play.workspace.facts if fact.kind == play.fact.kind]
    known = {fact.attribute for fact in facts if fact.subject == play.fact.subject}
    others = [fact for fact in facts if fact.attribute not in known]
    if not others:
        return None
    other = play.rng.choice(others)
    return _about(other.topic, other, play.fact), _about(play.rng.choice(other.questions), other, play.fact)


def _about(text: str, fact: PlacedFact, instead: PlacedFact) -> str:
    """Put one subject in place of another; the articles before German ones are the same."""
    text = text.replace(bare(fact.subject), bare(instead.subject))
    return text[0].upper() + text[1:] if text.endswith("?") else text


def bare(subject: str) -> str:
    """Return a subject without its article."""
    return subject.removeprefix("die ").removeprefix("the ")


def list_docs(play: Play) -> bool:
    """Say which documents there are, or how many."""
    n, kind = len(play.workspace.documents), play.rng.random()
    if kind < 0.3:
        play.ask("count")
        play.call(LIST_DOCS, play.phrase("think_list"))
        return play.answer(play.phrase("answer_count", n=n), think="")
    if kind < 0.5 and n > 1:
        return _list_page(play, n)
    play.ask("list")
    return answer_list(play, play.call(LIST_DOCS, play.phrase("think_list")))


def answer_list(play: Play, result: JsonValue) -> bool:
    """Answer with the titles of a list, and how many there are in all."""
    titles = texts(result, "documents", "title")
    n = len(play.workspace.documents)
    name = "answer_list" if len(titles) == n else "answer_list_part"
    told = play.phrase(name, n=n, k=len(titles), titles="; ".join(titles))
    return play.answer(told, think="")


def _list_page(play: Play, n: int) -> bool:
    first = play.workspace.run(LIST_DOCS, {})
    n_pages = -(-n // len(texts(first, "documents", "title")))
    page = play.rng.randint(1, n_pages)
    play.ask("list_page", page=page)
    result = play.call(LIST_DOCS, play.phrase("think_list"), page=page)
    titles = "; ".join(texts(result, "documents", "title"))
    return play.answer(play.phrase("answer_list_page", page=page, titles=titles), think="")


def get_doc(play: Play) -> bool:
    """Read a page that the user names, for a fact or for all that it says."""
    document, page = play.fact.document, play.fact.passage.page
    by_id = play.rng.random() < 0.5
    named: dict[str, JsonValue] = {"doc_id": document.id} if by_id else {"title": document.title}
    name = document.id if by_id else f"“{document.title}”"
    kind = play.rng.random()
    if kind < 0.25 and document.n_pages > 1:
        first = play.rng.randint(max(1, page - 1), min(page, document.n_pages - 1))
        play.ask(
            "read_range", first=first, last=first + 1, name=_quoted(play, name), question=play.question()
        )
        play.call(GET_DOC, play.phrase("think_read"), **named, range=f"{first}-{first + 1}")
        return play.answer_fact()
    if kind < 0.5:
        return _show_page(play, named, _quoted(play, name))
    play.ask(
        "read_id" if by_id else "read_title",
        id=document.id,
        title=document.title,
        page=page,
        question=play.question(),
    )
    play.call(GET_DOC, play.phrase("think_read"), **named, page=page)
    return play.answer_fact()


def _quoted(play: Play, name: str) -> str:
    return name.replace("“", "„").replace("”", "“") if play.language == "de" else name


def _show_page(play: Play, named: Mapping[str, JsonValue], name: str) -> bool:
    page = play.fact.passage.page
    play.ask("show_page", page=page, name=name)
    result = play.call(GET_DOC, play.phrase("think_read"), **named, page=page)
    text = " ".join(" ".join(texts(result, "passages", "text")).split())
    if not text or len(text) > _LONGEST_PAGE or "range" in following(result):
        return False
    told = play.phrase("answer_page", page=page, title=play.fact.document.title, text=text)
    return play.answer(told, texts(result, "passages", "id"), think="")


def summarize(play: Play) -> bool:
    """Sum up a document by its id, or a text that the user gives."""
    if play.rng.random() < _SHARE_OF_TEXTS:
        passages = documents(play.language, play.rng).passages[:3]
        text = " ".join(passage.text for passage in passages)
        play.ask("sum_text", text=text)
        result = play.call(SUMMARIZE, play.phrase("think_sum"), text=text)
        return answer_summary(play, result)
    play.ask("sum_id", id=play.fact.document.id)
    return answer_summary(play, play.call(SUMMARIZE, play.phrase("think_sum"), doc_id=play.fact.document.id))


def answer_summary(play: Play, result: JsonValue) -> bool:
    """Answer with the first sentences of a summary and cite where they stand."""
    whole = [one for one in entries(result, "sentences") if str(one["text"]).endswith(".")]
    sentences = whole[:_MOST_SENTENCES]
    if not sentences:
        return False
    text = " ".join(str(sentence["text"]) for sentence in sentences)
    cited = distinct([str(sentence["id"]) for sentence in sentences if "id" in sentence])
    return play.answer(play.phrase("answer_sum", text=text), cited, think="")
