"""Questions about passages: German RAG sets, with passages in a field of their own or in the prompt.

Seen in programs that read the data: `contexts`, `question`, `answer`, `positive_ctx_idx` (germanrag) and
ShareGPT rows (German-RAG-SFT). From descriptions: `prompt` or `instruction` with `chosen` (ORPO), and prompts
that give their passage behind `Kontext:` and then ask behind `Frage:`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mypt.sft.imports.chats import LISTS, chat
from mypt.sft.imports.instructions import answer
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import Turn, clean, text_in

CONTEXTS = ("contexts", "context", "passages", "passage", "documents")
ANSWERS = ("answer", "output", "response", "chosen")
_CONTEXT = re.compile(
    r"^[#* ]*(?:Kontexte?|Contexts?|Passagen?|Passages?)[* ]*:", re.MULTILINE | re.IGNORECASE
)
_QUESTION = re.compile(r"^[#* ]*(?:Frage|Question)[* ]*:", re.MULTILINE | re.IGNORECASE)


def rag(row: Mapping[str, Any]) -> Iterator[Turn]:
    """Yield a question with its passages and the answer, which cites only what the row says it rests on."""
    if any(isinstance(row.get(name), list) for name in LISTS):
        yield from (prompted(turn) if turn.role == "user" else turn for turn in chat(row))
        return
    yield Turn("system", text_in(row, "system", default=""))
    field = next((name for name in CONTEXTS if row.get(name)), None)
    passages = tuple(_passages(row[field], field)) if field else ()
    asked = row.get("prompt")
    if isinstance(asked, list):
        yield from (prompted(turn) if turn.role == "user" else turn for turn in chat({"messages": asked}))
    else:
        question = text_in(row, "question", "query", "instruction", "prompt")
        given = text_in(row, "input", default="")
        turn = Turn("user", f"{question}\n\n{given}".strip(), passages=passages)
        yield turn if passages else prompted(turn)
    yield answer(_answer(row), _cited(row.get("positive_ctx_idx")))


def prompted(turn: Turn) -> Turn:
    """Return a question whose text gives a passage first with the passage apart; any other as it is."""
    begin = _CONTEXT.search(turn.text)
    end = _QUESTION.search(turn.text, begin.end()) if begin else None
    if begin is None or end is None:
        return turn
    passage = turn.text[begin.end() : end.start()].strip()
    asked = "\n\n".join(filter(None, (turn.text[: begin.start()].strip(), turn.text[end.end() :].strip())))
    return replace(turn, text=asked, passages=(passage,)) if passage and asked else turn


def _passages(value: object, field: str) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        text = text_in(item, "text", "content") if isinstance(item, dict) else clean(item, field)
        if not text:
            raise Rejected("an empty passage", field)
        yield text


def _answer(row: Mapping[str, Any]) -> str:
    """The better answer of two may stand as a message, alone or behind its question."""
    chosen = row.get("chosen")
    if isinstance(chosen, list) and chosen and isinstance(chosen[-1], dict):
        return text_in(chosen[-1], "content", "value")
    return text_in(row, *ANSWERS)


def _cited(number: object) -> tuple[int, ...]:
    return (number,) if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else ()
