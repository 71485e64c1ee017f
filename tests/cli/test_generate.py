"""`mypt generate`: one text, many, or what is typed."""

import json
from pathlib import Path

import pytest

from tests.cli.line import MODEL, Outcome, refused, run

SHORT = ("--model", MODEL, "--max-new-tokens", "12")


def generate(line: Path, *tokens: str, stdin: str = "") -> Outcome:
    return run(line, "generate", *tokens, *SHORT, stdin=stdin)


def test_the_prompt_is_continued_on_stdout_and_nothing_else_is_said(line: Path) -> None:
    outcome = generate(line, "Die Würde des Menschen")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Die Würde des Menschen")
    assert outcome.out.endswith("\n")
    assert len(outcome.out) > len("Die Würde des Menschen\n")


def test_the_same_seed_gives_the_same_text(line: Path) -> None:
    assert generate(line, "Art. 1", "--seed", "3") == generate(line, "Art. 1", "--seed", "3")


def test_another_seed_gives_another_text(line: Path) -> None:
    assert generate(line, "Art. 1", "--seed", "3") != generate(line, "Art. 1", "--seed", "4")


def test_at_temperature_0_the_seed_does_not_matter(line: Path) -> None:
    cold = [generate(line, "Art. 1", "--temperature", "0", "--seed", seed).out for seed in "12"]

    assert cold[0] == cold[1]


def test_an_empty_prompt_begins_a_document(line: Path) -> None:
    outcome = generate(line, "")

    assert (outcome.code, outcome.err) == (0, "")


def test_a_character_that_was_never_seen_can_be_continued(line: Path) -> None:
    assert generate(line, "漢字 🦉").out.startswith("漢字 🦉")


def test_a_prompt_longer_than_the_block_is_continued_from_its_end(line: Path) -> None:
    assert generate(line, "Würde " * 40).out.startswith("Würde " * 40)


def test_a_file_is_a_batch_of_one_json_line_for_each_line(line: Path, tmp_path: Path) -> None:
    prompts = ["Die Würde", "", 'Every "person"']
    (tmp_path / "prompts.txt").write_text("\n".join(prompts), encoding="utf-8")

    outcome = generate(line, "--file", str(tmp_path / "prompts.txt"))

    rows = [json.loads(row) for row in outcome.out.splitlines()]
    assert (outcome.code, outcome.err) == (0, "")
    assert [row["prompt"] for row in rows] == prompts
    assert all(isinstance(row["continuation"], str) for row in rows)
    assert "Die Würde" in outcome.out, "umlauts are written as such"


def test_an_empty_file_gives_nothing(line: Path, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").touch()

    assert generate(line, "--file", str(tmp_path / "prompts.txt")) == Outcome(0, "", "")


def test_what_is_typed_is_continued_line_by_line(line: Path) -> None:
    outcome = generate(line, stdin="Jede Person\nEvery person\n")

    assert outcome.code == 0
    assert "Ctrl-D ends" in outcome.err
    assert outcome.out.startswith("Jede Person")
    assert "\nEvery person" in outcome.out


def test_without_a_line_typed_nothing_is_continued(line: Path) -> None:
    assert generate(line).out == ""


def test_a_missing_file_is_refused(line: Path) -> None:
    outcome = generate(line, "--file", "nowhere.txt")

    assert outcome.code == 2
    assert "error: nowhere.txt: cannot be read" in outcome.err


def test_a_prompt_that_is_no_text_is_refused_before_anything_is_shown(line: Path) -> None:
    assert refused(generate(line, "gr\udcfcezi"), 2).startswith("text is not Unicode")


def test_a_missing_model_is_refused(line: Path) -> None:
    outcome = run(line, "generate", "Art.", "--model", "nowhere")

    assert refused(outcome, 3).startswith("nowhere: this artifact does not exist")


@pytest.mark.parametrize("option", [("--temperature", "-1"), ("--top-k", "many"), ("--max-new-tokens", "0")])
def test_sampling_that_cannot_be_is_refused(line: Path, option: tuple[str, str]) -> None:
    outcome = run(line, "generate", "Art.", "--model", MODEL, *option)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {option[0]}: Input should be")
    assert outcome.err.endswith("hint: mypt generate --help\n")
