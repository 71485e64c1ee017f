"""`mypt sft generate`, `mix`, `diversity`: the folder on stdout, everything for people on stderr."""

import json
from pathlib import Path

import cyclopts
import pytest

from mypt.cli.sft_generate import diversity, generate, mix
from mypt.conversation.episode import Episode
from mypt.errors import ConfigError, InputError
from mypt.provenance.artifact import open_artifact
from mypt.sft.episode_files import read_rows
from tests.sft.sample_episodes import echoes, episode, sealed


def typed(*tokens: str) -> None:
    """Run a command as the command line reads it."""
    app = cyclopts.App(exit_on_error=False, print_error=False, result_action="return_value")
    for command in (generate, mix, diversity):
        app.command(command)
    app(tokens)


def test_a_generator_and_a_count_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made"

    typed("generate", "operators", "30", "--val-count", "10", "--de-share", "1", "--out", str(out))

    made = open_artifact(out, "episodes")
    assert capsys.readouterr().out == f"{out}\n"
    assert made.manifest.counts["train"]["rows"] == 30
    assert {r.row.language for r in read_rows(out, "train") if isinstance(r.row, Episode)} == {"de"}


def test_settings_may_stand_in_a_file(tmp_path: Path) -> None:
    settings = {"generator": "operators", "count": 12, "val_count": 0, "seed": 4}
    (tmp_path / "made.json").write_text(json.dumps(settings), encoding="utf-8")

    generate(recipe=tmp_path / "made.json", out=tmp_path / "made")

    assert open_artifact(tmp_path / "made", "episodes").manifest.recipe["seed"] == 4


def test_no_settings_and_two_are_refused() -> None:
    with pytest.raises(InputError, match="give a generator and a count, or --recipe"):
        generate()


def test_an_unknown_generator_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="did you mean `operators`"):
        typed("generate", "operator", "5")


def test_a_mix_prints_its_folder_and_says_for_want_of_what_it_is_small(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sealed(tmp_path / "own", echoes("train", 60, phase=2))
    sealed(tmp_path / "locks", echoes("train", 2, name="locks"))
    recipe = {
        "kind": "sft_mix", "phase": 2, "inputs": {"own": {"artifact": str(tmp_path / "own")}},
        "earlier": {"1": {"artifact": str(tmp_path / "locks"), "share": 0.2}}, "pretraining": None,
    }  # fmt: skip
    (tmp_path / "two.json").write_text(json.dumps(recipe), encoding="utf-8")

    typed("mix", str(tmp_path / "two.json"), "--set", "on_short=shrink", "--out", str(tmp_path / "mix"))

    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'mix'}\n"
    assert "for want of phase1" in caplog.text


def test_diversity_is_a_table_for_people_and_json_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(tmp_path / "own", [episode("Say one", "one"), episode("Say two", "two")], [episode("Hi", "Ho")])

    diversity(tmp_path / "own")
    table = capsys.readouterr().out
    diversity(tmp_path / "own", as_json=True)
    values = json.loads(capsys.readouterr().out)

    assert "near-duplicates" in table
    assert (values["train"]["episodes"], values["val"]["episodes"]) == (2, 1)
