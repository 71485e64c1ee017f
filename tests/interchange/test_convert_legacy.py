"""Checkpoints of the earlier MyPT answer as they did."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mypt.conversation.special_tokens import SPECIAL_TOKENS, get_special_token_ids
from mypt.errors import InputError
from mypt.files import sha256_file
from mypt.interchange.convert_legacy import convert_legacy
from mypt.model.model_folder import open_model_folder
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.interchange.legacy_files import (
    CONFIG,
    MODERN,
    legacy_logits,
    make_weights,
    tokenizer_state,
    write_folder,
    write_single,
)
from tests.interchange.models import logits

EXISTING = 50276
FUSED = {
    "gelu": {},
    "biases": {"bias": True},
    "tied": {"tie_weights": True},
    "modern": MODERN,
    "modern, biases": {**MODERN, "bias": True, "tie_weights": False},
    "modern, scaled positions": {**MODERN, "rope_scale": 4.0},
    "swiglu with layernorm": {**MODERN, "norm_type": "layernorm"},
    "gelu with rmsnorm": {"norm_type": "rmsnorm"},
}


def some_ids(below: int = EXISTING) -> Tensor:
    return torch.randint(below, (2, 16), generator=torch.Generator().manual_seed(1))


def assert_same_answers(folder: Path, config: dict[str, Any], weights: dict[str, Tensor]) -> None:
    model, ids = open_model_folder(folder).model, some_ids()
    expected = legacy_logits(config, weights, ids)[..., :EXISTING]
    torch.testing.assert_close(logits(model, ids), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("changes", FUSED.values(), ids=FUSED)
def test_a_folder_answers_as_it_did(changes: dict[str, Any], tmp_path: Path) -> None:
    config = {**CONFIG, **changes}
    weights = make_weights(config)
    write_folder(tmp_path / "old", config, weights)

    artifact = convert_legacy(tmp_path / "old", tmp_path / "model")

    assert_same_answers(artifact.path, config, weights)
    assert open_model_folder(artifact.path).model.config.head_bias


@pytest.mark.parametrize("bias", [False, True])
def test_the_first_generation_answers_as_it_did(bias: bool, tmp_path: Path) -> None:  # noqa: FBT001
    config = {**CONFIG, "bias": bias}
    weights = make_weights(config, separate_heads=True)
    write_single(tmp_path / "final.pt", config, weights)

    artifact = convert_legacy(tmp_path / "final.pt", tmp_path / "model")

    assert_same_answers(artifact.path, config, weights)
    assert open_model_folder(artifact.path).model.config.mlp_type == "relu"


def test_weights_in_bf16_are_taken_as_they_are(tmp_path: Path) -> None:
    weights = make_weights(CONFIG)
    write_folder(tmp_path / "old", CONFIG, weights, dtype=torch.bfloat16)

    artifact = convert_legacy(tmp_path / "old", tmp_path / "model")

    rounded = {name: tensor.bfloat16().float() for name, tensor in weights.items()}
    assert_same_answers(artifact.path, CONFIG, rounded)


def test_a_bias_of_nothing_but_zeros_is_no_bias(tmp_path: Path) -> None:
    weights = {**make_weights(CONFIG), "lm_head.bias": torch.zeros(50304)}
    write_folder(tmp_path / "old", CONFIG, weights)

    artifact = convert_legacy(tmp_path / "old", tmp_path / "model")

    assert not open_model_folder(artifact.path).model.config.head_bias
    assert_same_answers(artifact.path, CONFIG, weights)


def test_padding_rows_are_dropped_and_tags_are_kept(tmp_path: Path) -> None:
    write_folder(tmp_path / "old", CONFIG, make_weights(CONFIG))

    artifact = convert_legacy(tmp_path / "old", tmp_path / "model")

    opened = open_model_folder(artifact.path)
    assert (opened.model.config.vocab_size, opened.model.config.padded_vocab_size) == (EXISTING, 50304)
    assert opened.tokenizer == Gpt2Bpe()
    assert artifact.manifest.counts["rows_added"] == 0
    assert not opened.is_base


def test_a_character_model_keeps_its_characters_and_draws_no_others(tmp_path: Path) -> None:
    characters = sorted(set("Grüezi, wie gaht's?\n"))
    config = {**CONFIG, "vocab_size": len(characters)}
    weights = make_weights(config, separate_heads=True)
    write_single(tmp_path / "latest.pt", config, weights, tokenizer_state("char", chars=characters))

    opened = open_model_folder(convert_legacy(tmp_path / "latest.pt", tmp_path / "model").path)

    ids = torch.tensor([opened.tokenizer.encode("Grüezi, wie")])
    theirs = torch.tensor([[characters.index(character) for character in "Grüezi, wie"]])
    ours = logits(opened.model, ids)[..., 256 : 256 + len(characters)]
    torch.testing.assert_close(ours, legacy_logits(config, weights, theirs), atol=1e-5, rtol=1e-5)
    probabilities = logits(opened.model, ids).softmax(-1)[..., 256 : 256 + len(characters)]
    assert opened.tokenizer == CharacterTokenizer("".join(characters))
    assert opened.is_base
    assert probabilities.sum(-1).min() > 0.9999


def test_tags_in_another_order_get_their_own_rows(tmp_path: Path) -> None:
    weights = make_weights(CONFIG)
    older = {tag: 50257 + place for place, tag in enumerate(reversed(SPECIAL_TOKENS[:15]))}
    write_single(tmp_path / "final.pt", CONFIG, weights, tokenizer_state(special_token_encoder=older))

    artifact = convert_legacy(tmp_path / "final.pt", tmp_path / "model")

    model, ids = open_model_folder(artifact.path).model, some_ids(50257)
    answers, expected = logits(model, ids), legacy_logits(CONFIG, weights, ids)
    for tag, token in get_special_token_ids().items():
        if tag in older:
            torch.testing.assert_close(answers[..., token], expected[..., older[tag]], atol=1e-5, rtol=1e-5)
    assert artifact.manifest.counts["rows_added"] == 4


def test_the_manifest_binds_every_file_that_was_read(tmp_path: Path) -> None:
    old = write_folder(tmp_path / "old", CONFIG, make_weights(CONFIG))

    artifact = convert_legacy(old, tmp_path / "model")

    names = ["config.json", "model.pt", "tokenizer.json"]
    assert artifact.manifest.sources == {name: sha256_file(old / name) for name in names}
    assert convert_legacy(old, tmp_path / "model").digest == artifact.digest


@pytest.mark.parametrize(
    "state",
    [
        tokenizer_state("word"),
        tokenizer_state("char", chars=None),
        tokenizer_state("char", chars=["ab"]),
        tokenizer_state("char", chars=[1]),
        tokenizer_state("char", chars=["b", "a"]),
        tokenizer_state(special_token_encoder={"<myPT_user>": "first"}),
    ],
    ids=str,
)
def test_a_tokenizer_that_makes_no_sense_is_refused(state: dict[str, Any], tmp_path: Path) -> None:
    write_single(tmp_path / "final.pt", CONFIG, make_weights(CONFIG), state)

    with pytest.raises(InputError):
        convert_legacy(tmp_path / "final.pt", tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["final.pt"]


def test_too_few_ids_for_gpt2_are_refused(tmp_path: Path) -> None:
    config = {**CONFIG, "vocab_size": 100}
    write_single(tmp_path / "final.pt", config, make_weights(config))

    with pytest.raises(InputError, match="kind 'gpt2' does not go with 100 ids"):
        convert_legacy(tmp_path / "final.pt", tmp_path / "model")
