"""The forms of public data as one table: how each is recognised and turned into a dialogue."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mypt.config import did_you_mean
from mypt.errors import InputError
from mypt.sft.imports.chats import chat, one_text
from mypt.sft.imports.instructions import instruction
from mypt.sft.imports.oasst import best_path, trees
from mypt.sft.imports.passages import ANSWERS, CONTEXTS, rag
from mypt.sft.imports.records import Record
from mypt.sft.imports.turns import Turn

Row = Mapping[str, Any]


def _as_they_are(records: Iterable[Record]) -> Iterator[Record]:
    yield from records


@dataclass(frozen=True)
class Format:
    """One form of public data."""

    turns: Callable[[Row], Iterable[Turn]]
    keys: Sequence[Sequence[str]] = ()
    """A row with all the keys of one of these lists is of this form."""
    arrange: Callable[[Iterable[Record]], Iterator[Record]] = _as_they_are
    """Puts records together that are one dialogue."""

    def fits(self, row: Row) -> bool:
        """Say whether a row looks like this form."""
        return any(all(row.get(key) is not None for key in keys) for keys in self.keys)


FORMATS: Mapping[str, Format] = {
    "oasst2": Format(best_path, [["prompt", "message_tree_id"], ["message_id", "message_tree_id"]], trees),
    "openschnabeltier": Format(instruction, [["instruction_de", "output_de"]]),
    "german-rag": Format(
        rag,
        [
            *([context, "question", answer] for context in CONTEXTS for answer in ANSWERS),
            *([asked, "chosen"] for asked in ("prompt", "question", "instruction")),
        ],
    ),
    "alpaca": Format(instruction, [["instruction", "output"]]),
    "german-function-calling": Format(one_text, [["Chat"], ["chat"]]),
    "sharegpt": Format(chat, [["conversations"], ["conversation"]]),
    "openai": Format(chat, [["messages"]]),
    "ultra-chat": Format(chat, [["data"]]),
    "dolci": Format(chat),
}
"""In the order in which they are tried; Dolci has no key of its own, and is read as OpenAI's form is."""


def find_format(name: str) -> Format:
    """Return a form by its name; InputError when there is none."""
    if name not in FORMATS:
        raise InputError(
            f"{name}: no such format{did_you_mean(name, FORMATS)}", hint=f"formats: {', '.join(FORMATS)}"
        )
    return FORMATS[name]


def recognise(row: object, where: str) -> str:
    """Return the name of the form that a row has; InputError says what was seen when it is none."""
    if isinstance(row, dict):
        for name, format_ in FORMATS.items():
            if format_.fits(row):
                return name
    seen = (
        f"an object with {', '.join(map(repr, row)) or 'no keys'}"
        if isinstance(row, dict)
        else type(row).__name__
    )
    raise InputError(
        f"{where}: in no known format: {seen[:400]}", hint=f"--format one of {', '.join(FORMATS)}"
    )
