"""A model folder is opened as a whole, or not at all."""

from pathlib import Path

import pytest

from mypt.errors import ManifestMismatch
from mypt.model.model_folder import open_model_folder
from mypt.provenance.artifact import staged
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import save_tokenizer
from tests.interchange.models import LETTERS, Recipe, gpt2, sealed


def test_model_tokenizer_and_manifest_come_together(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "model", gpt2())

    opened = open_model_folder(tmp_path / "model")

    assert opened.tokenizer == LETTERS
    assert opened.model.config == gpt2()
    assert opened.artifact.digest == folder.artifact.digest


def test_what_only_read_text_is_a_base_model(tmp_path: Path) -> None:
    assert sealed(tmp_path / "a", gpt2(), kind="pretrain").is_base
    assert not sealed(tmp_path / "b", gpt2(), kind="sft").is_base


@pytest.mark.parametrize(("rows_added", "is_base"), [(0, False), (4, False), (19, True), (276, True)])
def test_what_came_without_tags_is_a_base_model(rows_added: int, is_base: bool, tmp_path: Path) -> None:  # noqa: FBT001
    sealed(tmp_path / "a", gpt2())
    with staged(tmp_path / "b", "model", Recipe()) as draft:
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            (draft.path / name).write_bytes((tmp_path / "a" / name).read_bytes())
        draft.counts["rows_added"] = rows_added

    assert open_model_folder(tmp_path / "b").is_base == is_base


def test_a_tokenizer_of_another_size_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path / "a", gpt2())
    with staged(tmp_path / "b", "model", Recipe()) as draft:
        for name in ("config.json", "model.safetensors"):
            (draft.path / name).write_bytes((tmp_path / "a" / name).read_bytes())
        save_tokenizer(draft.path, CharacterTokenizer("ab"))

    with pytest.raises(ManifestMismatch, match=r"the model has \d+ ids, its tokenizer and the tags have 278"):
        open_model_folder(tmp_path / "b")
