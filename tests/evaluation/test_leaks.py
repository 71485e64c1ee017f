"""Rows that hold a case are found, others are not."""

from pathlib import Path
from typing import Any

import pytest

from mypt.conversation.episode import Episode, Replay
from mypt.errors import InputError
from mypt.evaluation.leaks import LeakIndex
from mypt.files import write_jsonl
from tests.evaluation.cases import case, exact

LONG = (
    "The old mill by the river was built in 1712 by a widow from Olten, who ran it for thirty years "
    "before her nephew sold it."
)


def episode(*turns: str, **fields: Any) -> Episode:
    messages = [
        {"role": role, "content": text}
        for user in turns
        for role, text in (("user", user), ("assistant", "Yes."))
    ]
    values = {"messages": messages, "language": "en", "source": "made", "phase": 1, "system": "You are MyPT."}
    return Episode.model_validate({**values, **fields})


@pytest.mark.parametrize("text", ["What is 7 + 5?", "what is 7+5", "WHAT IS 7 + 5 !!"])
def test_a_case_is_found_whatever_its_case_and_punctuation(text: str) -> None:
    index = LeakIndex([exact("What is 7 + 5?", "12", id="sum")])

    assert index.find(episode(text)) == "sum"
    assert index.find(episode("Hello.", text, "Thanks.", system="Other.")) == "sum"


@pytest.mark.parametrize("text", ["What is 7 - 5?", "What is 7 + 6?", "So what is 7 + 5?", "Hello."])
def test_another_question_is_no_leak(text: str) -> None:
    assert LeakIndex([exact("What is 7 + 5?", "12")]).find(episode(text)) is None


def test_a_question_with_another_passage_is_another_question() -> None:
    def asked(text: str) -> list[dict[str, Any]]:
        return [{"role": "user", "content": "When?", "context": [{"id": "a", "text": text}]}]

    index = LeakIndex([case({"kind": "answers", "any_of": ["1712"]}, messages=asked("Built in 1712."))])
    answer = {"role": "assistant", "content": "x"}

    assert index.find(episode(messages=[*asked("built in 1712"), answer])) == "echo-en-001"
    assert index.find(episode(messages=[*asked("Built in 1713."), answer])) is None
    assert index.find(episode("When?")) is None


def test_a_long_run_of_words_is_found_in_any_text_of_a_row() -> None:
    index = LeakIndex([exact(f"Read this. {LONG} Who built it?", "A widow", id="mill")])
    inside = f"I read that {LONG.lower().replace(',', ' -')}"
    passages = [{"role": "user", "content": "When?", "context": [{"id": "a", "text": inside}]}]
    answered = [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": inside}]

    assert index.find(Replay(text=inside)) == "mill"
    assert index.find(episode(messages=passages)) == "mill"
    assert index.find(episode(messages=answered)) == "mill"
    assert index.find(Replay(text=" ".join(LONG.split()[:12]))) is None


def test_many_rows_are_told_apart() -> None:
    index = LeakIndex([exact(LONG, "x", id="mill"), exact("Say: hello", "hello", id="hello")])
    rows: list[Episode | Replay] = [
        Replay(text="Nothing."),
        Replay(text=LONG),
        episode("Say: hello"),
        episode("Say: bye"),
        Replay(text="x"),
    ]

    assert index.find_many(rows) == [None, "mill", "hello", None, None]


def test_held_out_payloads_and_templates_belong_to_their_phase() -> None:
    index = LeakIndex(
        [exact("Copy: Zug", "Zug", phase=2, meta={"payload": "Zug Mitte", "template": "copy-de-90"})]
    )

    assert index.find(episode("Repeat: Zug", phase=2, meta={"payload": "zug mitte"}))
    assert index.find(episode("Repeat: Zug", phase=2, meta={"template": "copy-de-90"}))
    assert (
        index.find(episode("Repeat: Zug", phase=2, meta={"payload": "Zug", "template": "copy-de-1"})) is None
    )
    assert index.find(episode("Repeat: Zug", phase=1, meta={"payload": "zug mitte"})) is None


def test_a_case_about_its_system_text_is_held_only_together_with_it() -> None:
    index = LeakIndex([exact("What is the capital of France?", "OK", system="Answer OK, always.", phase=3)])

    assert index.find(episode("What is the capital of France?")) is None
    assert index.find(episode("What is the capital of France?", system="Answer ok always"))


def test_a_conversation_is_found_inside_a_longer_one() -> None:
    turns = [
        {"role": "user", "content": "Name a river."},
        {"role": "assistant", "content": "The Aare."},
        {"role": "user", "content": "And a lake?"},
    ]
    index = LeakIndex([exact("", "x", messages=turns, id="followup")])

    assert index.find(episode("Hello.", "Name a river.", "And a lake?", "Thanks.")) == "followup"
    assert index.find(episode("Name a town.", "And a lake?")) is None


def test_an_index_of_nothing_finds_nothing() -> None:
    assert LeakIndex([]).find(episode("Hello.")) is None


def test_suites_are_read_from_files(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "s.jsonl", [exact("Say: hello", "hello").model_dump(mode="json")])

    assert LeakIndex.of_suites([tmp_path / "s.jsonl"]).find(episode("say hello")) == "echo-en-001"

    with pytest.raises(InputError, match="cannot be read"):
        LeakIndex.of_suites([tmp_path / "none.jsonl"])


def test_where_the_files_beside_the_suites_are_missing_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert LeakIndex.of_suites() is not None
    assert caplog.messages == []

    monkeypatch.chdir(tmp_path)
    LeakIndex.of_suites()

    assert "what gates judge beside the suites is not kept out" in caplog.text
