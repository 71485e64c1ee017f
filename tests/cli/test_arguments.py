"""What several commands share: where artifacts go by default, and how settings are overridden."""

from pathlib import Path

from mypt.cli.arguments import DEMO_MODEL, default_out
from tests.cli.line import BUILD_DATASET, CORPUS, DATASET, MODEL, run


def test_an_artifact_goes_to_a_folder_named_after_its_recipe() -> None:
    assert default_out(Path("anywhere/configs/mine.json"), "corpus") == Path("artifacts/mine/corpus")


def test_generate_and_chat_look_where_the_demo_writes() -> None:
    assert default_out(Path("configs/base/demo.json"), "pretrain") / "model" == DEMO_MODEL


def test_the_default_folders_of_the_three_steps_lie_beside_each_other(line: Path) -> None:
    assert all((line / folder / "manifest.json").is_file() for folder in (CORPUS, DATASET, MODEL))


def test_the_last_override_of_a_setting_wins(line: Path) -> None:
    tokens = ("--set", "seed=7", "--set", "val_fraction=0.1", "--set", "seed=8")

    shown = run(line, "config", "show", BUILD_DATASET[-1], *tokens).out

    assert "\nseed = 8 " in shown
    assert "\nval_fraction = 0.1 " in shown


def test_there_is_no_way_to_say_replace_not(line: Path) -> None:
    outcome = run(line, *BUILD_DATASET, "--no-replace")

    assert outcome.code == 2
    assert "--no-replace" in outcome.err
