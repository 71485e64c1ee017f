"""Everyday tasks whose results are computed: words, numbers, lists, translations, short texts, people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mypt.sft.drawing import Draw, Language, Row

_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
_LETTERS = "aeioulnrst"
_PRONOUNS = {
    "en": {"f": ("she", "her"), "m": ("he", "his")}, "de": {"f": ("sie", "ihr"), "m": ("er", "sein")}
}  # fmt: skip
ATTRIBUTES = ("city", "age", "job", "hobby", "colour")


@dataclass(frozen=True)
class Filling:
    """The values of a task, its result, and the steps to it where there are any."""

    values: Mapping[str, object]
    result: str
    steps: str | None = None


@dataclass(frozen=True)
class Task:
    """A question with its answer as a sentence and bare."""

    name: str
    question: str
    sentence: str
    filling: Filling

    @property
    def result(self) -> str:
        """The bare answer."""
        return self.filling.result

    @property
    def payload(self) -> str:
        """The values that are asked about."""
        return " ".join(map(str, self.filling.values.values()))


def draw_task(draw: Draw, names: tuple[str, ...]) -> Task:
    """Return one of these tasks with new values."""
    name = draw.random.choice(names)
    filling = fill_task(draw, name)
    question = draw.phrase(name, **filling.values)
    return Task(name, question, answer_sentence(draw, name, filling), filling)


def fill_task(draw: Draw, name: str) -> Filling:
    """Return new values for a task with their result."""
    return _TASKS[name](draw)


def answer_sentence(draw: Draw, name: str, filling: Filling) -> str:
    """Return the result of a task as it is said to the user."""
    return draw.phrase(f"{name}_answer", result=filling.result, **filling.values)


def draw_yes_no(draw: Draw) -> tuple[str, bool, str]:
    """Return a question, whether it is to be answered yes, and its values."""
    name = draw.random.choice(tuple(_YES_NO))
    values, is_true = _YES_NO[name](draw)
    return draw.phrase(name, **values), is_true, " ".join(map(str, values.values()))


def joined(items: list[str]) -> str:
    """Return a list as it stands in a line of text."""
    return ", ".join(items)


def follow(text: str, further: str) -> str:
    """Return a text with a further sentence, behind a full stop where it ends without a mark."""
    return f"{text}{'' if text[-1] in '.?!' else '.'} {further}"


def sort_key(word: str) -> str:
    """Return what a word is sorted by: ä as a, ß as ss, whatever its case."""
    return word.casefold().translate(_UMLAUTS)


def numbers(draw: Draw, count: int, highest: int = 99) -> list[int]:
    """Return that many different numbers from 2 on."""
    return draw.random.sample(range(2, highest + 1), count)


def sentence_with_core(draw: Draw) -> tuple[str, str]:
    """Return a sentence with asides, and the short one that it rests on."""
    person, deed = draw.item("names"), draw.item("deeds")[draw.language]
    name, (verb, thing) = person["name"], deed
    relative = draw.text("relatives").format(rel="die" if person["gender"] == "f" else "der")
    start = draw.text("starts") if draw.happens(0.7) else ""
    aside = f", {relative}," if not start or draw.happens(0.6) else ""
    tail = f", {draw.text('tails')}" if draw.happens(0.6) else ""
    if draw.language == "de":  # the verb keeps the second place
        before = f"{start} {verb} {name}" if start else name
        text = f"{before}{aside} {thing}{tail}." if start else f"{name}{aside} {verb} {thing}{tail}."
    else:
        text = f"{start + ', ' if start else ''}{name}{aside} {verb} {thing}{tail}."
    return text, f"{name} {verb} {thing}."


@dataclass(frozen=True)
class Person:
    """Somebody made up, with values in both languages."""

    name: str
    gender: str
    rows: Mapping[str, Row]

    def title(self, language: Language) -> str:
        """Return the job without an article."""
        return str(self.rows["job"]["en" if language == "en" else f"de_{self.gender}"])

    def value(self, attribute: str, language: Language) -> str:
        """Return one of the attributes as it stands in a sentence."""
        row = self.rows[attribute]
        if attribute == "job":
            title = self.title(language)
            return title if language == "de" else f"{'an' if title[0] in 'aeiou' else 'a'} {title}"
        return str(row[language] if isinstance(row, dict) else row)

    def says(self, draw: Draw, attribute: str, *, form: str = "", number: int = 0) -> str:
        """Return a statement or, by its form, a question about an attribute."""
        pronoun, possessive = _PRONOUNS[draw.language][self.gender]
        value = self.value(attribute, draw.language) if attribute in self.rows else ""
        return draw.phrase(
            attribute + form,
            name=self.name,
            number=number,
            value=value,
            pronoun=pronoun,
            possessive=possessive,
        )


def draw_person(draw: Draw, gender: str = "") -> Person:
    """Return somebody new, of a gender where one is given."""
    person = draw.item("names")
    while gender and person["gender"] != gender:
        person = draw.item("names")
    rows = {
        "city": draw.item("cities"), "age": draw.random.randint(18, 89), "job": draw.item("jobs"),
        "hobby": draw.item("hobbies"), "colour": draw.item("colours"),
    }  # fmt: skip
    return Person(person["name"], person["gender"], rows)


def _sentence_words(draw: Draw) -> Filling:
    text, _ = sentence_with_core(draw)
    return Filling({"text": text}, str(len(text.split())))


def _word_length(draw: Draw) -> Filling:
    (word,) = draw.words(1)
    return Filling({"word": word}, str(len(word)), f"{'-'.join(word)}: {len(word)}")


def _letter_in_word(draw: Draw) -> Filling:
    (word,) = draw.words(1)
    letter = draw.random.choice(_LETTERS if draw.happens(0.3) else sort_key(word))
    count = word.lower().count(letter)
    return Filling({"letter": letter.upper(), "word": word}, str(count), f"{'-'.join(word)}: {count}")


def _list(draw: Draw, change: Callable[[list[str]], str]) -> Filling:
    words = draw.words(draw.random.randint(3, 5))
    return Filling({"items": joined(words)}, change(words))


def _numbers(draw: Draw, change: Callable[[list[int]], str]) -> Filling:
    drawn = numbers(draw, draw.random.randint(3, 5))
    return Filling({"items": joined([str(number) for number in drawn])}, change(drawn))


def _longest(draw: Draw) -> Filling:
    words = draw.words(4)
    while len({len(word) for word in sorted(words, key=len)[-2:]}) < 2:
        words = draw.words(4)
    return Filling({"items": joined(words)}, max(words, key=len))


def _sum(draw: Draw) -> Filling:
    drawn = numbers(draw, draw.random.randint(2, 4), 60)
    steps, total = [], drawn[0]
    for number in drawn[1:]:
        steps.append(f"{total} + {number} = {total + number}")
        total += number
    return Filling({"items": joined([str(number) for number in drawn])}, str(total), joined(steps))


def _product(draw: Draw) -> Filling:
    first, second = draw.random.randint(2, 12), draw.random.randint(2, 25)
    return Filling({"first": first, "second": second}, str(first * second))


def _nth(draw: Draw) -> Filling:
    words, place = draw.words(4), draw.random.randrange(4)
    return Filling({"ordinal": ordinal(draw, place), "items": joined(words)}, words[place])


def ordinal(draw: Draw, place: int) -> str:
    """Return the word for a place in a list, counted from 0."""
    return draw.phrases("ordinals")[place]


def _spelled(draw: Draw) -> Filling:
    (word,) = draw.words(1)
    return Filling({"word": word}, "-".join(word))


def _translated(draw: Draw, *, is_back: bool = False) -> Filling:
    row = draw.item("words")
    source: Language = draw.language
    target: Language = "de" if source == "en" else "en"
    if is_back:
        source, target = target, source
    return Filling({"word": row[source]}, row[target])


def _translated_list(draw: Draw) -> Filling:
    rows = draw.items("words", draw.random.randint(2, 4))
    target = draw.other_language().language
    return Filling(
        {"items": joined([row[draw.language] for row in rows])}, joined([row[target] for row in rows])
    )


def _core(draw: Draw) -> Filling:
    text, core = sentence_with_core(draw)
    return Filling({"text": text}, core)


def _capitals(draw: Draw) -> Filling:
    _, core = sentence_with_core(draw)
    return Filling({"text": core}, core.upper())


def _record(draw: Draw) -> Filling:
    person = draw_person(draw)
    home, work = person.says(draw, "city"), person.says(draw, "job").removeprefix(f"{person.name} ")
    city, job, link = ("city", "job", "and") if draw.language == "en" else ("Ort", "Beruf", "und")
    record = f"Name: {person.name}; {city}: {person.rows['city']}; {job}: {person.title(draw.language)}"
    return Filling({"record": record}, f"{home[:-1]} {link} {work}")


_TASKS: Mapping[str, Callable[[Draw], Filling]] = {
    "count_words": _sentence_words,
    "count_letters": _word_length,
    "count_letter": _letter_in_word,
    "sort_words": lambda draw: _list(draw, lambda words: joined(sorted(words, key=sort_key))),
    "reverse_items": lambda draw: _list(draw, lambda words: joined(words[::-1])),
    "initials": lambda draw: _list(draw, lambda words: "".join(word[0].upper() for word in words)),
    "bullets": lambda draw: _list(draw, lambda words: "\n".join(f"- {word}" for word in words)),
    "numbered": lambda draw: _list(draw, numbered),
    "sort_numbers": lambda draw: _numbers(draw, lambda drawn: joined([str(n) for n in sorted(drawn)])),
    "sort_down": lambda draw: _numbers(draw, lambda drawn: joined([str(n) for n in sorted(drawn)[::-1]])),
    "largest_number": lambda draw: _numbers(draw, lambda drawn: str(max(drawn))),
    "smallest_number": lambda draw: _numbers(draw, lambda drawn: str(min(drawn))),
    "longest_word": _longest,
    "sum_numbers": _sum,
    "multiply": _product,
    "nth_item": _nth,
    "spell": _spelled,
    "translate": _translated,
    "translate_back": lambda draw: _translated(draw, is_back=True),
    "translate_list": _translated_list,
    "shorten": _core,
    "upper_case": _capitals,
    "record_sentence": _record,
}
TASKS = tuple(_TASKS)
NUMERIC_TASKS = (
    "count_words", "count_letters", "count_letter", "largest_number", "smallest_number", "sum_numbers",
    "multiply",
)  # fmt: skip
"""Those whose result is a number."""
WORD_TASKS = (
    "sort_words",
    "reverse_items",
    "longest_word",
    "nth_item",
    "translate",
    "translate_list",
    "shorten",
)
"""Those whose result is words, in which case matters to no one."""


def numbered(items: list[str]) -> str:
    """Return a list with a number before each item, one a line."""
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, start=1))


def _is_longer(draw: Draw) -> tuple[Mapping[str, object], bool]:
    (word,) = draw.words(1)
    number = max(1, len(word) + draw.random.randint(-3, 2))
    return {"word": word, "number": number}, len(word) > number


def _is_listed(draw: Draw) -> tuple[Mapping[str, object], bool]:
    word, *others = draw.words(4)
    is_there = draw.happens(0.5)
    if is_there:
        others[draw.random.randrange(3)] = word
    return {"word": word, "items": joined(others)}, is_there


def _is_greater(draw: Draw) -> tuple[Mapping[str, object], bool]:
    first, second = numbers(draw, 2, 400)
    return {"first": first, "second": second}, first > second


def _starts(draw: Draw) -> tuple[Mapping[str, object], bool]:
    word, other = draw.words(2)
    letter = draw.random.choice((word, other))[0].upper()
    return {"word": word, "letter": letter}, word[0].upper() == letter


_YES_NO: Mapping[str, Callable[[Draw], tuple[Mapping[str, object], bool]]] = {
    "longer_than": _is_longer, "in_list": _is_listed, "greater": _is_greater, "starts_with": _starts
}  # fmt: skip
