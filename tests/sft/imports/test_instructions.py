"""Instructions become one question and one answer, with what was said before."""

import pytest

from mypt.conversation.episode import AssistantMessage, UserMessage
from mypt.sft.imports.instructions import instruction
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import messages_of
from tests.sft.imports.public_rows import GEANTWORTET, GEFRAGT, ROWS


def test_the_input_follows_the_instruction() -> None:
    _, messages, _ = messages_of(instruction(ROWS["alpaca"][0]))

    assert messages[0] == UserMessage(content=f"Beantworte die Frage.\n\n{GEFRAGT}")


def test_german_fields_go_before_the_original() -> None:
    _, messages, _ = messages_of(instruction(ROWS["openschnabeltier"][0]))

    assert messages == (UserMessage(content=GEFRAGT), AssistantMessage(content=GEANTWORTET))


def test_a_history_comes_first() -> None:
    row = {"instruction": "C?", "input": None, "output": "<think>Hm.</think>D.", "history": [["A?", "B."]]}

    _, messages, _ = messages_of(instruction(row))

    assert [getattr(message, "content", None) for message in messages] == [
        "A?",
        "B.",
        "C?",
        "D.",
    ]
    assert messages[3] == AssistantMessage(content="D.", think="Hm.")


@pytest.mark.parametrize(
    ("row", "field"), [({"output": "x"}, "instruction_de"), ({"instruction": "x", "output": 7}, "output"),
                       ({"instruction": "x", "output": "y", "history": [["a"]]}, "history")]
)  # fmt: skip
def test_a_missing_or_wrong_field_is_named(row: dict[str, object], field: str) -> None:
    with pytest.raises(Rejected) as caught:
        list(instruction(row))

    assert caught.value.field == field
