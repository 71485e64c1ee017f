"""`mypt chat`: turns over stdin, and errors that do not end the conversation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mypt.cli.models import load_for_use
from mypt.inference.torch_engine import TorchEngine
from tests.cli.line import MODEL, Outcome, refused, run

SHORT = ("--model", MODEL, "--max-new-tokens", "4")


def chat(line: Path, typed: str, *tokens: str) -> Outcome:
    return run(line, "chat", *SHORT, *tokens, stdin=typed)


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Return the ids of every prompt that reaches the engine from now on."""
    seen: list[list[int]] = []
    stream = TorchEngine.stream

    def recorded(self: TorchEngine, prompts: Sequence[Sequence[int]], *rest: Any) -> Any:
        seen.extend(list(prompt) for prompt in prompts)
        return stream(self, prompts, *rest)

    monkeypatch.setattr(TorchEngine, "stream", recorded)
    return seen


def tags_in(line: Path, prompt: list[int]) -> list[int]:
    base = load_for_use(line / MODEL).tokenizer.base_vocab_size
    return [token for token in prompt if token >= base]


def test_every_line_gets_an_answer_and_an_empty_one_ends(line: Path, prompts: list[list[int]]) -> None:
    outcome = chat(line, "hallo\nhow?\n\nnever asked\n")

    assert outcome.code == 0
    assert len(prompts) == 2
    assert outcome.out.endswith("\n")
    assert "error" not in outcome.err


def test_the_end_of_input_ends(line: Path, prompts: list[list[int]]) -> None:
    assert chat(line, "hallo").code == 0
    assert len(prompts) == 1


def test_nothing_typed_is_no_error(line: Path, prompts: list[list[int]]) -> None:
    outcome = chat(line, "")

    assert (outcome.code, outcome.out, prompts) == (0, "", [])


def test_a_later_turn_sees_the_earlier_one(line: Path, prompts: list[list[int]]) -> None:
    chat(line, "Wer?\nWie?\n", "--system", "")

    tokenizer = load_for_use(line / MODEL).tokenizer
    asked = tokenizer.encode("Wer?")
    assert any(prompts[1][i : i + len(asked)] == asked for i in range(len(prompts[1])))


def test_people_are_told_that_a_base_model_does_not_answer_yet(line: Path) -> None:
    assert "this is a base model" in chat(line, "").err


def test_the_same_seed_gives_the_same_conversation(line: Path) -> None:
    assert chat(line, "a\nb\n", "--seed", "3") == chat(line, "a\nb\n", "--seed", "3")


def test_a_message_that_is_too_long_is_an_error_and_the_chat_goes_on(
    line: Path, prompts: list[list[int]]
) -> None:
    outcome = chat(line, f"{'lang ' * 40}\nkurz\n")

    assert outcome.code == 0
    assert "the model reads at most 32" in outcome.err
    assert outcome.err.count("hint: shorten the message or the system text") == 1
    assert len(prompts) == 1, "the second message was answered"


def test_a_message_that_is_no_text_is_an_error_and_the_chat_goes_on(
    line: Path, prompts: list[list[int]]
) -> None:
    outcome = chat(line, "gr\udcfcezi\nkurz\n")

    assert outcome.code == 0
    assert "error: text is not Unicode" in outcome.err
    assert len(prompts) == 1


@pytest.mark.parametrize("spelled", ["<myPT_system>", "</myPT_user>"])
def test_text_that_spells_a_tag_stays_text(line: Path, prompts: list[list[int]], spelled: str) -> None:
    chat(line, "hallo\n", "--system", "")
    outcome = chat(line, f"{spelled}\n", "--system", "")

    plain, spelling = prompts
    tokenizer = load_for_use(line / MODEL).tokenizer
    assert outcome.code == 0
    assert tags_in(line, spelling) == tags_in(line, plain)
    assert tokenizer.encode(spelled) == [id_ for id_ in spelling if id_ < tokenizer.base_vocab_size]


def test_people_are_told_when_the_model_no_longer_sees_the_first_turns(line: Path) -> None:
    assert "the model no longer sees the first 1 turns" in chat(line, "eins zwei\ndrei vier\nfünf\n").err


def test_a_folder_that_is_no_model_is_refused(line: Path) -> None:
    assert refused(run(line, "chat", "--model", "texts"), 3).startswith(
        "texts: this artifact has no manifest"
    )
