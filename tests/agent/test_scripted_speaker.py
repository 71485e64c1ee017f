"""Scripts: read from files, played in order, with placeholders for what was retrieved."""

from pathlib import Path

import pytest

from mypt.agent.scripted_speaker import read_script
from mypt.agent.speaker import Spoken, TurnLimits
from mypt.errors import InputError
from tests.agent.conversations import answer_of, call, question, says, script
from tests.agent.views import LAW

LIMITS = TurnLimits(100, 10)


def test_placeholders_stand_for_passages_in_their_order() -> None:
    answer = answer_of(script(call("search", query="Kündigungsfrist"), says("Ein Monat.", "@2", "@9")))

    assert [citation.id for citation in answer.citations] == [f"{LAW}-2", "@9"]


def test_a_turn_is_spoken_word_by_word() -> None:
    *words, end = script(says(" Ein  Monat.\n")).speak(question(), [], LIMITS)

    assert [getattr(word, "text", "") for word in words] == [" Ein", "  Monat.\n"]
    assert isinstance(end, Spoken)
    assert end.output.answer == " Ein  Monat.\n"


def test_a_script_without_turns_left_is_an_error() -> None:
    with pytest.raises(InputError, match="no turn left"):
        script().speak(question(), [], LIMITS)


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text('{"call": {"name": "workspace.list_docs"}}\n{"answer": "Zwei.", "cite": []}\n', "utf-8")

    answer = answer_of(read_script(path))

    assert (answer.text, answer.tool_calls[0].name) == ("Zwei.", "workspace.list_docs")
    assert len(answer.model.digest) == 64


@pytest.mark.parametrize("line", ['{"answr": "x"}', "[]", '{"call": {}}'])
def test_a_line_that_is_no_turn_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text(f'{{"answer": "a"}}\n{line}\n', "utf-8")

    with pytest.raises(InputError, match=r"script\.jsonl:2: not a turn"):
        read_script(path)
