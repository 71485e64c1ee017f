"""What is no checkpoint, is torn or would run code is refused, and nothing of it is run."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mypt.errors import CheckpointError, InputError, MyptError
from mypt.interchange.legacy import our_config, our_weights, read_legacy
from tests.interchange.legacy_files import CONFIG, MODERN, make_weights, write_folder, write_single

SMALL = {**CONFIG, "vocab_size": 64}


class _Touch:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def convertible(path: Path) -> None:
    """Do all that is done before a folder is written."""
    found = read_legacy(path)
    our_weights(found, our_config(found))


def test_a_folder_and_its_weights_file_are_the_same_checkpoint(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", SMALL, make_weights(SMALL))

    assert read_legacy(folder / "model.pt").files == read_legacy(folder).files
    assert read_legacy(folder).tokenizer is not None


def test_training_settings_are_left_behind(tmp_path: Path) -> None:
    found = read_legacy(write_single(tmp_path / "a.pt", SMALL, make_weights(SMALL)))

    assert "epoch_seed" not in found.config.model_dump()
    assert our_config(found).dropout == 0.2


@pytest.mark.parametrize("separate_heads", [False, True])
def test_the_generation_is_told_by_the_names(separate_heads: bool, tmp_path: Path) -> None:  # noqa: FBT001
    weights = make_weights(SMALL, separate_heads=separate_heads)

    found = read_legacy(write_single(tmp_path / "a.pt", SMALL, weights))

    assert found.has_separate_heads == separate_heads
    assert our_config(found).mlp_type == ("relu" if separate_heads else "gelu_exact")


def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path: Path) -> None:
    content = {"config": SMALL, "model_state_dict": make_weights(SMALL), "x": _Touch(tmp_path / "ran")}
    torch.save(content, tmp_path / "evil.pt")

    with pytest.raises(CheckpointError, match="holds more than tensors and plain values") as caught:
        read_legacy(tmp_path / "evil.pt")

    assert not (tmp_path / "ran").exists()
    assert "which you trust" in caught.value.hint


def test_a_plain_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "evil.pt").write_bytes(pickle.dumps(_Touch(tmp_path / "ran")))

    with pytest.raises(CheckpointError):
        read_legacy(tmp_path / "evil.pt")

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_torn_file_is_recognised(share: float, tmp_path: Path) -> None:
    path = write_single(tmp_path / "a.pt", SMALL, make_weights(SMALL))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(CheckpointError):
        read_legacy(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_an_error_of_ours_or_harmless(
    at: float,
    value: int,
    cut: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    path = write_single(tmp_path / "a.pt", SMALL, make_weights(SMALL))
    data = bytearray(path.read_bytes())
    place = min(int(at * len(data)), len(data) - 1)
    data[place] = value
    path.write_bytes(data[: place if cut else None])

    try:
        convertible(path)
    except MyptError as error:
        assert error.message.startswith(str(path))  # noqa: PT017


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "holds a list, expected named weights"),
        ({"weight": torch.zeros(2)}, "no checkpoint of the earlier MyPT"),
        ({"config": [], "model_state_dict": {}}, "its config is a list"),
        ({"config": SMALL, "model_state_dict": {"x": 1}}, "its weights are not tensors by name"),
        ({"config": SMALL, "model_state_dict": {}, "tokenizer": "gpt2"}, "its tokenizer is a str"),
        ({"config": {**SMALL, "n_layer": -1}, "model_state_dict": {}}, "n_layer: Input should be greater"),
        ({"config": {**SMALL, "mlp_type": "moe"}, "model_state_dict": {}}, "mlp_type"),
        ({"config": {"n_embd": 4}, "model_state_dict": {}}, "block_size: this setting is required"),
    ],
    ids=str,
)
def test_what_is_no_checkpoint_is_refused(content: object, reason: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt")

    with pytest.raises((InputError, CheckpointError), match=reason):
        read_legacy(tmp_path / "a.pt")


@pytest.mark.parametrize(
    "changes",
    [
        {"n_layer": 10**9},
        {"n_embd": 10**9, "n_head": 1},
        {"vocab_size": 10**12},
        {"n_layer": 1},
        {"block_size": 8},
    ],
    ids=str,
)
def test_a_config_of_another_model_is_refused_before_anything_is_built(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    write_folder(tmp_path / "old", {**SMALL, **changes}, make_weights(SMALL))

    with pytest.raises(CheckpointError) as caught:
        convertible(tmp_path / "old")

    assert "another" in caught.value.hint


def test_a_rotary_table_of_any_length_is_not_built(tmp_path: Path) -> None:
    config = {**SMALL, **MODERN, "block_size": 10**12}
    write_folder(tmp_path / "old", config, make_weights({**config, "block_size": 16}))

    with pytest.raises(InputError, match="1,000,000,000,000 positions are more than"):
        convertible(tmp_path / "old")


@pytest.mark.parametrize(
    "name", ["blocks.1.sa.proj.weight", "blocks.0.ln1.bias", "lm_head.bias", "ln_f.weight"]
)
def test_missing_weights_are_named(name: str, tmp_path: Path) -> None:
    weights = make_weights(SMALL)
    del weights[name]
    write_folder(tmp_path / "old", SMALL, weights)

    with pytest.raises(CheckpointError, match=f"is missing {name}"):
        convertible(tmp_path / "old")


def test_a_tied_head_of_its_own_is_refused(tmp_path: Path) -> None:
    config = {**SMALL, "tie_weights": True}
    weights = {**make_weights(config), "lm_head.weight": torch.zeros(64, 16)}
    write_folder(tmp_path / "old", config, weights)

    with pytest.raises(CheckpointError, match=r"has the unexpected lm_head\.weight"):
        convertible(tmp_path / "old")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_legacy(tmp_path / "none.pt")
    folder = write_folder(tmp_path / "old", SMALL, make_weights(SMALL))
    (folder / "config.json").unlink()
    with pytest.raises(InputError, match=r"has no config\.json"):
        read_legacy(folder)


def test_a_folder_of_single_files_says_which_to_give(tmp_path: Path) -> None:
    write_single(tmp_path / "final.pt", SMALL, make_weights(SMALL))

    with pytest.raises(InputError, match=r"has no model\.pt") as caught:
        read_legacy(tmp_path)

    assert caught.value.hint == "give one of its files: final.pt"


def test_a_damaged_config_is_an_error_of_ours(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old", SMALL, make_weights(SMALL))
    (folder / "config.json").write_text(json.dumps(SMALL)[:-5], encoding="utf-8")

    with pytest.raises(InputError, match="not JSON"):
        read_legacy(folder)
