"""A mix holds the shares it was asked for, nothing twice, every row as it was, and where each came from."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mypt.config import validate
from mypt.conversation.episode import Replay
from mypt.conversation.render import render
from mypt.documents.parts import read_table
from mypt.errors import InputError
from mypt.files import read_json
from mypt.provenance.artifact import Artifact
from mypt.sft.episode_files import read_rows
from mypt.sft.generator import Split
from mypt.sft.mix import LINEAGE_NAME, mix
from mypt.sft.mix_recipe import MixRecipe
from tests.dataset.corpora import bilingual, dataset_of
from tests.sft.sample_episodes import TOKENIZER, echoes, episode, sealed


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    """Return episodes of two phases and a dataset, large enough for shares of one percent."""
    folder = tmp_path_factory.mktemp("inputs")
    sets = {"operators": (2, 720), "wraps": (2, 480), "locks": (1, 360), "more": (2, 240)}
    made = {
        name: sealed(
            folder / name,
            echoes("train", n, name=name, phase=phase),
            echoes("val", n // 4, name=name, phase=phase),
        )
        for name, (phase, n) in sets.items()
    }
    return made | {"dataset": dataset_of(folder, bilingual(20), tokenizer="gpt2_bpe")}


def recipe(made: dict[str, Artifact], *own: str, **values: Any) -> MixRecipe:
    """Return a recipe for phase 2 of the named inputs, in equal shares."""
    settings: dict[str, Any] = {
        "phase": 2,
        "inputs": {name: {"artifact": str(made[name].path)} for name in own},
        "earlier": {"1": {"artifact": str(made["locks"].path)}},
        "pretraining": {"dataset": str(made["dataset"].path), "share": 0.03, "max_tokens": 32},
    }
    return validate(settings | values, MixRecipe, "test")


@pytest.fixture(scope="module")
def mixed(inputs: dict[str, Artifact], tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Return a mix of two inputs with replay."""
    return mix(recipe(inputs, "operators", "wraps"), TOKENIZER, tmp_path_factory.mktemp("mixed") / "mix")


def lineage(artifact: Artifact, split: Split = "train") -> list[dict[str, Any]]:
    return [row for row in read_table(artifact.path / LINEAGE_NAME).to_pylist() if row["split"] == split]


def lines(artifact: Artifact, split: Split = "train") -> list[bytes]:
    return [numbered.line for numbered in read_rows(artifact.path, split)]


def rows_of(artifact: Artifact, name: str, split: Split = "train") -> list[int]:
    """Return which rows of an input are in a mix, in its order."""
    return [row["input_row"] for row in lineage(artifact, split) if row["input"] == name]


def test_shares_of_supervised_tokens_are_held(mixed: Artifact, inputs: dict[str, Artifact]) -> None:
    tokens: Counter[str] = Counter()
    for row, origin in zip(read_rows(mixed.path, "train"), lineage(mixed), strict=True):
        tokens[origin["input"]] += render(row.row, TOKENIZER).n_supervised

    total = sum(tokens.values())
    shares = recipe(inputs, "operators", "wraps").shares()
    assert {name: count / total for name, count in tokens.items()} == pytest.approx(shares, abs=0.01)
    assert mixed.manifest.counts["supervised_tokens"]["train"] == total
    report = read_json(mixed.path / "report.json")["train"]["inputs"]
    assert {name: one["supervised_tokens"] for name, one in report.items()} == tokens


def test_the_shares_of_what_is_held_out_are_the_same_without_pretraining_text(mixed: Artifact) -> None:
    tokens: Counter[str] = Counter()
    for row, origin in zip(read_rows(mixed.path, "val"), lineage(mixed, "val"), strict=True):
        tokens[origin["input"]] += render(row.row, TOKENIZER).n_supervised

    total = sum(tokens.values())
    expected = {"operators": 0.46 / 0.97, "wraps": 0.46 / 0.97, "phase1": 0.05 / 0.97}
    assert {name: count / total for name, count in tokens.items()} == pytest.approx(expected, abs=0.01)


def test_every_row_stands_as_it_does_where_its_lineage_says(
    mixed: Artifact, inputs: dict[str, Artifact]
) -> None:
    folders = {"operators": "operators", "wraps": "wraps", "phase1": "locks"}
    originals = {(name, split): lines(inputs[folder], split) for name, folder in folders.items()
                 for split in ("train", "val")}  # fmt: skip

    for split in ("train", "val"):
        for number, (line, origin) in enumerate(
            zip(lines(mixed, split), lineage(mixed, split), strict=True), start=1
        ):
            assert origin["row"] == number
            if origin["input"] != "pretraining":
                assert origin["input_split"] == split
                assert line == originals[origin["input"], split][origin["input_row"] - 1]


def test_pretraining_text_says_its_shard_place_and_document(mixed: Artifact) -> None:
    replayed = [origin for origin in lineage(mixed) if origin["input"] == "pretraining"]
    texts = [row.row for row in read_rows(mixed.path, "train") if isinstance(row.row, Replay)]

    assert len(replayed) == len(texts) == mixed.manifest.counts["train"]["replay"] > 0
    assert all(origin["shard"] == "train-00000" for origin in replayed)
    assert {origin["document"].split("/")[0] for origin in replayed} == {"de", "en"}
    assert mixed.manifest.counts["val"]["replay"] == 0


def test_no_row_comes_twice(mixed: Artifact) -> None:
    for split in ("train", "val"):
        assert len(set(lines(mixed, split))) == len(lines(mixed, split))


def test_licences_are_added_up_and_every_input_is_named(mixed: Artifact, inputs: dict[str, Artifact]) -> None:
    replayed = Counter(row["document"][:2] for row in lineage(mixed) if row["document"])

    assert mixed.manifest.licences == {"CC0-1.0": replayed["de"], "MIT": 720 + 480 + 360 + replayed["en"]}
    assert [entry.digest for entry in mixed.manifest.inputs] == [
        inputs[name].digest for name in ("operators", "wraps", "locks", "dataset")
    ]


def test_another_input_changes_neither_the_rows_of_the_others_nor_their_order(
    inputs: dict[str, Artifact], tmp_path: Path
) -> None:
    fixed = {"supervised_tokens": 3000, "pretraining": None}
    before = mix(recipe(inputs, "operators", "wraps", **fixed), TOKENIZER, tmp_path / "before")
    after = mix(recipe(inputs, "operators", "wraps", "more", **fixed), TOKENIZER, tmp_path / "after")

    for name in ("operators", "wraps"):
        kept = set(rows_of(after, name))
        assert 0 < len(kept) < len(rows_of(before, name))  # its share is smaller now
        assert [row for row in rows_of(before, name) if row in kept] == rows_of(after, name)
    assert rows_of(after, "phase1") == rows_of(before, "phase1")


def test_an_input_that_is_too_small_stops_the_mix_and_leaves_nothing(
    inputs: dict[str, Artifact], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"'operators': its share of 46.0% .* it can give"):
        mix(recipe(inputs, "operators", "wraps", supervised_tokens=50_000), TOKENIZER, tmp_path / "mix")

    assert list(tmp_path.iterdir()) == []


def test_a_mix_that_shrinks_uses_the_short_input_once_and_says_so(
    inputs: dict[str, Artifact], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = {"1": {"artifact": str(inputs["locks"].path), "share": 0.4}}
    wished = recipe(inputs, "operators", earlier=earlier, on_short="shrink", pretraining=None)

    made = mix(wished, TOKENIZER, tmp_path / "mix")

    report = read_json(made.path / "report.json")["train"]
    assert report["short"] == made.manifest.counts["short"] == ["phase1"]
    assert report["planned"] < report["wanted"]
    assert (
        f"{100 * report['planned'] / report['wanted']:.0f} % of what was planned, for want of phase1"
        in caplog.text
    )
    assert report["inputs"]["phase1"]["realised"] == pytest.approx(0.4, abs=0.01)
    assert len(rows_of(made, "phase1")) == report["inputs"]["phase1"]["available_rows"]


def test_rows_come_again_only_where_the_recipe_repeats_them_and_never_in_val(
    inputs: dict[str, Artifact], tmp_path: Path
) -> None:
    own = {"wraps": {"artifact": str(inputs["wraps"].path), "repeat": 2}}

    made = mix(recipe(inputs, inputs=own, pretraining=None), TOKENIZER, tmp_path / "mix")

    times = Counter(rows_of(made, "wraps"))
    assert set(times.values()) == {2}
    assert Counter(row["time"] for row in lineage(made) if row["input"] == "wraps") == {
        1: len(times),
        2: len(times),
    }
    assert set(Counter(rows_of(made, "phase1")).values()) == {1}
    assert len(set(lines(made, "val"))) == len(lines(made, "val"))


def test_a_row_that_two_inputs_give_is_refused(inputs: dict[str, Artifact], tmp_path: Path) -> None:
    own = {name: {"artifact": str(inputs["wraps"].path)} for name in ("a", "b")}

    with pytest.raises(InputError, match="'a' and 'b' hold the same row, line 1"):
        mix(recipe(inputs, inputs=own), TOKENIZER, tmp_path / "mix")


def test_the_replay_of_a_phase_can_be_taken_out_of_its_mix(
    mixed: Artifact, inputs: dict[str, Artifact], tmp_path: Path
) -> None:
    chats = sealed(tmp_path / "chats", echoes("train", 300, name="chats", phase=3))
    values = {
        "phase": 3,
        "inputs": {"chats": {"artifact": str(chats.path)}},
        "earlier": {str(n): {"artifact": str(mixed.path)} for n in (1, 2)},
    }

    made = mix(recipe(inputs, **values, pretraining=None), TOKENIZER, tmp_path / "mix")

    phases = {row["input"]: set[int]() for row in lineage(made)}
    for numbered, origin in zip(read_rows(made.path, "train"), lineage(made), strict=True):
        assert not isinstance(numbered.row, Replay)
        phases[origin["input"]].add(numbered.row.phase or 0)
    assert phases == {"chats": {3}, "phase1": {1}, "phase2": {2}}
    assert made.manifest.counts["val"]["phase"].keys() == {"1", "2"}  # the chats hold nothing out


def test_an_input_without_an_episode_of_its_phase_is_refused(
    inputs: dict[str, Artifact], tmp_path: Path
) -> None:
    earlier = {"1": {"artifact": str(inputs["wraps"].path)}}

    with pytest.raises(InputError, match="'phase1': has no episode to draw"):
        mix(recipe(inputs, "operators", earlier=earlier), TOKENIZER, tmp_path / "mix")


def test_a_damaged_row_is_named_and_nothing_is_left(inputs: dict[str, Artifact], tmp_path: Path) -> None:
    bad = episode("a", "b").model_copy(update={"phase": 9})
    sealed(tmp_path / "own", [episode("c", "d", phase=2), bad])
    own = {"own": {"artifact": str(tmp_path / "own")}}

    with pytest.raises(InputError, match=r"own/train\.jsonl:2: [\s\S]*phase"):
        mix(recipe(inputs, inputs=own), TOKENIZER, tmp_path / "mix")

    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_what_a_kill_left_is_no_artifact_and_the_next_mix_gives_the_same_bytes(
    inputs: dict[str, Artifact], mixed: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished = recipe(inputs, "operators", "wraps")
    (tmp_path / ".mix.staging").mkdir()
    (tmp_path / ".mix.staging" / "train.jsonl").write_bytes(b"half a li")
    with monkeypatch.context() as patched:
        patched.setattr("mypt.sft.mix.write_table", interrupt)
        with pytest.raises(KeyboardInterrupt):
            mix(wished, TOKENIZER, tmp_path / "mix")

    assert list(tmp_path.iterdir()) == []
    assert mix(wished, TOKENIZER, tmp_path / "mix").digest == mixed.digest


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_same_work_is_found_and_not_done_again(inputs: dict[str, Artifact], mixed: Artifact) -> None:
    written = (mixed.path / "train.jsonl").stat().st_ino

    again = mix(recipe(inputs, "operators", "wraps"), TOKENIZER, mixed.path)

    assert again.digest == mixed.digest
    assert (mixed.path / "train.jsonl").stat().st_ino == written
