"""Phase 4: dialogues of two to five turns whose later turns rest on the earlier ones."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from mypt.conversation.episode import Episode
from mypt.sft.drawing import Dialogue, Draw, EpisodeStream, Row, Turn
from mypt.sft.everyday_tasks import (
    ATTRIBUTES,
    Filling,
    answer_sentence,
    draw_person,
    fill_task,
)
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.chat import SHARE_OF_OPENERS
from mypt.sft.generators.scenarios import SCENARIOS, talk_about_topic
from mypt.tokenizer.tokenizer import Tokenizer

_SHARE_OF_CLEAR_QUESTIONS = 0.25
"""Of the dialogues on clarification, those where nothing is to be asked back."""
_FIRST_DAY = datetime.date(2024, 1, 1).toordinal()
_N_DAYS = 20 * 365


class MultiTurn:
    """Episodes of several turns, in English and German."""

    def __init__(self, settings: GeneratorSettings, tokenizer: Tokenizer) -> None:
        self._stream = EpisodeStream(settings, tokenizer, "multi_turn", 4, _PATTERNS)

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split; InputError when there are not as many different ones."""
        return self._stream.episodes(split)


def _dialogue(draw: Draw, turns: list[Turn]) -> Dialogue:
    if draw.happens(SHARE_OF_OPENERS):
        turns[0] = _with_words_before(draw, "openers", turns[0])
    return Dialogue(turns, " | ".join(turn.answer for turn in turns))


def _followup(draw: Draw) -> Dialogue:
    scenario = draw.random.choice(SCENARIOS)
    return _dialogue(draw, list(islice(scenario(draw), draw.random.randint(2, 5))))


def _topic_switch(draw: Draw) -> Dialogue:
    """One subject, then another, and in half of cases the first again."""
    first, second = (scenario(draw) for scenario in draw.random.sample(SCENARIOS, 2))
    turns = list(islice(first, draw.random.randint(1, 2)))
    new, *others = islice(second, draw.random.randint(1, 2))
    turns += [_with_words_before(draw, "switch", new), *others]
    if draw.happens(0.5):
        turns.append(_with_words_before(draw, "back", next(first)))
    return _dialogue(draw, turns)


def _with_words_before(draw: Draw, phrase: str, turn: Turn) -> Turn:
    return replace(turn, user=f"{draw.phrase(phrase)} {turn.user}")


def _clarification(draw: Draw) -> Dialogue:
    """Something is missing or has two readings: asked back once, and then answered."""
    return _dialogue(draw, _two_people(draw) if draw.happens(0.4) else _missing_value(draw))


_ASKED_BACK: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("count_letters", "spell", "translate"), ("word", "which_word")),
    **dict.fromkeys(("sort_words", "reverse_items", "longest_word"), ("items", "which_words")),
    **dict.fromkeys(("sum_numbers", "sort_numbers", "largest_number"), ("items", "which_numbers")),
    **dict.fromkeys(("shorten", "count_words"), ("text", "which_text")),
}
"""Task → the value that may be missing, and how it is asked for."""


def _missing_value(draw: Draw) -> list[Turn]:
    name = draw.random.choice(tuple(_ASKED_BACK))
    missing, which = _ASKED_BACK[name]
    filling = fill_task(draw, name)
    if draw.happens(_SHARE_OF_CLEAR_QUESTIONS):
        turns = [_computed(draw, name, filling, draw.phrase(name, **filling.values))]
    else:
        given = draw.phrase("give", value=filling.values[missing])
        turns = [Turn(draw.phrase(f"{name}_vague"), draw.phrase(which))]
        turns.append(_computed(draw, name, filling, given))
    for _ in range(draw.random.randint(2 - len(turns), 2)):
        filling = fill_task(draw, name)
        turns.append(_computed(draw, name, filling, draw.phrase("same_with", value=filling.values[missing])))
    return turns


def _computed(draw: Draw, name: str, filling: Filling, question: str) -> Turn:
    return Turn(question, answer_sentence(draw, name, filling), draw.thoughts(filling.steps))


def _two_people(draw: Draw) -> list[Turn]:
    """`How old is she?` is asked back when there are two women, and answered when there is one."""
    is_clear = draw.happens(_SHARE_OF_CLEAR_QUESTIONS)
    first = draw_person(draw)
    gender = first.gender if not is_clear else {"f": "m", "m": "f"}[first.gender]
    known = draw.random.sample(ATTRIBUTES, 2)
    second = draw_person(draw, gender)
    while second.name == first.name or second.rows[known[0]] == first.rows[known[0]]:
        second = draw_person(draw, gender)
    meant, other = draw.random.sample((first, second), 2)
    told = " ".join(person.says(draw, attribute) for person in (first, second) for attribute in known)
    question = f"{draw.phrase('note', text=told)} {meant.says(draw, known[0], form='_again')}"
    answer = meant.says(draw, known[0])
    turns = [Turn(question, answer)]
    if not is_clear:
        back = draw.phrase("which_person", first=first.name, second=second.name)
        turns = [Turn(question, back), Turn(draw.phrase("this_person", name=meant.name), answer)]
    turns.append(Turn(draw.phrase("and_person", name=other.name), other.says(draw, known[0])))
    if draw.happens(0.5):
        turns.append(Turn(other.says(draw, known[1], form="_again"), other.says(draw, known[1])))
    return turns


def _assistant_context(draw: Draw) -> Dialogue:
    """The system adds a date, a memory, a summary, an order or a wish, and the answers use it."""
    return _dialogue(draw, draw.random.choice(_ADDED)(draw))


def _date(draw: Draw) -> list[Turn]:
    day = datetime.date.fromordinal(_FIRST_DAY + draw.random.randrange(_N_DAYS))
    today = _day_values(draw, day)

    def later() -> Turn:
        number = draw.random.randint(2, 12)
        values = _day_values(draw, day + datetime.timedelta(number))
        return Turn(
            draw.phrase("later_ask", number=number), draw.phrase("later_answer", number=number, **values)
        )

    def about_today(part: str) -> Turn:
        return Turn(draw.phrase(f"{part}_ask"), draw.phrase(f"{part}_answer", **today))

    makers: Sequence[Callable[[], Turn]] = [
        *(partial(about_today, one) for one in ("weekday", "date")),
        later,
        later,
    ]
    return _some_with(draw, makers, draw.phrase("today", **today))


def _day_values(draw: Draw, day: datetime.date) -> Mapping[str, str]:
    month = draw.whole_table("months")[draw.language][day.month - 1]
    date = draw.phrase("date_form", day=day.day, month=month, year=day.year)
    return {"weekday": draw.whole_table("weekdays")[draw.language][day.weekday()], "date": date}


def _some_with(draw: Draw, makers: Sequence[Callable[[], Turn]], added: str) -> list[Turn]:
    """Return two to four turns in a drawn order; what the system adds stands in the first."""
    first, *others = (make() for make in draw.random.sample(makers, draw.random.randint(2, len(makers))))
    return [replace(first, assistant_context=added), *others]


def _memory(draw: Draw) -> list[Turn]:
    person = draw_person(draw)
    known = draw.random.sample(ATTRIBUTES, 3)
    facts = [draw.phrase("user_name", name=person.name), *(person.says(draw, one) for one in known)]

    def told(attribute: str) -> Turn:
        return Turn(person.says(draw, attribute, form="_me"), person.says(draw, attribute, form="_you"))

    makers = [partial(told, attribute) for attribute in (*known, "name")]
    return _some_with(draw, makers, draw.phrase("memory", text=" ".join(facts)))


def _told(draw: Draw, subject: str, parts: tuple[str, ...], values: Mapping[str, Row]) -> list[Turn]:
    def told(part: str) -> Turn:
        return Turn(draw.phrase(f"{subject}_{part}_ask"), draw.phrase(f"{subject}_{part}_answer", **values))

    return _some_with(draw, [partial(told, part) for part in parts], draw.phrase(subject, **values))


def _trip(draw: Draw) -> list[Turn]:
    people, cost = draw.random.randint(2, 9), draw.random.randint(4, 60) * 10
    values = {"city": draw.item("cities"), "people": people, "cost": cost, "result": people * cost}
    return _told(
        draw, "trip", ("city", "cost", "days", "people"), {**values, "days": draw.random.randint(2, 20)}
    )


def _parcel(draw: Draw) -> list[Turn]:
    sent, arrives = draw.random.sample(draw.whole_table("weekdays")[draw.language], 2)
    number, count = draw.random.randint(1000, 9999), draw.random.randint(2, 9)
    values = {"number": number, "count": count, "thing": draw.text("goods"), "sent": sent, "arrives": arrives}
    return _told(draw, "parcel", ("arrives", "what", "number", "sent"), values)


def _wish(draw: Draw) -> list[Turn]:
    """Answers are in capitals or in small letters, as the settings of the user say."""
    rule, apply = draw.random.choice((("capitals_rule", str.upper), ("lower_rule", str.lower)))
    turns = islice(talk_about_topic(draw), draw.random.randint(2, 3))
    first, *others = (Turn(turn.user, apply(turn.answer)) for turn in turns)
    added = draw.phrase("wish", rule=draw.phrase(rule))
    return [Turn(first.user, first.answer, assistant_context=added), *others]


_ADDED: tuple[Callable[[Draw], list[Turn]], ...] = (_date, _memory, _trip, _parcel, _wish)

_PATTERNS: Mapping[str, tuple[float, Callable[[Draw], Dialogue]]] = {
    "followup": (0.40, _followup),
    "clarification": (0.25, _clarification),
    "topic_switch": (0.15, _topic_switch),
    "assistant_context": (0.20, _assistant_context),
}
