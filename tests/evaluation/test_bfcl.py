"""The public questions on tool calls are read, asked and judged."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mypt.conversation.episode import Episode, ToolCallMessage
from mypt.conversation.parse import ModelOutput, Problem, ProblemKind
from mypt.errors import InputError
from mypt.evaluation.bfcl import BfclEntry, judge_call, read_bfcl, run_bfcl
from mypt.evaluation.responder import AlwaysRefuse, answered
from mypt.files import write_jsonl

BOOK = {
    "name": "room.book",
    "description": "Book a room.",
    "parameters": {
        "type": "dict",
        "properties": {
            "guests": {"type": "integer"},
            "town": {"type": "string"},
            "extras": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["guests", "town"],
    },
}
ROOM = {"guests": [2], "town": ["Bad Ems", "Ems"], "extras": [["sauna"], ""]}


def question(name: str, *said: dict[str, str], **changes: Any) -> dict[str, Any]:
    messages = list(said) or [{"role": "user", "content": "A room for two in Bad Ems."}]
    return {"id": name, "question": [messages], "function": [BOOK], **changes}


def read(
    folder: Path, rows: Sequence[dict[str, Any]], answers: dict[str, list[Any]] | None
) -> list[BfclEntry]:
    write_jsonl(folder / "q.json", rows)
    if answers is None:
        return read_bfcl(folder / "q.json")
    write_jsonl(folder / "a.json", [{"id": name, "ground_truth": calls} for name, calls in answers.items()])
    return read_bfcl(folder / "q.json", folder / "a.json")


def call(name: str = "room.book", **arguments: Any) -> ModelOutput:
    return ModelOutput("", None, (), ToolCallMessage(name=name, arguments=arguments), ())


def test_a_question_is_put_with_its_functions_as_tools(tmp_path: Path) -> None:
    said = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello."},
        {"role": "user", "content": "A room, please."},
    ]

    (one,) = read(tmp_path, [question("simple_python_0", *said)], {"simple_python_0": [{"room.book": ROOM}]})

    assert one.prompt is not None
    assert one.category == "simple_python"
    assert (one.prompt.system or "").startswith("Be kind.\n")
    assert (one.prompt.system or "").endswith("room.book(extras?, guests, town)")
    assert [message.model_dump()["content"] for message in one.prompt.messages] == ["Hello.\nA room, please."]


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (call(guests=2, town="bad ems"), ""),
        (call(guests=2, town="Ems", extras=["Sauna"]), ""),
        (call(guests=2), "leaves out town"),
        (call(guests=2.0, town="Ems"), "gives guests=2.0"),
        (call(guests=2, town="Ems", extras=["pool"]), "gives extras"),
        (call(guests=2, town="Ems", dog=True), "gives dog, which nobody asked for"),
        (call("room.cancel", guests=2, town="Ems"), "calls room.cancel instead of room.book"),
        (answered("Gladly."), "answers instead of calling room.book"),
        (ModelOutput("", None, (), None, (Problem(ProblemKind.BAD_TOOL_CALL, "{"),)), "bad_tool_call"),
    ],
)
def test_a_call_is_judged_by_its_arguments(tmp_path: Path, output: ModelOutput, reason: str) -> None:
    (one,) = read(tmp_path, [question("simple_python_0")], {"simple_python_0": [{"room.book": ROOM}]})

    verdict = judge_call(one, output)

    assert verdict.passed == (not reason)
    assert verdict.reason.startswith(reason)


def test_no_call_is_right_where_no_function_fits_and_any_where_one_does(tmp_path: Path) -> None:
    irrelevant, relevant = read(tmp_path, [question("irrelevance_0"), question("live_relevance_0-0-0")], None)

    assert judge_call(irrelevant, answered("No.")).passed
    assert not judge_call(irrelevant, call()).passed
    assert judge_call(relevant, call()).passed
    assert not judge_call(relevant, answered("No.")).passed


def test_what_cannot_be_judged_is_counted(tmp_path: Path) -> None:
    rows = [question(name) for name in ("parallel_0", "parallel_1", "simple_java_0", "simple_python_0")]
    rows.append(question("multi_turn_base_0") | {"question": [[], []]})
    once = [{"room.book": ROOM}]
    answers = {row["id"]: once for row in rows} | {"parallel_0": once * 2, "parallel_1": once * 3}

    report = run_bfcl(read(tmp_path, rows, answers), AlwaysRefuse())

    assert [one.id for one in report.outcomes] == ["simple_python_0"]
    assert report.not_judged == {
        "multi_turn_base: conversations with tools of their own": 1,
        "parallel: parallel calls, where a turn has one": 2,
        "simple_java: types of another language": 1,
    }
    assert "| simple_python | 0/1 | 0.0% to " in report.to_markdown()
    assert "- not judged: 2, parallel" in report.to_markdown()


def test_answers_go_to_the_questions_that_are_asked(tmp_path: Path) -> None:
    class Knows:
        """Calls the function with what the first line of the question says."""

        def respond(self, prompts: Sequence[Episode], *, max_tokens: int | None = None) -> list[ModelOutput]:  # noqa: ARG002
            return [call(guests=2, town="Ems") for _ in prompts]

    rows = [question("parallel_0"), question("simple_python_7")]
    answers = {"parallel_0": [{"room.book": ROOM}] * 2, "simple_python_7": [{"room.book": ROOM}]}

    (one,) = run_bfcl(read(tmp_path, rows, answers), Knows()).outcomes

    assert (one.id, one.passed, one.reason) == ("simple_python_7", True, "")


def test_what_is_no_entry_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"q\.json:2: simple_1 has no answer"):
        read(tmp_path, [question("simple_0"), question("simple_1")], {"simple_0": []})
    with pytest.raises(InputError, match=r"q\.json:1: is no question of BFCL"):
        read(tmp_path, [{"id": "simple_0"}], None)
    write_jsonl(tmp_path / "a.json", [{"id": "simple_0"}])
    with pytest.raises(InputError, match=r"a\.json:1: is no answer of BFCL"):
        read_bfcl(tmp_path / "q.json", tmp_path / "a.json")
