"""Fine-tuning on the one engine: what it reads, what it measures, what it refuses and what it leaves."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mypt.config import validate
from mypt.dataset.batch import Batch
from mypt.dataset.episode_rows import EpisodeRows
from mypt.errors import ConfigError, InputError, ManifestMismatch
from mypt.model.checkpoint import load_sealed_model, read_config, save_model
from mypt.provenance.artifact import open_artifact, staged
from mypt.provenance.trace import trace_back
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import load_tokenizer, save_tokenizer
from mypt.training.assembly import make_stepper
from mypt.training.data_recipe import DataRecipe
from mypt.training.initial_model import make_model
from mypt.training.metrics_log import read_rows
from mypt.training.recipe import TrainingConfig
from mypt.training.run import train
from mypt.training.sft_data import make_sft_batches, open_sft_datasets
from mypt.training.sft_recipe import SftRecipe
from mypt.training.step import Stepper
from tests.training.episodes import ROW, TRAIN, VAL, say, sft_recipe, write_episodes
from tests.training.models import on_cpu, only_world


def rows_of(batch: Batch) -> list[bytes]:
    return [row.tobytes() for row in batch.targets]


def test_each_epoch_reads_every_row_once_in_another_order(sft: SftRecipe) -> None:
    batches = make_sft_batches(sft, open_sft_datasets(sft))
    n_rows = batches.rows.n_rows
    assert n_rows > 4

    read = [row for index in range(n_rows) for row in rows_of(batches.batch(index))]

    first, second = read[:n_rows], read[n_rows:]
    assert sorted(first) == sorted(second) == sorted(rows_of(batches.rows.batch(np.arange(n_rows))))
    assert first != second
    assert batches.row_tokens == ROW


def stepper_of(sft: SftRecipe, folder: Path, **training: object) -> Stepper:
    still = sft.model_copy(
        update={"regularization": sft.regularization.model_copy(update={"dropout": 0.0, "neftune_alpha": 0})}
    )
    config = TrainingConfig.model_validate({**sft.training.model_dump(), **training})
    return make_stepper(make_model(still, load_tokenizer(folder)), config, only_world())


def gradients(stepper: Stepper) -> dict[str, torch.Tensor]:
    found = {name: p.grad for name, p in stepper.model.named_parameters() if p.grad is not None}
    assert found
    return found


def alone(rows: EpisodeRows, number: int) -> Batch:
    """Return an episode as a row of its own, without any padding."""
    start, length = int(rows.starts[number]), int(rows.lengths[number])
    ids = rows.tokens[start : start + length].astype(np.int64)[None]
    weights = np.array(rows.weights[start + 1 : start + length])[None]  # a writable copy
    return Batch(ids[:, :-1], ids[:, 1:], weights)


@pytest.mark.parametrize("row_tokens", [ROW, 3 * ROW])
def test_packed_rows_teach_what_each_episode_alone_teaches(
    sft: SftRecipe, talker_folder: Path, tmp_path: Path, row_tokens: int
) -> None:
    """Also where a row is longer than the block of the model."""
    folder = write_episodes(tmp_path / "rows", load_tokenizer(talker_folder), row_tokens=row_tokens)
    rows = EpisodeRows.open(folder, "train", row_tokens)
    together, apart = stepper_of(sft, talker_folder), stepper_of(sft, talker_folder)
    packed = rows.batch(np.arange(rows.n_rows))
    assert (packed.weights == 0).any()
    assert set(np.unique(packed.weights)) == {0.0, 1.0, 1.5, 2.0}

    loss = float(together.accumulate(0, on_cpu(packed)))
    expected = float(apart.accumulate(0, on_cpu(*(alone(rows, n) for n in range(rows.n_episodes)))))

    assert loss == pytest.approx(expected, rel=1e-5)
    wanted = gradients(apart)
    for name, gradient in gradients(together).items():
        assert torch.allclose(gradient, wanted[name], atol=1e-6, rtol=1e-4), name


def test_the_loss_is_the_weighted_mean_over_uneven_micro_batches(sft: SftRecipe, talker_folder: Path) -> None:
    rows = EpisodeRows.open(Path(sft.dataset), "train", ROW)
    parts = [rows.batch(np.arange(0, 1)), rows.batch(np.arange(1, rows.n_rows))]
    whole = rows.batch(np.arange(rows.n_rows))
    big, small = stepper_of(sft, talker_folder), stepper_of(sft, talker_folder)

    losses = [float(big.accumulate(0, on_cpu(whole))), float(small.accumulate(0, on_cpu(*parts)))]

    assert parts[0].weights.sum() != parts[1].weights.sum()
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    with torch.no_grad():
        logits = big.model(torch.from_numpy(whole.inputs), segments=torch.from_numpy(whole.segments))
        nll = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), torch.from_numpy(whole.targets).flatten(), reduction="none"
        )
    weights = torch.from_numpy(whole.weights).flatten()
    assert losses[0] == pytest.approx(float((nll * weights).sum() / weights.sum()), rel=1e-5)


def test_a_phase_leaves_a_model_that_says_what_made_it(sft: SftRecipe, tmp_path: Path) -> None:
    model = train(sft, tmp_path)

    assert model is not None
    manifest = model.manifest
    assert [entry.kind for entry in manifest.inputs] == ["episode_dataset", "dataset", "model"]
    assert manifest.licences == {"CC-BY-4.0": 14, "CC0-1.0": 24}
    assert [link.artifact.manifest.kind for link in trace_back(tmp_path / "model")][:2] == [
        "model", "episode_dataset",
    ]  # fmt: skip
    (read,) = manifest.counts["read"]
    assert read["windows"] == 6 * 2 * 2
    assert read["tokens"] == manifest.counts["tokens"] == 6 * 2 * 2 * ROW
    assert set(manifest.counts["forgetting"]) == {"general"}, "only text tells what was forgotten"
    assert set(manifest.counts["validations"][0]["categories"]) == {
        "held_out", "train", "general", "words", "copy",
    }  # fmt: skip
    config = read_config(tmp_path / "model")
    assert (config.dropout, config.neftune_alpha) == (0.1, 5.0)


def test_the_log_has_loss_and_accuracy_of_every_part(sft: SftRecipe, tmp_path: Path) -> None:
    quiet = sft.regularization.model_copy(update={"dropout": 0.0, "neftune_alpha": 0.0})
    training = sft.training.model_copy(update={"steps": 30, "learning_rate": 1e-2, "validate_every": 30})

    values = {"training": training, "force_learning_rate": True, "regularization": quiet}
    train(sft.model_copy(update=values), tmp_path)

    first, *_, last = (row for row in read_rows(tmp_path / "metrics.jsonl") if row["event"] == "validation")
    written = {"assistant", "think", "replay", "<myPT_think>", "</myPT_think>", "</myPT_assistant>"}
    assert set(first["parts"]) == written | {"<myPT_eot>"}
    before, after = (row["parts"]["<myPT_eot>"] for row in (first, last))
    assert (before["n_tokens"], after["n_tokens"]) == (3, 3)
    assert after["nats_per_token"] < before["nats_per_token"] / 2
    assert 0 <= before["accuracy"] <= after["accuracy"] <= 1


def test_the_rows_of_tags_start_at_the_mean_and_learn(
    sft: SftRecipe, talker_folder: Path, tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(talker_folder)
    tags = slice(tokenizer.base_vocab_size, tokenizer.base_vocab_size + 19)
    before = load_sealed_model(talker_folder).token_embedding.weight
    begun = make_model(sft, tokenizer).token_embedding.weight
    train(sft, tmp_path)

    learned = load_sealed_model(tmp_path / "model").token_embedding.weight

    mean, spread = before[: tags.start].mean(dim=0), before[: tags.start].std(dim=0)
    assert ((begun[tags] - mean).abs() < spread).all()
    assert not (begun[tags] == before[tags]).any()
    changed = (learned[tags] != begun[tags]).any(dim=1)
    assert changed.all(), "those that were seen and those that were not, by the softmax"
    assert torch.equal(learned[tags.stop :], before[tags.stop :])
    plain = make_model(sft.model_copy(update={"special_rows": False}), tokenizer)
    assert torch.equal(plain.token_embedding.weight, before)


def test_a_stopped_phase_goes_on_to_the_same_bytes(sft: SftRecipe, tmp_path: Path) -> None:
    straight = train(sft, tmp_path / "straight")
    asked = iter([False, False, True])

    assert train(sft, tmp_path / "stopped", should_stop=lambda: next(asked)) is None
    resumed = train(sft, tmp_path / "stopped")

    assert straight is not None
    assert resumed is not None
    assert resumed.digest == straight.digest


def test_the_next_phase_starts_from_the_last_one(
    sft: SftRecipe, episodes_folder: Path, tmp_path: Path
) -> None:
    train(sft, tmp_path / "one")
    parent = tmp_path / "one" / "model"

    model = train(sft_recipe(parent, episodes_folder, special_rows=False), tmp_path / "two")

    assert model is not None
    assert model.manifest.licences["CC0-1.0"] == 24
    assert model.manifest.licences["CC-BY-4.0"] == 28
    assert "forgetting" not in model.manifest.counts


def refused(recipe: SftRecipe, out: Path, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        train(recipe, out)
    assert not out.exists(), "nothing is written"


def changed(sft: SftRecipe, **values: object) -> SftRecipe:
    return validate({**sft.model_dump(), **values}, SftRecipe, "test")


def test_a_parent_of_another_tokenizer_is_refused(sft: SftRecipe, tmp_path: Path) -> None:
    other = write_episodes(tmp_path / "other", CharacterTokenizer("xyz"))

    refused(changed(sft, dataset=str(other)), tmp_path / "run", InputError, "different tokenizers")


def test_an_episode_longer_than_the_parents_window_is_refused(
    sft: SftRecipe, talker_folder: Path, tmp_path: Path
) -> None:
    tokenizer = load_tokenizer(talker_folder)
    long = write_episodes(tmp_path / "long", tokenizer, [*TRAIN, say("w" * 60)], row_tokens=160)

    refused(
        changed(sft, dataset=str(long)), tmp_path / "run", ConfigError, "tokens, more than.*block_size=64"
    )


def test_an_empty_split_is_refused(sft: SftRecipe, talker_folder: Path, tmp_path: Path) -> None:
    empty = write_episodes(tmp_path / "empty", load_tokenizer(talker_folder), val=[])

    refused(changed(sft, dataset=str(empty)), tmp_path / "run", InputError, "val split holds no episodes")


def test_another_kind_of_folder_is_refused(sft: SftRecipe, dataset_folder: Path, tmp_path: Path) -> None:
    refused(
        changed(sft, dataset=str(dataset_folder)), tmp_path / "run",
        ManifestMismatch, "expected a episode_dataset, this is a dataset",
    )  # fmt: skip
    refused(
        changed(sft, eval_sets={"x": sft.init_from}), tmp_path / "run", ManifestMismatch, "expected a dataset"
    )


def test_a_category_that_nobody_holds_out_is_refused(
    sft: SftRecipe, dataset_folder: Path, tmp_path: Path
) -> None:
    recipe = changed(sft, eval_sets={"code": f"{dataset_folder}#code"})

    refused(recipe, tmp_path / "run", InputError, "val-code split has 0 tokens")


def test_a_rate_above_all_that_the_parent_met_is_refused_unless_forced(
    sft: SftRecipe, tmp_path: Path
) -> None:
    high = sft.training.model_copy(update={"learning_rate": 4e-3})

    refused(changed(sft, training=high), tmp_path / "run", ConfigError, r"above 0\.003.*would forget")
    forced = changed(sft, training=high, force_learning_rate=True)
    assert train(forced, tmp_path / "run", should_stop=lambda: True) is None


def test_a_parent_without_rows_for_tags_is_refused(
    sft: SftRecipe, talker_folder: Path, tmp_path: Path
) -> None:
    model, tokenizer = load_sealed_model(talker_folder), load_tokenizer(talker_folder)
    model.config = model.config.model_copy(update={"vocab_size": tokenizer.base_vocab_size})
    with staged(tmp_path / "narrow", "model", DataRecipe(dataset="x")) as draft:
        save_model(draft.path, model)
        save_tokenizer(draft.path, tokenizer)

    refused(changed(sft, init_from=str(tmp_path / "narrow")), tmp_path / "run", InputError, "tags need")


def test_the_episodes_of_a_split_are_opened_as_they_were_written(episodes_folder: Path) -> None:
    rows = EpisodeRows.open(episodes_folder, "val", ROW)

    assert rows.n_episodes == len(VAL)
    assert open_artifact(episodes_folder, "episode_dataset").manifest.recipe["row_tokens"] == ROW
