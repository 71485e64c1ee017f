"""Phase 3: chat without documents, rules of the system, injected instructions, and strict JSON."""

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from mypt.conversation.episode import Episode, Passage
from mypt.conversation.system_prompts import CHAT_SYSTEM_PROMPTS
from mypt.sft.drawing import Dialogue, Draw, EpisodeStream, Row, Turn, capitalised
from mypt.sft.everyday_tasks import (
    ATTRIBUTES,
    NUMERIC_TASKS,
    TASKS,
    WORD_TASKS,
    draw_person,
    draw_task,
    draw_yes_no,
    follow,
    joined,
    numbered,
    numbers,
    ordinal,
)
from mypt.sft.generator import GeneratorSettings, Split
from mypt.tokenizer.tokenizer import Tokenizer

SHARE_OF_OPENERS = 0.4
_SHARE_OF_BARE_ANSWERS = 0.35
_EXPLAIN = ("explain", "explain_two", "explain_three")


class Chat:
    """Episodes of one turn, in English and German."""

    def __init__(self, settings: GeneratorSettings, tokenizer: Tokenizer) -> None:
        self._stream = EpisodeStream(settings, tokenizer, "chat", 3, _PATTERNS)

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split; InputError when there are not as many different ones."""
        return self._stream.episodes(split)


def opened(draw: Draw, question: str) -> str:
    """Return a question, sometimes with a few words before it."""
    return f"{draw.phrase('openers')} {question}" if draw.happens(SHARE_OF_OPENERS) else question


def explanation(draw: Draw) -> tuple[str, str, str]:
    """Return a question about one to three things of the world, its answer and its payload."""
    if draw.happens(0.6):
        topics = [topic[draw.language] for topic in draw.items("topics", draw.random.randint(2, 3))]
        names = "; ".join(topic["name"] for topic in topics)
        return (
            draw.phrase("explain_each", items=names),
            " ".join(topic["facts"][0] for topic in topics),
            names,
        )
    topic, n_facts = draw.item("topics")[draw.language], draw.random.randint(1, 3)
    question = draw.phrase(_EXPLAIN[n_facts - 1], name=topic["name"])
    return question, " ".join(topic["facts"][:n_facts]), topic["name"]


def instructions(draw: Draw, way: Row) -> str:
    """Return all steps of a way to do something, in one sentence."""
    return draw.phrase("how_to_answer", **{f"step_{n}": step for n, step in enumerate(way["steps"], start=1)})


def _greeting(draw: Draw) -> Dialogue:
    person, about = draw_person(draw), draw.item("about")[draw.language]
    hello = draw.phrase("hello")
    intro = draw.phrase("intro", name=person.name, city=person.rows["city"])
    welcome = draw.phrase("hello_answer", name=person.name)
    payload = f"{person.name} {person.rows['city']}"
    if draw.happens(0.15):
        return _one_turn(f"{hello} {intro}", f"{welcome} {draw.phrase('offer')}", payload)
    question = draw.random.choice(about[draw.split])
    return _one_turn(f"{hello} {intro} {question}", f"{welcome} {about['answer']}", payload)


def _explain(draw: Draw) -> Dialogue:
    question, answer, payload = explanation(draw)
    return _one_turn(opened(draw, question), answer, payload)


def _how_to(draw: Draw) -> Dialogue:
    way = draw.item("how_to")[draw.language]
    if draw.happens(0.4):
        place = draw.random.randrange(len(way["steps"]))
        name = ordinal(draw, place)
        question = draw.phrase("how_to_step", task=way["task"], ordinal=name)
        answer = draw.phrase("how_to_step_answer", ordinal=name, result=way["steps"][place])
        return _one_turn(opened(draw, question), answer, f"{way['task']} {place}")
    question = draw.phrase("how_to_ask", task=way["task"])
    if draw.happens(0.5):
        question, steps = (
            follow(question, draw.phrase("how_to_list")),
            [capitalised(step) for step in way["steps"]],
        )
        return _one_turn(opened(draw, question), numbered(steps), f"{way['task']} list")
    return _one_turn(opened(draw, question), instructions(draw, way), way["task"])


def _rewrite(draw: Draw) -> Dialogue:
    task = draw_task(draw, TASKS)
    question, answer = task.question, task.sentence
    if draw.happens(_SHARE_OF_BARE_ANSWERS):
        question, answer = follow(question, draw.phrase("only_result")), task.result
    return _one_turn(opened(draw, question), answer, task.payload, draw.thoughts(task.filling.steps))


def _one_turn(
    question: str, answer: str, payload: str, think: str | None = None, system: str | None = None
) -> Dialogue:
    return Dialogue([Turn(question, answer, think)], payload, system)


def _hierarchy(draw: Draw) -> Dialogue:
    rule = draw.random.choices(tuple(_RULES), [weight for weight, _ in _RULES.values()])[0]
    return _RULES[rule][1](draw)


def _under_rule(draw: Draw, rule: str) -> str:
    """Return a system text with a rule, alone or behind a usual one."""
    usual = draw.random.choice(
        [text for text in CHAT_SYSTEM_PROMPTS if ("Du" in text) == (draw.language == "de")]
    )
    return f"{usual} {rule}" if draw.happens(0.6) else rule


def _question_under(draw: Draw, name: str, question: str) -> str:
    """Return a question that goes against a rule in half of cases."""
    if draw.happens(0.5):
        question = follow(question, draw.phrase(f"{name}_against"))
    return opened(draw, question)


def _style(name: str, apply: Callable[[str, str], str]) -> Callable[[Draw], Dialogue]:
    """A rule about how an answer is written."""

    def dialogue(draw: Draw) -> Dialogue:
        rule, sign = style_rule(draw, name)
        task = draw_task(draw, WORD_TASKS if name in ("capitals", "lower") else TASKS)
        question, answer, payload = task.question, task.sentence, task.payload
        if draw.happens(0.3):
            question, answer, payload = explanation(draw)
        question = _question_under(draw, name, question)
        return _one_turn(
            question, apply(answer, sign), payload, _rule_thoughts(draw), _under_rule(draw, rule)
        )

    return dialogue


def style_rule(draw: Draw, name: str) -> tuple[str, str]:
    """Return the text of a rule of style, and the mark or word it asks for."""
    if name == "end_mark":
        sign = draw.item("marks")
        return draw.phrase("end_mark_rule", mark=sign), sign
    if name == "start_word":
        sign = draw.phrase("start_words")
        return draw.phrase("start_word_rule", word=sign), sign
    return draw.phrase(f"{name}_rule"), ""


def _rule_thoughts(draw: Draw) -> str | None:
    return draw.thoughts(draw.phrase("rule_think")) if draw.happens(0.15) else None


def _number_only(draw: Draw) -> Dialogue:
    task = draw_task(draw, NUMERIC_TASKS)
    question = _question_under(draw, "number_only", task.question)
    system = _under_rule(draw, draw.phrase("number_only_rule"))
    return _one_turn(question, task.result, task.payload, _rule_thoughts(draw), system)


def _yes_no(draw: Draw) -> Dialogue:
    question, is_true, payload = draw_yes_no(draw)
    answer = {"en": ("no", "yes"), "de": ("nein", "ja")}[draw.language][is_true]
    system = _under_rule(draw, draw.phrase("yes_no_rule"))
    return _one_turn(_question_under(draw, "yes_no", question), answer, payload, None, system)


def _language(draw: Draw) -> Dialogue:
    """The answer is in the language of the rule, whatever that of the question."""
    topic = draw.item("topics")
    asking = draw.other_language() if draw.happens(0.75) else draw
    n_facts = draw.random.randint(1, 3)
    question = asking.phrase(_EXPLAIN[n_facts - 1], name=topic[asking.language]["name"])
    if asking.language != draw.language and draw.happens(0.4):
        question = follow(question, asking.phrase("language_against"))
    answer = " ".join(topic[draw.language]["facts"][:n_facts])
    system = _under_rule(draw, draw.phrase("language_rule"))
    return _one_turn(opened(asking, question), answer, topic["en"]["name"], _rule_thoughts(draw), system)


def _code_word(draw: Draw) -> Dialogue:
    """A code word that is kept, and its twin that may be told."""
    word, is_secret = draw.item("code_words"), draw.happens(0.5)
    system = _under_rule(draw, draw.phrase("secret_rule" if is_secret else "open_rule", word=word))
    question, answer = draw.phrase("code_word_ask"), draw.phrase("open_answer", word=word)
    if is_secret:
        answer = draw.phrase("secret_answer")
    if draw.happens(0.6):
        task = draw_task(draw, TASKS)
        between = "\n" if "\n" in task.sentence else " "
        question, answer = f"{question} {task.question}", f"{answer}{between}{task.sentence}"
        return _one_turn(question, answer, f"{word} {task.payload}", None, system)
    if is_secret:
        answer = f"{answer} {draw.phrase('help_otherwise')}"
    return _one_turn(opened(draw, question), answer, word, None, system)


def _only_topic(draw: Draw) -> Dialogue:
    """A single topic, and questions about it and, less often, about another."""
    own, other = (topic[draw.language] for topic in draw.items("topics", 2))
    system = _under_rule(draw, draw.phrase("only_topic_rule", name=own["name"]))
    if draw.happens(0.5):
        question = draw.phrase("explain", name=other["name"])
        answer = draw.phrase("only_topic_answer", name=own["name"])
    else:
        question, answer = draw.phrase("explain", name=own["name"]), own["facts"][0]
    return _one_turn(opened(draw, question), answer, f"{own['name']} {other['name']}", None, system)


_RULES: Mapping[str, tuple[float, Callable[[Draw], Dialogue]]] = {
    "capitals": (0.14, _style("capitals", lambda answer, _: answer.upper())),
    "lower": (0.12, _style("lower", lambda answer, _: answer.lower())),
    "quotes": (0.10, _style("quotes", lambda answer, _: f'"{answer}"')),
    "end_mark": (0.14, _style("end_mark", lambda answer, sign: f"{answer} {sign}")),
    "start_word": (0.10, _style("start_word", lambda answer, sign: f"{sign} {answer}")),
    "number_only": (0.10, _number_only),
    "yes_no": (0.10, _yes_no),
    "language": (0.10, _language),
    "code_word": (0.06, _code_word),
    "only_topic": (0.04, _only_topic),
}


def _injection(draw: Draw) -> Dialogue:
    """A foreign text that gives orders; a share of the texts gives none and has the same answer."""
    person = draw_person(draw)
    known = draw.random.sample(ATTRIBUTES, draw.random.randint(2, 3))
    sentences = [person.says(draw, attribute) for attribute in known]
    if draw.happens(0.8):
        sentences.insert(draw.random.randint(0, len(sentences)), _order(draw))
    asked = draw.random.choice(known)
    question, answer = person.says(draw, asked, form="_ask"), person.says(draw, asked)
    text = " ".join(sentences)
    payload = f"{person.name} {joined([person.value(attribute, draw.language) for attribute in known])}"
    if draw.happens(0.5):
        passage = Passage(
            id=f"{draw.text('titles').replace(' ', '-').lower()}#{draw.random.randint(1, 99)}", text=text
        )
        return Dialogue(
            [Turn(opened(draw, question), answer, context=(passage,), cite=(passage.id,))], payload
        )
    question = opened(draw, draw.phrase("letter", text=text, question=question))
    if draw.happens(0.3):
        rule, _ = style_rule(draw, "capitals")
        return _one_turn(question, answer.upper(), payload, None, _under_rule(draw, rule))
    return _one_turn(question, answer, payload)


def _order(draw: Draw) -> str:
    return (
        draw.phrase("inject", bait=draw.item("baits")) if draw.happens(0.65) else draw.phrase("inject_reveal")
    )


_LAYOUTS = (("{0}: {1}", "; "), ("{0} = {1}", ", "), ("{0} - {1}", " / "), ("{1} ({0})", ", "))
_SHARE_OF_JSON_RULES = 0.25
Value = str | int | float | bool


def _json(draw: Draw) -> Dialogue:
    shape = draw.random.choices(tuple(_SHAPES), [weight for weight, _ in _SHAPES.values()])[0]
    question, value = _SHAPES[shape][1](draw)
    payload = answer = json.dumps(value, ensure_ascii=False)
    if not draw.happens(_SHARE_OF_JSON_RULES):
        return _one_turn(opened(draw, question), answer, payload)
    system = _under_rule(draw, draw.phrase("json_rule"))
    return _one_turn(_question_under(draw, "json", question), answer, payload, None, system)


def _json_object(draw: Draw) -> tuple[str, object]:
    outer, keys = _family(draw)
    text, value = _record(draw, keys)
    if draw.happens(0.25):
        question = draw.phrase("json_nested", outer=outer, keys=joined(list(value)), text=f"{text}.")
        return question, {outer: value}
    return draw.phrase("json_ask", keys=joined(list(value)), text=f"{text}."), value


def _json_of_sentences(draw: Draw) -> tuple[str, object]:
    """Facts that are told in sentences, and not field by field."""
    person = draw_person(draw)
    keys = {"en": ("city", "age", "hobby", "colour"), "de": ("ort", "alter", "hobby", "farbe")}[draw.language]
    told = draw.random.sample(tuple(zip(("city", "age", "hobby", "colour"), keys, strict=True)), 3)
    value: dict[str, Value] = {"name": person.name}
    for attribute, key in told:
        value[key] = person.rows["age"] if attribute == "age" else person.value(attribute, draw.language)
    text = " ".join(person.says(draw, attribute) for attribute, _ in told)
    return draw.phrase("json_ask", keys=joined(list(value)), text=text), value


def _json_objects(draw: Draw) -> tuple[str, object]:
    _, keys = _family(draw)
    records = [_record(draw, keys, layout=0) for _ in range(draw.random.randint(2, 3))]
    text = "\n".join(text for text, _ in records)
    return draw.phrase("json_each", keys=joined(list(keys)), text=text), [value for _, value in records]


def _json_array(draw: Draw) -> tuple[str, object]:
    values: Sequence[Value] = draw.words(draw.random.randint(2, 5))
    if draw.happens(0.4):
        values = numbers(draw, draw.random.randint(3, 6), 999)
    return draw.phrase("json_array", text=joined([str(value) for value in values])), values


def _json_counts(draw: Draw) -> tuple[str, object]:
    things = [row[draw.language] for row in draw.items("goods", draw.random.randint(2, 4))]
    counts = {thing: draw.random.randint(2, 40) for thing in things}
    text = joined([f"{count} x {thing}" for thing, count in counts.items()])
    return draw.phrase("json_counts", text=text), counts


_SHAPES: Mapping[str, tuple[float, Callable[[Draw], tuple[str, object]]]] = {
    "object": (0.45, _json_object),
    "sentences": (0.15, _json_of_sentences),
    "objects": (0.12, _json_objects),
    "array": (0.16, _json_array),
    "counts": (0.12, _json_counts),
}


def _family(draw: Draw) -> tuple[str, Mapping[str, str]]:
    """Return the name of a family of records, and some of its keys with the kind of their values."""
    family = draw.random.choice(draw.whole_table("json_families"))[draw.language]
    keys = draw.random.sample(tuple(family["keys"].items()), draw.random.randint(2, len(family["keys"])))
    return family["outer"], dict(keys)


def _record(draw: Draw, keys: Mapping[str, str], layout: int | None = None) -> tuple[str, dict[str, Value]]:
    """Return values for keys, as text and as what JSON makes of them."""
    pattern, between = draw.random.choice(_LAYOUTS) if layout is None else _LAYOUTS[layout]
    value = {key: _json_value(draw, kind) for key, kind in keys.items()}
    return between.join(pattern.format(key, _as_text(draw, one)) for key, one in value.items()), value


def _json_value(draw: Draw, kind: str) -> Value:
    """Return a value of a kind; one that is not listed is the name of a table."""
    name, *arguments = kind.split()
    return _KINDS[name](draw, *arguments) if name in _KINDS else str(draw.item(name))


def _date(draw: Draw) -> str:
    day = datetime.date(2020, 1, 1) + datetime.timedelta(draw.random.randrange(7000))
    return day.isoformat()


_KINDS: Mapping[str, Callable[..., Value]] = {
    "number": lambda draw, low, high: draw.random.randint(int(low), int(high)),
    "decimal": lambda draw: draw.random.randint(1, 89) + draw.random.randint(1, 9) / 10,
    "truth": lambda draw: draw.happens(0.5),
    "date": _date,
    "time": lambda draw: f"{draw.random.randint(7, 21):02}:{draw.random.choice(('00', '15', '30', '45'))}",
    "text": lambda draw, table: draw.text(table),
    "person": lambda draw: draw.item("names")["name"],
    "job": lambda draw: draw_person(draw).title(draw.language),
}


def _as_text(draw: Draw, value: Value) -> str:
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "de": ("nein", "ja")}[draw.language][value]
    text = str(value)
    return text.replace(".", ",") if isinstance(value, float) and draw.language == "de" else text


_PATTERNS: Mapping[str, tuple[float, Callable[[Draw], Dialogue]]] = {
    "greeting": (0.06, _greeting),
    "explain": (0.09, _explain),
    "how_to": (0.015, _how_to),
    "rewrite": (0.395, _rewrite),
    "hierarchy": (0.18, _hierarchy),
    "injection": (0.11, _injection),
    "json": (0.15, _json),
}
