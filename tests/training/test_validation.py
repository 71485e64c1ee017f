"""Bits per byte of each category on fixed windows, the same for any number of processes."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mypt.config import validate
from mypt.dataset.token_shards import TokenShards
from mypt.errors import InputError
from mypt.model.gpt import GPT
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.tokenizer.registry import load_tokenizer
from mypt.tokenizer.tokenizer import token_byte_lengths
from mypt.training.categories import Category, copy_windows, spread_windows
from mypt.training.data_recipe import DataRecipe
from mypt.training.recipe import TrainingConfig
from mypt.training.validation import Division, Validation, make_validation
from tests.training.models import TINY, make_model

END = 12
IDS = np.random.default_rng(0).integers(0, TINY.vocab_size, 8 * 10 + 1).tolist()
TOKEN_BYTES = np.array([*(np.arange(END) % 4), 0])  # some ids are no text


@pytest.fixture
def shards(tmp_path: Path) -> TokenShards:
    np.array(IDS, dtype="<u2").tofile(tmp_path / "val-00000.bin")
    return TokenShards.open(tmp_path, "val", "uint16", TINY.block_size)


MakeValidation = Callable[..., Validation]


@pytest.fixture
def validation(shards: TokenShards) -> MakeValidation:
    def make(batch_size: int = 3, end_of_text: int | None = None, **values: Any) -> Validation:
        windows = spread_windows([shards], [1.0], values.pop("limit", 99), end_of_text)
        copies = Category("copy", copy_windows(TOKEN_BYTES, TINY.block_size, 5), counts_hits=True)
        return Validation((Category("held_out", windows), copies), batch_size, TOKEN_BYTES, **values)

    return make


def nll_alone(model: GPT, ids: list[int], targets: list[int]) -> torch.Tensor:
    logits = model(torch.tensor([ids])).detach()[0]
    return torch.nn.functional.cross_entropy(logits, torch.tensor(targets), reduction="none")


def test_bits_per_byte_divide_by_the_bytes_of_the_targets(validation: MakeValidation) -> None:
    model = make_model()

    report = validation().run(model, step=7)

    nll = torch.cat([nll_alone(model, IDS[i : i + 8], IDS[i + 1 : i + 9]) for i in range(0, 80, 8)])
    lengths = torch.from_numpy(TOKEN_BYTES)[IDS[1:]]
    assert report.step == 7
    assert report.held_out.n_tokens == int((lengths > 0).sum())
    assert report.held_out.n_bytes == int(lengths.sum())
    nats = float(nll[lengths > 0].sum())
    assert report.held_out.bits_per_byte == pytest.approx(nats / math.log(2) / int(lengths.sum()), rel=1e-5)
    assert report.held_out.nats_per_token == pytest.approx(nats / int((lengths > 0).sum()), rel=1e-5)
    assert report.held_out.accuracy is None


def test_isolated_documents_are_measured_as_if_each_were_alone(validation: MakeValidation) -> None:
    model = make_model()

    found = validation(end_of_text=END).windows(model, "held_out")

    expected = []
    for start in range(0, 80, 8):
        inputs, targets = IDS[start : start + 8], IDS[start + 1 : start + 9]
        cuts = [0, *(i for i in range(1, 8) if inputs[i] == END), 8]
        pieces = [slice(a, b) for a, b in pairwise(cuts)]
        nll = torch.cat([nll_alone(model, inputs[piece], targets[piece]) for piece in pieces])
        expected.append(float(nll[torch.from_numpy(TOKEN_BYTES)[targets] > 0].sum()))
    assert IDS.count(END) > 2
    assert found.nats == pytest.approx(np.array(expected), rel=1e-5)
    assert found.nats != pytest.approx(validation().windows(model, "held_out").nats, rel=1e-5)


def test_copying_is_scored_on_what_was_seen_before(validation: MakeValidation) -> None:
    model = make_model()

    copy = validation().run(model, 0).categories["copy"]

    batch = copy_windows(TOKEN_BYTES, TINY.block_size, 5).batch(np.arange(5))
    logits = model(torch.from_numpy(batch.inputs)).detach()[:, 4:].flatten(0, 1)
    targets = torch.from_numpy(batch.targets)[:, 4:].flatten()
    nll = float(torch.nn.functional.cross_entropy(logits, targets))
    assert (copy.n_tokens, copy.n_bytes) == (20, int(TOKEN_BYTES[targets.numpy()].sum()))
    assert copy.nats_per_token == pytest.approx(nll, rel=1e-5)
    assert copy.accuracy == pytest.approx(float((logits.argmax(1) == targets).float().mean()))


class Oracle(GPT):
    """Repeats, after half a block, what was said before."""

    def hidden(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        half = ids.shape[1] // 2
        following = torch.roll(ids, half - 1, dims=1)  # the id after the earlier copy of this one
        return torch.nn.functional.one_hot(following, self.config.vocab_size).float()

    def head(self, x: torch.Tensor) -> torch.Tensor:
        return 50.0 * x


def test_a_model_that_copies_scores_one(validation: MakeValidation) -> None:
    copy = validation().run(Oracle(TINY), 0).categories["copy"]

    assert copy.accuracy == 1.0
    assert copy.bits_per_byte == pytest.approx(0.0, abs=1e-6)


def test_the_batch_size_does_not_change_the_result(validation: MakeValidation) -> None:
    reports = [validation(size).run(make_model(), 0) for size in (1, 7)]

    for name in ("held_out", "copy"):
        first, second = (report.categories[name] for report in reports)
        assert first.bits_per_byte == pytest.approx(second.bits_per_byte, rel=1e-6)
        assert (first.n_tokens, first.accuracy) == (second.n_tokens, second.accuracy)


def shared_report(make: MakeValidation, world_size: int) -> tuple[list[Any], list[int]]:
    """Let processes take turns: collect what each measures, then give all of it to each."""
    offered: list[Any] = []
    forwards: list[int] = []
    for rank in range(world_size):

        def offer(items: list[Any]) -> list[Any]:
            offered.extend(items)
            raise InterruptedError

        model = make_model()
        count = [0]
        model.final_norm.register_forward_hook(lambda *_, count=count: count.__setitem__(0, count[0] + 1))
        with pytest.raises(InterruptedError):
            make(division=Division(rank, world_size, offer)).run(model, 0)
        forwards.append(count[0])
    everything = list(reversed(offered))
    division = Division(0, world_size, lambda _: everything)
    return [make(division=division).run(make_model(), 0)], forwards


@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 11])
def test_any_number_of_processes_gives_the_same_bits(validation: MakeValidation, world_size: int) -> None:
    alone = validation().run(make_model(), 0)

    reports, forwards = shared_report(validation, world_size)

    assert reports == [alone]
    assert len(set(forwards)) == 1  # a sharded model would hang if one computed less


def test_windows_come_in_their_order_whoever_measured_them(validation: MakeValidation) -> None:
    backwards = validation(division=Division(0, 1, lambda items: items[::-1]))

    found = backwards.windows(make_model(), "held_out")

    assert np.array_equal(found.nats, validation().windows(make_model(), "held_out").nats)


def test_validation_leaves_training_mode_and_random_state_alone(validation: MakeValidation) -> None:
    model = make_model(TINY.model_copy(update={"dropout": 0.5}))
    model.train()
    state, numpy_state = torch.get_rng_state(), np.random.get_state(legacy=False)
    made = validation(limit=4)

    first, second = made.run(model, 0), made.run(model, 0)

    assert first == second
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert str(np.random.get_state(legacy=False)) == str(numpy_state)


def test_windows_of_a_category_add_up_to_its_loss(validation: MakeValidation) -> None:
    made, model = validation(), make_model()

    assert made.windows(model, "held_out").total() == made.run(model, 0).held_out
    with pytest.raises(InputError, match="no category is called 'domain'"):
        made.windows(model, "domain")


def data_recipe(**values: Any) -> DataRecipe:
    return validate(values, DataRecipe, "test")


@pytest.fixture
def dataset(dataset_folder: Path) -> Artifact:
    return open_artifact(dataset_folder, "dataset")


def from_recipe(recipe: DataRecipe, dataset: Artifact, **training: Any) -> Validation:
    lengths = token_byte_lengths(load_tokenizer(dataset.path))
    config = TrainingConfig(**{"steps": 1, "batch_size": 2, "validation_windows": 4, **training})
    return make_validation(recipe, dict.fromkeys(recipe.dataset_paths, dataset), config, 32, lengths)


def test_a_recipe_says_what_is_measured(dataset: Artifact) -> None:
    recipe = data_recipe(dataset="x", eval_sets={"general": "y", "domain": "z"})

    made = from_recipe(recipe, dataset)

    counts = {one.name: one.windows.n_windows for one in made.categories}
    assert counts == {"held_out": 4, "train": 4, "general": 4, "domain": 4, "copy": 16}
    assert [one.name for one in from_recipe(recipe, dataset, copy_sequences=0).categories][-1] == "domain"


def test_held_out_and_training_text_are_those_of_the_last_stage(dataset: Artifact, tmp_path: Path) -> None:
    missing = Artifact(tmp_path, dataset.manifest)
    stages = [{"name": "a", "dataset": "early", "until_iter": 1}, {"name": "b", "dataset": "late"}]
    recipe = data_recipe(curriculum={"phases": stages})
    lengths = token_byte_lengths(load_tokenizer(dataset.path))
    config = TrainingConfig(steps=2, validation_windows=4, isolate_documents=False)

    made = make_validation(recipe, {"early": missing, "late": dataset}, config, 32, lengths)

    val = TokenShards.open(dataset.path, "val", "uint16", 32)
    expected = spread_windows([val], [1.0], 4, None).batch(np.arange(4)).inputs
    assert np.array_equal(made.categories[0].windows.batch(np.arange(4)).inputs, expected)


def test_training_text_is_measured_on_training_windows(dataset: Artifact) -> None:
    made = from_recipe(data_recipe(dataset="x"), dataset)
    train = TokenShards.open(dataset.path, "train", "uint16", 32)

    inputs = made.categories[1].windows.batch(np.arange(4)).inputs

    assert np.array_equal(inputs[0], train.windows(np.array([0]))[0, :-1])
    assert np.array_equal(inputs[1], train.windows(np.array([train.n_windows // 4]))[0, :-1])


def test_documents_are_kept_apart_when_the_recipe_says_so(dataset: Artifact) -> None:
    def segments(*, isolate_documents: bool) -> list[Any]:
        values = {"isolate_documents": isolate_documents, "validation_windows": 99}
        made = from_recipe(data_recipe(dataset="x"), dataset, **values)
        return [one.windows.batch(np.arange(one.windows.n_windows)).segments for one in made.categories[:2]]

    assert segments(isolate_documents=False) == [None, None]
    assert all(found is not None for found in segments(isolate_documents=True))
