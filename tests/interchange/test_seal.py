"""Weights from elsewhere fill a model, and only ids that they lack are made up."""

from pathlib import Path

import torch

from mypt.interchange.seal import fill_model, write_model
from mypt.model.model_folder import open_model_folder
from mypt.provenance.artifact import staged
from tests.interchange.models import LETTERS, Recipe, gpt2
from tests.model.models import make_model


def test_ids_that_are_missing_get_the_rows_of_the_seed() -> None:
    weights = dict(make_model(gpt2()).state_dict())
    weights["token_embedding.weight"] = weights["token_embedding.weight"][:10]

    models = [fill_model(gpt2(), weights, seed) for seed in (0, 0, 1)]

    rows = [model.token_embedding.weight for model in models]
    assert torch.equal(rows[0][:10], weights["token_embedding.weight"])
    assert torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[0][10:], rows[2][10:])
    assert not models[0].training


def test_the_manifest_counts_what_was_added(tmp_path: Path) -> None:
    model = make_model(gpt2())

    with staged(tmp_path / "model", "model", Recipe()) as draft:
        write_model(draft, model, LETTERS, rows_added=19)

    opened = open_model_folder(tmp_path / "model")
    assert opened.artifact.manifest.counts["rows_added"] == 19
    assert opened.artifact.manifest.counts["parameters"] == sum(p.numel() for p in model.parameters())
    assert opened.tokenizer == LETTERS
