"""Passages become the context of a question, and are cited only where the data says so."""

import pytest

from mypt.conversation.episode import AssistantMessage, Passage, UserMessage
from mypt.sft.imports.passages import rag
from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.turns import messages_of
from tests.sft.imports.public_rows import GEANTWORTET, GEFRAGT, ROWS


def test_the_passage_that_the_data_names_is_cited() -> None:
    _, messages, _ = messages_of(rag(ROWS["german-rag"][0]))

    assert isinstance(messages[0], UserMessage)
    assert messages[0].context[1] == Passage(id="p2", text="Durch Basel fließt der Rhein.")
    assert messages[1] == AssistantMessage(content=GEANTWORTET, cite=("p2",))


def test_a_refusal_cites_nothing() -> None:
    _, messages, _ = messages_of(rag(ROWS["german-rag"][1]))

    assert isinstance(messages[1], AssistantMessage)
    assert messages[1].cite == ()


CHOSEN = [{"role": "user", "content": "x"}, {"role": "assistant", "content": GEANTWORTET}]
PROMPT = ROWS["german-rag"][2]["prompt"]


@pytest.mark.parametrize(
    "row",
    [
        ROWS["german-rag"][2],
        {"prompt": [{"role": "user", "content": PROMPT}], "chosen": CHOSEN},
        {"conversations": [{"from": "human", "value": PROMPT}, {"from": "gpt", "value": GEANTWORTET}]},
    ],
)
def test_a_passage_in_the_prompt_is_taken_out_of_it(row: dict[str, object]) -> None:
    _, messages, _ = messages_of(rag(row))

    passage = Passage(id="p1", text="Durch Basel fließt der Rhein.")
    assert messages[0] == UserMessage(content=f"Beantworte die Frage.\n\n{GEFRAGT}", context=(passage,))
    assert messages[1] == AssistantMessage(content=GEANTWORTET)


def test_a_passage_that_there_is_not_is_not_cited() -> None:
    with pytest.raises(Rejected, match="cites a passage"):
        messages_of(rag({**ROWS["german-rag"][0], "positive_ctx_idx": 2}))


def test_an_empty_passage_is_rejected() -> None:
    with pytest.raises(Rejected, match="empty passage"):
        list(rag({**ROWS["german-rag"][0], "contexts": [""]}))
