"""A model in a folder is used as it is, and nothing is looked for elsewhere."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mypt.errors import ConfigError
from mypt.retrieval import sentence_embedder
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.sentence_embedder import SentenceEmbedder

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "die",
    "frist",
    "kernel",
    "module",
    "question",
    ":",
    "doc",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a tiny model with random weights."""
    library: Any = pytest.importorskip("sentence_transformers", reason="pip install sentence-transformers")
    transformers: Any = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("model")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    bert = folder / "bert"
    transformers.set_seed(1)
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(str(bert))
    transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=64,
        )
    ).save_pretrained(str(bert))  # fmt: skip
    # A folder that is only a model of transformers gets the mean over its words.
    library.SentenceTransformer(
        str(bert), device="cpu", local_files_only=True, prompts={"query": "question : ", "document": "doc : "}
    ).save(str(folder / "model"))
    return folder / "model"


def test_vectors_have_length_one_and_sides_have_their_prompts(model: Path) -> None:
    embedder = SentenceEmbedder(model)

    query, passage = embedder.embed(["die frist"], "query"), embedder.embed(["die frist"], "passage")

    assert query.shape == (1, embedder.n_dimensions) == (1, 16)
    assert np.linalg.norm(query) == pytest.approx(1, abs=2e-3)
    assert query.tobytes() != passage.tobytes()


def test_vectors_are_those_of_the_library(model: Path) -> None:
    library: Any = pytest.importorskip("sentence_transformers")
    expected = library.SentenceTransformer(str(model), device="cpu").encode(
        ["question : kernel module"], normalize_embeddings=True
    )

    assert SentenceEmbedder(model).embed(["kernel module"], "query") == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "frist " * 20_000])
def test_odd_texts_have_a_vector(model: Path, text: str) -> None:
    assert np.isfinite(SentenceEmbedder(model).embed([text], "passage")).all()


def test_its_digest_changes_with_any_file(model: Path) -> None:
    before = SentenceEmbedder(model)
    settings = model / "config_sentence_transformers.json"
    whole = settings.read_text(encoding="utf-8")

    settings.write_text(json.dumps({**json.loads(whole), "prompts": {}}), encoding="utf-8")
    after = SentenceEmbedder(model)
    settings.write_text(whole, encoding="utf-8")

    assert before.digest != after.digest
    assert before.digest == SentenceEmbedder(model).digest
    assert isinstance(before, Embedder)
    assert before.embed([], "query").shape == (0, 16)


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "intfloat/multilingual-e5-small", ""])
def test_a_name_on_a_hub_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="holds no model") as refused:
        SentenceEmbedder(Path(name))

    assert "hub" in refused.value.hint


def test_a_missing_library_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(sentence_embedder, "_LIBRARY", "no_such_library")

    with pytest.raises(ConfigError, match="no_such_library") as missing:
        SentenceEmbedder(tmp_path)

    assert missing.value.hint == "pip install sentence-transformers"
