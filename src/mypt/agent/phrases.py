"""What the agent itself says, in the language of the question: at limits, and where support is missing."""

from collections.abc import Mapping, Sequence

ENDINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "steps": "I could not finish: the allowed number of steps is used up.",
        "tokens": "I could not finish: the allowed amount of text is used up.",
        "seconds": "I could not finish: the allowed time is used up.",
        "context": "I could not finish: the conversation has become longer than the model reads.",
        "malformed call": "I could not finish: the model made calls that no tool understands.",
        "no answer": "The model gave no answer.",
        "refused": "I give no answer: what the model wrote is not supported by a passage that it cites.",
        "left out": "Left out, for want of a passage that supports it: sentences of the model: {n}.",
        "found": "Found so far:",
        "nothing": "Nothing was found.",
        "page": "page",
    },
    "de": {
        "steps": "Ich konnte nicht zu Ende kommen: Die erlaubte Zahl von Schritten ist aufgebraucht.",
        "tokens": "Ich konnte nicht zu Ende kommen: Die erlaubte Menge Text ist aufgebraucht.",
        "seconds": "Ich konnte nicht zu Ende kommen: Die erlaubte Zeit ist aufgebraucht.",
        "context": "Ich konnte nicht zu Ende kommen: Das Gespräch ist länger geworden, als das Modell liest.",
        "malformed call": "Ich konnte nicht zu Ende kommen: Kein Werkzeug versteht die Aufrufe des Modells.",
        "no answer": "Das Modell hat keine Antwort gegeben.",
        "refused": "Ich gebe keine Antwort: Keine zitierte Passage stützt, was das Modell schrieb.",
        "left out": "Weggelassen, weil keine Passage sie stützt: Sätze des Modells: {n}.",
        "found": "Bis hierher gefunden:",
        "nothing": "Gefunden wurde nichts.",
        "page": "Seite",
    },
}  # fmt: skip


def phrase(name: str, language: str) -> str:
    """Return a phrase in a language, or in English where there is none."""
    return ENDINGS.get(language, ENDINGS["en"])[name]


def honest_end(reason: str, language: str, found: Sequence[tuple[str, int]]) -> str:
    """Return why there is no answer, and what was found: titles with pages."""
    if not found:
        return f"{phrase(reason, language)} {phrase('nothing', language)}"
    page = phrase("page", language)
    lines = [f"- {title}, {page} {number}" for title, number in found]
    return "\n".join([phrase(reason, language), phrase("found", language), *lines])
