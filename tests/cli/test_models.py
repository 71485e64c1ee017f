"""A model folder is loaded whole and with the tokenizer that belongs to it, or not at all."""

import shutil
from pathlib import Path
from typing import Literal

import pytest

from mypt.cli.models import load_for_use
from mypt.config import Section
from mypt.errors import InputError, ManifestMismatch
from mypt.provenance.artifact import staged
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import load_tokenizer, save_tokenizer
from mypt.tokenizer.tokenizer import decode
from tests.cli.line import MODEL, RUN


class Recipe(Section):
    """What a model of another origin is made from."""

    kind: Literal["sft"] = "sft"


def sealed_again(line: Path, target: Path, *, tokenizer: CharacterTokenizer | None = None) -> Path:
    """Return the line's model as another recipe's, and with another tokenizer if one is given."""
    with staged(target, "model", Recipe()) as draft:
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            shutil.copy(line / MODEL / name, draft.path / name)
        if tokenizer is not None:
            save_tokenizer(draft.path, tokenizer)
    return target


def test_a_model_comes_with_the_tokenizer_beside_its_weights(line: Path) -> None:
    loaded = load_for_use(line / MODEL)

    assert loaded.tokenizer == load_tokenizer(line / MODEL)
    assert loaded.engine.block_size == 32
    assert loaded.engine.vocab_size == loaded.tokenizer.base_vocab_size + 19
    assert decode(loaded.tokenizer, loaded.tokenizer.encode("Würde")) == "Würde"


def test_a_pretrained_model_is_a_base_model(line: Path, tmp_path: Path) -> None:
    assert load_for_use(line / MODEL).is_base
    assert not load_for_use(sealed_again(line, tmp_path / "tuned")).is_base


def test_a_tokenizer_of_another_size_is_refused(line: Path, tmp_path: Path) -> None:
    odd = sealed_again(line, tmp_path / "odd", tokenizer=CharacterTokenizer("ab"))

    with pytest.raises(ManifestMismatch, match=r"the model has \d+ ids, its tokenizer and the tags have 278"):
        load_for_use(odd)


def test_a_checkpoint_has_no_tokenizer_and_is_refused(line: Path) -> None:
    with pytest.raises(InputError, match=r"step-00000012.tokenizer\.json: no such file"):
        load_for_use(line / RUN / "checkpoints" / "step-00000012")
