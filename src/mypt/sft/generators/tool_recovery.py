"""What to do when a call goes wrong: another place, another title, other words, or an honest end."""

import random

from mypt.sft.generators.tool_chains import read_found, read_listed, read_until_shown
from mypt.sft.generators.tool_patterns import Pattern, answer_nothing, bare, foreign
from mypt.sft.generators.tool_play import GET_DOC, SEARCH, Play, entries
from mypt.sft.generators.tool_workspace import keywords

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 12
_LEAST_TO_SWAP = 4
_SHARE_OF_BROKEN_SEARCHES = 0.6
_SHARE_OF_LISTS = 0.5
_SHARE_OF_MISSPELT = 0.3
FAILURES = ("failed: TimeoutError", "failed: OSError", "took longer than 20 seconds")
"""What is told of a tool that breaks or is too slow."""


def recovery(play: Play) -> bool:
    """Play one of the ways to go wrong and to come right."""
    return play.one_of(WAYS)(play)


def _wrong_id(play: Play) -> bool:
    """The user names a document that there is not; its matter is found by a search."""
    name = "d" + "".join(play.rng.choices(_ID_LETTERS, k=_ID_LENGTH))
    page = play.rng.randint(1, 3)
    play.ask("read_id", id=name, page=page, question=play.question())
    play.call(GET_DOC, play.phrase("think_read"), doc_id=name, page=page)
    found = play.search("think_bad_id")
    return play.answer_fact() or read_found(play, found)


def _wrong_page(play: Play) -> bool:
    """The user names a page that there is not; the document is read from its beginning."""
    document = play.fact.document
    page = document.n_pages + play.rng.randint(1, 9)
    play.ask("read_title", title=document.title, page=page, question=play.question())
    play.call(GET_DOC, play.phrase("think_read"), title=document.title, page=page)
    return read_until_shown(play, "think_bad_page", {"title": document.title, "page": 1})


def _wrong_title(play: Play) -> bool:
    """The user misspells a title; the error names the document, or the list does."""
    document, page = play.fact.document, play.fact.passage.page
    title = play.rng.choice(
        (misspelt(document.title, play.rng, _SHARE_OF_MISSPELT), keywords(play.fact.subject))
    )
    play.ask("read_title", title=title, page=page, question=play.question())
    told = play.call(GET_DOC, play.phrase("think_read"), title=title, page=page)
    if not isinstance(told, dict) or "error" not in told:
        return False
    if document.id in str(told):
        return read_until_shown(play, "think_bad_title", {"doc_id": document.id, "page": page})
    return read_listed(play, "think_no_title")


def _other_words(play: Play) -> bool:
    """The user misspells a name, so that nothing is found; the matter itself, or the list, leads there."""
    name, question = bare(play.fact.subject), play.question()
    if name not in question:
        return False
    wrong = misspelt(name, play.rng)
    play.ask("ask", question=question.replace(name, wrong))
    think = play.phrase("think_search_name", name=wrong)
    if entries(play.call(SEARCH, think, query=keywords(wrong)), "passages"):
        return False
    if play.rng.random() < _SHARE_OF_LISTS:
        return read_listed(play, "think_look_in_list")
    rest = " ".join(word for word in play.fact.query.split() if word not in name.split())
    found = play.call(SEARCH, play.phrase("think_other_words"), query=rest)
    return play.answer_fact() or read_found(play, found)


def _honest_end(play: Play) -> bool:
    """Nothing is found, nor with other words; the answer says so."""
    topic, question = foreign(play)
    play.ask("ask", question=question)
    query = keywords(topic)
    if entries(play.call(SEARCH, play.phrase("think_search", topic=topic), query=query), "passages"):
        return False
    again = " ".join(query.split()[-2:])
    found = play.call(SEARCH, play.phrase("think_other_words"), query=again)
    return again != query and answer_nothing(play, found, topic)


def _broken_tool(play: Play) -> bool:
    """A tool fails by no fault of the call, which is made again."""
    reason = play.rng.choice(FAILURES)
    if play.rng.random() < _SHARE_OF_BROKEN_SEARCHES:
        play.ask_fact()
        think = play.phrase("think_search", topic=play.fact.topic)
        play.broken(SEARCH, think, reason, query=play.fact.query)
        found = play.search("think_failed")
        return play.answer_fact() or read_found(play, found)
    document, page = play.fact.document, play.fact.passage.page
    play.ask("read_title", title=document.title, page=page, question=play.question())
    play.broken(GET_DOC, play.phrase("think_read"), reason, title=document.title, page=page)
    return read_until_shown(play, "think_failed", {"title": document.title, "page": page})


def misspelt(text: str, rng: random.Random, share: float = 1.0) -> str:
    """Return a text with two letters swapped in the longest word and a share of the other long ones."""
    words = text.split()
    longest = max(words, key=len)
    return " ".join(
        _swapped(word, rng)
        if word == longest or (len(word) >= _LEAST_TO_SWAP and rng.random() < share)
        else word
        for word in words
    )


def _swapped(word: str, rng: random.Random) -> str:
    places = [n for n in range(1, len(word) - 1) if word[n] != word[n + 1] and word[n : n + 2].isalpha()]
    if not places:
        return word
    place = rng.choice(places)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


WAYS: tuple[Pattern, ...] = (_wrong_id, _wrong_page, _wrong_title, _other_words, _honest_end, _broken_tool)
