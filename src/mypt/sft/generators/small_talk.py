"""What needs no tool: small talk, small sums, and questions that a given passage answers already."""

import random
from collections.abc import Mapping
from functools import cache

from mypt.config import Section
from mypt.conversation.episode import Passage
from mypt.sft.generators.tool_play import Play
from mypt.sft.phrase_lists import read_table

_SHARE_OF_GIVEN = 0.35


Lists = Mapping[str, tuple[str, ...]]
Pairs = Mapping[str, tuple[tuple[str, str], ...]]


class _Table(Section):
    """Questions with their answers by language, and the words that fill them."""

    train: Pairs
    val: Pairs
    slots: Mapping[str, Lists]


def no_tool(play: Play) -> bool:
    """Answer without a call."""
    if play.rng.random() < _SHARE_OF_GIVEN:
        return _given(play)
    table = _table()
    pairs = (table.train if play.split == "train" else table.val)[play.language]
    number = play.rng.randrange(len(pairs))
    slots = _slots(table.slots, play.language, play.rng)
    question, answer = (text.format(**slots) for text in pairs[number])
    play.say(question, f"no_tool-{play.split}-{play.language}-{number}")
    return play.answer(answer, think="think_no_tool")


@cache
def _table() -> _Table:
    return _Table.model_validate(read_table("no_tool"))


def _given(play: Play) -> bool:
    passage = play.fact.passage
    play.say(
        play.question(), f"given-{play.split}-{play.language}", [Passage(id=passage.id, text=passage.text)]
    )
    return play.answer(play.rng.choice(play.fact.statements), [passage.id], think="think_given")


def _slots(lists: Mapping[str, Lists], language: str, rng: random.Random) -> dict[str, object]:
    """Draw what the pairs leave open."""
    a, b, c = rng.randint(11, 400), rng.randint(2, 99), rng.randint(2, 9)
    days, day = lists["days"][language], rng.randrange(7)
    word, other = rng.sample(lists["words"][language], 2)
    name = f"{rng.choice(lists['names'][language])} {rng.choice(lists['families'][language])}"
    return {
        "a": a, "b": b, "c": c, "sum": a + b, "product": a * c,
        "ordered": ", ".join(map(str, sorted((a, a + b, c)))),
        "name": name, "day": days[day], "next_day": days[(day + 1) % 7],
        "word": word, "other": other, "upper": f"{word} {other}".upper(),
        "spelled": "-".join(word.upper()), "letters": len(word),
        "first": word[0].upper(), "last": word[-1],
    }  # fmt: skip
