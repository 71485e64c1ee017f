"""Dialogues that can go on: each of their turns rests on those before it."""

from collections.abc import Callable, Iterator, Mapping

from mypt.conversation.episode import Passage
from mypt.sft.drawing import Draw, Turn
from mypt.sft.everyday_tasks import (
    ATTRIBUTES,
    Person,
    answer_sentence,
    draw_person,
    draw_task,
    fill_task,
    joined,
    ordinal,
    sort_key,
)
from mypt.sft.generators.chat import instructions

Turns = Iterator[Turn]


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
        unfit = {last, "list_drop"} if len(words) == 2 else {last}
        last = draw.random.choice([name for name in _LIST_CHANGES if name not in unfit])
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
    before, word, kind = "", task.result, ""
    while True:
        kind = draw.random.choice([name for name in _ABOUT_WORDS if name != kind])
        if kind == "and_word":
            filling = fill_task(draw, "translate")
            before, word = word, filling.result
            yield Turn(draw.phrase(kind, **filling.values), answer_sentence(draw, "translate", filling))
        elif kind == "longer_of_two" and before not in ("", word):
            yield Turn(draw.phrase(kind), _longer(draw, before, word))
        elif kind == "result_length":
            answer = draw.phrase("count_letters_answer", word=word, result=len(word))
            yield Turn(draw.phrase(kind), answer, draw.thoughts(f"{'-'.join(word)}: {len(word)}"))
        elif kind == "result_spelled":
            yield Turn(draw.phrase(kind), draw.phrase("spell_answer", result="-".join(word)))


_ABOUT_WORDS = ("and_word", "longer_of_two", "result_length", "result_spelled")


def _longer(draw: Draw, first: str, second: str) -> str:
    if len(first) == len(second):
        return draw.phrase("same_length")
    return draw.phrase("longer_of_two_answer", result=max(first, second, key=len))


def talk_about_topic(draw: Draw) -> Turns:
    """Yield turns on one thing of the world: what it is, more about it, and both in the other language."""
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


SCENARIOS: tuple[Callable[[Draw], Turns], ...] = (
    _person, _passages, _word_list, _numbers, _translation, talk_about_topic, _way, _shop
)  # fmt: skip
