"""Instructions with their answers: Alpaca, OpenSchnabeltier, and the Alpaca form of ultra-chat.

Seen in programs that read the data: `instruction`, `input`, `output` (alpaca-gpt4_de, ultra-chat_de) and
`instruction_de`, `output_de` (OpenSchnabeltier). From a description: `history` as pairs of texts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import Turn, text_in, without_thought


def instruction(row: Mapping[str, Any]) -> Iterator[Turn]:
    """Yield an instruction with its input, and the answer; German fields go before those of the original."""
    yield Turn("system", text_in(row, "system", "system_prompt", default=""))
    for pair in row.get("history") or ():
        if not isinstance(pair, list) or len(pair) != 2:
            raise Rejected("wrong type", "history")
        values = {"question": pair[0], "answer": pair[1]}
        yield Turn("user", text_in(values, "question"))
        yield answer(text_in(values, "answer"))
    asked, given = (
        text_in(row, "instruction_de", "instruction"),
        text_in(row, "input_de", "input", default=""),
    )
    yield Turn("user", f"{asked}\n\n{given}".strip())
    yield answer(text_in(row, "output_de", "output"))


def answer(text: str, cite: tuple[int, ...] = ()) -> Turn:
    """Return what an assistant says, its thought apart."""
    think, said = without_thought(text)
    return Turn("assistant", said, think, cite=cite)
