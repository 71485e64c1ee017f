"""An export is sealed with what it comes from, or not there at all."""

from pathlib import Path

import pytest

from mypt.interchange.export_recipe import ExportRecipe, sealed_export
from mypt.provenance.artifact import open_artifact
from tests.interchange.models import llama, sealed


def test_digest_and_licences_of_the_model_go_with_it(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())

    with sealed_export(tmp_path / "out", ExportRecipe(format="gguf"), source, replace=False) as draft:
        (draft.path / "x").write_text("x")

    manifest = open_artifact(tmp_path / "out", "export").manifest
    assert manifest.inputs[0].digest == source.artifact.digest
    assert manifest.licences == source.artifact.manifest.licences
    assert manifest.recipe == {"kind": "export", "format": "gguf", "dtype": "fp32"}


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    source = sealed(tmp_path / "model", llama())

    with (
        pytest.raises(ZeroDivisionError),
        sealed_export(tmp_path / "out", ExportRecipe(), source, replace=False),
    ):
        raise ZeroDivisionError

    assert [path.name for path in tmp_path.iterdir()] == ["model"]
