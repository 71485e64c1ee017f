"""Phase 4: dialogues of two to five turns whose later turns rest on the earlier ones."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from mypt.conversation.episode import Episode, Passage
from mypt.sft.drawing import Dialogue, Draw, EpisodeStream, Row, Turn
from mypt.sft.everyday_tasks import (
    ATTRIBUTES,
    Filling,
    Person,
    answer_sentence,
    draw_person,
    draw_task,
    fill_task,
    joined,
    ordinal,
    sort_key,
)
from mypt.sft.generator import GeneratorSettings, Split
from mypt.sft.generators.chat import instructions, opened
from mypt.tokenizer.tokenizer import Tokenizer

Turns = Iterator[Turn]
"""A dialogue that can go on: each turn rests on those before it."""

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
    first, *others = turns
    payload = " | ".join(turn.answer for turn in turns)
    return Dialogue([replace(first, user=opened(draw, first.user)), *others], payload)


def _followup(draw: Draw) -> Dialogue:
    scenario = draw.random.choice(_SCENARIOS)
    return _dialogue(draw, list(islice(scenario(draw), draw.random.randint(2, 5))))


def _topic_switch(draw: Draw) -> Dialogue:
    """One subject, then another, and in half of cases the first again."""
    first, second = (scenario(draw) for scenario in draw.random.sample(_SCENARIOS, 2))
    turns = list(islice(first, draw.random.randint(1, 2)))
    new, *others = islice(second, draw.random.randint(1, 2))
    turns += [_with_words_before(draw, "switch", new), *others]
    if draw.happens(0.5):
        turns.append(_with_words_before(draw, "back", next(first)))
    return _dialogue(draw, turns)


def _with_words_before(draw: Draw, phrase: str, turn: Turn) -> Turn:
    return replace(turn, user=f"{draw.phrase(phrase)} {turn.user}")


def _person(draw: Draw) -> Turns:
    person = draw_person(draw)
    known = draw.random.sample(ATTRIBUTES, 4)
    note = draw.phrase("note", text=" ".join(person.says(draw, attribute) for attribute in known))
    asked = known.pop()
    yield Turn(f"{note} {person.says(draw, asked, form='_ask')}", person.says(draw, asked))
    while True:
        if draw.happens(0.3):
            yield Turn(draw.phrase("in_other_language"), person.says(draw.other_language(), asked))
        elif draw.happens(0.3) and "age" in known:
            yield _age_later(draw, person)
        asked = draw.random.choice([attribute for attribute in known if attribute != asked])
        yield Turn(person.says(draw, asked, form="_again"), person.says(draw, asked))


def _age_later(draw: Draw, person: Person) -> Turn:
    number, age = draw.random.randint(2, 30), person.rows["age"]
    result = age + number
    answer = draw.phrase("age_later_answer", name=person.name, number=number, result=result)
    question = person.says(draw, "age_later", number=number)
    return Turn(question, answer, draw.thoughts(f"{age} + {number} = {result}"))


def _passages(draw: Draw) -> Turns:
    """Two people in two passages; each answer cites the passage that it rests on."""
    people = [draw_person(draw, "f"), draw_person(draw, "m")]
    draw.random.shuffle(people)
    known = draw.random.sample(ATTRIBUTES, 3)
    file = draw.text("titles").replace(" ", "-").lower()
    context = tuple(
        Passage(id=f"{file}#{number}", text=" ".join(person.says(draw, attribute) for attribute in known))
        for number, person in enumerate(people, start=draw.random.randint(1, 90))
    )
    number, asked = 0, known[0]
    yield Turn(
        people[0].says(draw, asked, form="_ask"), people[0].says(draw, asked), None, context, (context[0].id,)
    )
    while True:
        if draw.happens(0.5):
            number = 1 - number
            question = draw.phrase("and_person", name=people[number].name)
        else:
            asked = draw.random.choice([attribute for attribute in known if attribute != asked])
            question = people[number].says(draw, asked, form="_again")
        yield Turn(question, people[number].says(draw, asked), cite=(context[number].id,))


def _word_list(draw: Draw) -> Turns:
    words = draw.words(draw.random.randint(3, 4))
    answer = draw.phrase("list_count_answer", result=len(words))
    yield Turn(draw.phrase("list_start", items=joined(words)), answer)
    last = ""
    while True:
        last = draw.random.choice([name for name in _LIST_CHANGES if name != last])
        values, words, result = _LIST_CHANGES[last](draw, words)
        answer = f"{last}_answer" if last in ("list_nth", "list_last", "list_count") else "list_now"
        yield Turn(draw.phrase(last, **values), draw.phrase(answer, result=result or joined(words), **values))


Change = tuple[Mapping[str, object], list[str], object]


def _nth_of_list(draw: Draw, words: list[str]) -> Change:
    place = draw.random.randrange(min(len(words), 4))
    return {"ordinal": ordinal(draw, place)}, words, words[place]


def _with_new_word(draw: Draw, words: list[str]) -> Change:
    word = next(word for word in draw.words(len(words) + 1) if word not in words)
    return {"word": word}, [*words, word], None


def _without_a_word(draw: Draw, words: list[str]) -> Change:
    if len(words) == 2:
        return _with_new_word(draw, words)
    word = draw.random.choice(words)
    return {"word": word}, [other for other in words if other != word], None


_LIST_CHANGES: Mapping[str, Callable[[Draw, list[str]], Change]] = {
    "list_nth": _nth_of_list,
    "list_last": lambda _, words: ({}, words, words[-1]),
    "list_count": lambda _, words: ({}, words, len(words)),
    "list_sort": lambda _, words: ({}, sorted(words, key=sort_key), None),
    "list_reverse": lambda _, words: ({}, words[::-1], None),
    "list_add": _with_new_word,
    "list_drop": _without_a_word,
}


def _numbers(draw: Draw) -> Turns:
    task = draw_task(draw, ("sum_numbers", "multiply"))
    yield Turn(task.question, task.sentence, draw.thoughts(task.filling.steps))
    first = total = int(task.result)
    while True:
        name = draw.random.choice(("plus", "minus", "times"))
        number = draw.random.randint(2, 5 if name == "times" else max(2, min(total - 1, 40)))
        sign, result = {
            "plus": ("+", total + number), "minus": ("-", total - number), "times": ("x", total * number)
        }[name]  # fmt: skip
        steps = draw.thoughts(f"{total} {sign} {number} = {result}")
        yield Turn(draw.phrase(name, number=number), draw.phrase("calculated", result=result), steps)
        total = result
        if draw.happens(0.25):
            yield Turn(draw.phrase("first_result"), draw.phrase("first_result_answer", result=first))
        elif draw.happens(0.25):
            steps = draw.thoughts(f"{first} + {total} = {first + total}")
            total += first
            yield Turn(draw.phrase("add_results"), draw.phrase("calculated", result=total), steps)


def _translation(draw: Draw) -> Turns:
    """Words one by one, and questions about what they are in the other language."""
    task = draw_task(draw, ("translate",))
    yield Turn(task.question, task.sentence)
    before, word = "", task.result
    while True:
        kind = draw.random.choice(("result_length", "result_spelled", "and_word", "and_word"))
        if kind == "and_word":
            filling = fill_task(draw, "translate")
            before, word = word, filling.result
            yield Turn(draw.phrase(kind, **filling.values), answer_sentence(draw, "translate", filling))
        elif kind == "result_length":
            answer = draw.phrase("count_letters_answer", word=word, result=len(word))
            yield Turn(draw.phrase(kind), answer, draw.thoughts(f"{'-'.join(word)}: {len(word)}"))
        else:
            yield Turn(draw.phrase(kind), draw.phrase("spell_answer", result="-".join(word)))
        if kind == "and_word" and before != word:
            yield Turn(draw.phrase("longer_of_two"), _longer(draw, before, word))


def _longer(draw: Draw, first: str, second: str) -> str:
    if len(first) == len(second):
        return draw.phrase("same_length")
    return draw.phrase("longer_of_two_answer", result=max(first, second, key=len))


def _topic(draw: Draw) -> Turns:
    topic = draw.item("topics")
    own, other = topic[draw.language], topic[draw.other_language().language]
    yield Turn(draw.phrase("explain", name=own["name"]), own["facts"][0])
    for number in (1, 2):
        if draw.happens(0.5):
            yield Turn(draw.phrase("in_other_language"), other["facts"][number - 1])
        yield Turn(draw.phrase("tell_more"), own["facts"][number])
    yield Turn(draw.phrase("first_again"), own["facts"][0])
    yield Turn(draw.phrase("in_other_language"), other["facts"][0])


def _way(draw: Draw) -> Turns:
    way = draw.item("how_to")[draw.language]
    steps = way["steps"]
    yield Turn(draw.phrase("how_to_ask", task=way["task"]), instructions(draw, way))
    while True:
        place = draw.random.randrange(len(steps) - 1)
        values = {"ordinal": ordinal(draw, place)}
        answer = draw.phrase("how_to_step_answer", result=steps[place], **values)
        yield Turn(draw.phrase("step_nth", **values), answer)
        yield Turn(draw.phrase("step_next"), draw.phrase("step_next_answer", result=steps[place + 1]))
        yield Turn(draw.phrase("step_count"), draw.phrase("step_count_answer", result=len(steps)))


def _shop(draw: Draw) -> Turns:
    first, second = (row[draw.language] for row in draw.items("goods", 2))
    price, other = draw.random.sample(range(2, 90), 2)
    steps = draw.thoughts(f"{price} + {other} = {price + other}")
    question = draw.phrase("shop", first=first, second=second, price=price, other_price=other)
    yield Turn(question, draw.phrase("shop_total", result=price + other), steps)
    while True:
        number = draw.random.randint(2, 9)
        steps = draw.thoughts(f"{number} x {price} = {number * price}")
        answer = draw.phrase("shop_many_answer", result=number * price)
        yield Turn(draw.phrase("shop_many", number=number), answer, steps)
        answer = draw.phrase("shop_cheaper_answer", result=first if price < other else second)
        yield Turn(draw.phrase("shop_cheaper"), answer)
        paid = (price + other) // 10 * 10 + draw.random.choice((10, 20, 50, 100))
        steps = draw.thoughts(f"{paid} - {price + other} = {paid - price - other}")
        answer = draw.phrase("shop_change_answer", result=paid - price - other)
        yield Turn(draw.phrase("shop_change", number=paid), answer, steps)


_SCENARIOS: tuple[Callable[[Draw], Turns], ...] = (
    _person, _passages, _word_list, _numbers, _translation, _topic, _way, _shop
)  # fmt: skip


def _clarification(draw: Draw) -> Dialogue:
    """Something is missing or has two readings: asked back once, and then answered."""
    turns = _two_people(draw) if draw.happens(0.4) else _missing_value(draw)
    return _dialogue(draw, turns)


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

    makers: list[Callable[[], Turn]] = [
        lambda: Turn(draw.phrase("weekday_ask"), draw.phrase("weekday_answer", **today)),
        lambda: Turn(draw.phrase("date_ask"), draw.phrase("date_answer", **today)),
        later,
        later,
    ]
    return _some_with(draw, makers, draw.phrase("today", **today))


def _day_values(draw: Draw, day: datetime.date) -> Mapping[str, str]:
    month = draw.whole_table("months")[draw.language][day.month - 1]
    date = draw.phrase("date_form", day=day.day, month=month, year=day.year)
    return {"weekday": draw.whole_table("weekdays")[draw.language][day.weekday()], "date": date}


def _some_with(draw: Draw, makers: list[Callable[[], Turn]], added: str) -> list[Turn]:
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
    turns = islice(_topic(draw), draw.random.randint(2, 3))
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
