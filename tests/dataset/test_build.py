"""Every document becomes tokens once, whole, in one split, and can be read back from where it stands."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from mypt.config import validate
from mypt.corpus.build import build as build_corpus
from mypt.corpus.recipe import CorpusRecipe
from mypt.dataset.build import build
from mypt.dataset.recipe import DatasetRecipe
from mypt.documents.document import Document, read_documents
from mypt.errors import InputError, ManifestMismatch
from mypt.files import read_jsonl, sha256_bytes
from mypt.provenance.artifact import Artifact, open_artifact
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.registry import load_tokenizer

GERMAN = "Die Kantone sind souverän, soweit ihre Souveränität nicht beschränkt ist.\n"
ENGLISH = "The cantons are sovereign except to the extent that it is limited.\n"
CODE = "def f(x):\n\n    if x:\n\n        return 1\n\treturn 2"
MARKDOWN = f"# Code\n\n```python\n{CODE}\n```\n\n{ENGLISH}"


class Row(NamedTuple):
    """A row of the index and the ids that it points at."""

    values: dict[str, Any]
    ids: list[int]


def write_texts(folder: Path) -> None:
    for name, sentence in (("de", GERMAN), ("en", ENGLISH)):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            text = f"{name} {number}\n{sentence * (3 + number)}"
            (folder / name / f"{number}.txt").write_text(text, encoding="utf-8")


def corpus_of(folder: Path, texts: Path) -> Artifact:
    sources = [
        {"kind": "folder", "name": path.name, "path": str(path), "licence": licence, "language": path.name}
        for path, licence in zip(sorted(texts.iterdir()), ("CC0-1.0", "MIT"), strict=False)
    ]
    return build_corpus(validate({"sources": sources}, CorpusRecipe, "test"), folder)


def recipe(corpus: Artifact, **settings: Any) -> DatasetRecipe:
    values = {"corpus": str(corpus.path), "tokenizer": "character", "val_fraction": 0.2, **settings}
    return validate(values, DatasetRecipe, "test")


@pytest.fixture
def corpus(tmp_path: Path) -> Artifact:
    """Return six documents in German and six in English."""
    write_texts(tmp_path / "texts")
    return corpus_of(tmp_path / "corpus", tmp_path / "texts")


def documents(corpus: Artifact) -> dict[str, Document]:
    return {document.id: document for document in read_documents(corpus.path / "documents.jsonl")}


def rows(dataset: Artifact) -> Iterator[Row]:
    dtype = np.dtype(dataset.manifest.counts["dtype"]).newbyteorder("<")
    for values in read_jsonl(dataset.path / "documents.jsonl"):
        shard = np.fromfile(dataset.path / f"{values['split']}-{values['shard']:05d}.bin", dtype)
        span = slice(values["start"], values["start"] + values["n_tokens"])
        yield Row(values, shard[span].tolist())


def ids_on_disk(dataset: Artifact, split: str) -> list[int]:
    dtype = np.dtype(dataset.manifest.counts["dtype"]).newbyteorder("<")
    paths = sorted(dataset.path.glob(f"{split}-*.bin"))
    return [int(token) for path in paths for token in np.fromfile(path, dtype)]


@pytest.mark.parametrize("tokenizer", ["character", "gpt2_bpe"])
def test_every_span_of_the_index_spells_its_document_and_ends_it(
    corpus: Artifact, tmp_path: Path, tokenizer: str
) -> None:
    dataset = build(recipe(corpus, tokenizer=tokenizer), tmp_path / "dataset")

    loaded, originals = load_tokenizer(dataset.path), documents(corpus)
    found = list(rows(dataset))
    assert {row.values["id"] for row in found} == set(originals)
    for values, ids in found:
        text = originals[values["id"]].text
        assert loaded.decode_bytes(ids[:-1]).decode() == text
        assert ids[-1] == loaded.end_of_text
        assert (values["n_bytes"], values["sha256"]) == (len(text.encode()), sha256_bytes(text.encode()))


@pytest.mark.parametrize("tokenizer", ["character", "gpt2_bpe"])
def test_end_of_text_stands_after_every_document_and_nowhere_else(
    corpus: Artifact, tmp_path: Path, tokenizer: str
) -> None:
    dataset = build(recipe(corpus, tokenizer=tokenizer), tmp_path / "dataset")

    end = load_tokenizer(dataset.path).end_of_text
    for split in ("train", "val"):
        n_documents = dataset.manifest.counts["documents"][split]
        ids = ids_on_disk(dataset, split)
        assert ids.count(end) == n_documents
        assert ids[-1] == end


def test_the_spans_of_a_shard_lie_side_by_side(corpus: Artifact, tmp_path: Path) -> None:
    dataset = build(recipe(corpus), tmp_path / "dataset")

    spans = sorted(
        (row.values["split"], row.values["start"], row.values["n_tokens"]) for row in rows(dataset)
    )
    assert {split: start for split, start, _ in reversed(spans)} == {"train": 0, "val": 0}
    assert [b[1] for a, b in pairwise(spans) if a[0] == b[0]] == [
        a[1] + a[2] for a, b in pairwise(spans) if a[0] == b[0]
    ]


def test_each_language_is_held_out_in_whole_documents(corpus: Artifact, tmp_path: Path) -> None:
    dataset = build(recipe(corpus), tmp_path / "dataset")

    splits = {(row.values["language"], row.values["split"]) for row in rows(dataset)}
    assert splits == {("de", "train"), ("de", "val"), ("en", "train"), ("en", "val")}
    assert len({row.values["id"] for row in rows(dataset)}) == 12


def test_the_manifest_counts_what_lies_on_disk(corpus: Artifact, tmp_path: Path) -> None:
    dataset = build(recipe(corpus), tmp_path / "dataset")

    counts = dataset.manifest.counts
    tokens = counts["tokens"]
    assert [tokens[split] for split in ("train", "val")] == [
        len(ids_on_disk(dataset, split)) for split in ("train", "val")
    ]
    assert tokens["train"] == tokens["train.de"] + tokens["train.en"]
    assert sum(counts["documents"].values()) == 12
    assert counts["base_vocab_size"] == load_tokenizer(dataset.path).base_vocab_size
    assert dataset.manifest.licences == {"CC0-1.0": 6, "MIT": 6}
    assert dataset.manifest.inputs[0].digest == corpus.digest


@pytest.mark.parametrize("tokenizer", ["character", "gpt2_bpe"])
def test_ids_take_two_little_endian_bytes(corpus: Artifact, tmp_path: Path, tokenizer: str) -> None:
    dataset = build(recipe(corpus, tokenizer=tokenizer), tmp_path / "dataset")

    assert dataset.manifest.counts["dtype"] == "uint16"
    first = next(row for row in rows(dataset) if row.values["split"] == "train" and not row.values["start"])
    written = (dataset.path / "train-00000.bin").read_bytes()
    assert first.ids[0] == written[0] + 256 * written[1]
    assert len(written) == 2 * dataset.manifest.counts["tokens"]["train"]


def test_a_character_of_held_out_text_alone_is_not_in_the_alphabet(tmp_path: Path) -> None:
    write_texts(tmp_path / "texts")
    held_out = build(recipe(corpus_of(tmp_path / "c0", tmp_path / "texts")), tmp_path / "d0")
    id_ = next(row.values["id"] for row in rows(held_out) if row.values["split"] == "val")
    path = tmp_path / "texts" / id_
    path.write_text(path.read_text(encoding="utf-8").replace("2", "7")[:-2] + "Ж\n", encoding="utf-8")
    corpus = corpus_of(tmp_path / "corpus", tmp_path / "texts")

    dataset = build(recipe(corpus), tmp_path / "dataset")

    tokenizer = load_tokenizer(dataset.path)
    row = next(row for row in rows(dataset) if row.values["id"] == id_)
    assert row.values["split"] == "val"
    assert isinstance(tokenizer, CharacterTokenizer)
    assert "Ж" not in tokenizer.alphabet
    assert "ä" in tokenizer.alphabet
    assert tokenizer.decode_bytes(row.ids).decode() == documents(corpus)[id_].text


@pytest.mark.parametrize("tokenizer", ["character", "gpt2_bpe"])
def test_code_in_markdown_keeps_its_indentation_and_blank_lines_down_to_the_tokens(
    tmp_path: Path, tokenizer: str
) -> None:
    write_texts(tmp_path / "texts")
    (tmp_path / "texts" / "en" / "code.md").write_text(MARKDOWN, encoding="utf-8")
    corpus = corpus_of(tmp_path / "corpus", tmp_path / "texts")

    dataset = build(recipe(corpus, tokenizer=tokenizer), tmp_path / "dataset")

    row = next(row for row in rows(dataset) if row.values["id"] == "en/code.md")
    text = load_tokenizer(dataset.path).decode_bytes(row.ids).decode()
    assert text == f"Code\n\n{CODE}\n\n{ENGLISH}"


def test_small_shards_are_many_and_no_document_spans_two(corpus: Artifact, tmp_path: Path) -> None:
    whole = build(recipe(corpus), tmp_path / "whole")

    dataset = build(recipe(corpus, shard_tokens=1024), tmp_path / "dataset")

    names = sorted(path.name for path in dataset.path.glob("train-*.bin"))
    assert len(names) > 1
    assert names == [f"train-{number:05d}.bin" for number in range(len(names))]
    assert all((dataset.path / name).stat().st_size <= 2 * 1024 for name in names)
    assert [row.ids for row in rows(dataset)] == [row.ids for row in rows(whole)]
    assert ids_on_disk(dataset, "train") == ids_on_disk(whole, "train")


def test_the_same_work_is_found_and_not_done_again(corpus: Artifact, tmp_path: Path) -> None:
    first = build(recipe(corpus), tmp_path / "dataset")
    written = (first.path / "train-00000.bin").stat().st_ino

    again = build(recipe(corpus), tmp_path / "dataset")

    assert again == first
    assert (first.path / "train-00000.bin").stat().st_ino == written


def test_another_seed_is_refused_and_then_replaces(corpus: Artifact, tmp_path: Path) -> None:
    first = build(recipe(corpus), tmp_path / "dataset")

    with pytest.raises(InputError, match="another recipe or other inputs"):
        build(recipe(corpus, seed=1), tmp_path / "dataset")
    second = build(recipe(corpus, seed=1), tmp_path / "dataset", replace=True)

    assert second.digest != first.digest
    assert sorted(row.ids for row in rows(second)) == sorted(row.ids for row in rows(first))


def test_the_same_recipe_gives_the_same_bytes_elsewhere(corpus: Artifact, tmp_path: Path) -> None:
    digests = {build(recipe(corpus), tmp_path / name).digest for name in ("one", "two")}

    assert len(digests) == 1


def test_one_document_cannot_be_split_and_the_hint_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "texts" / "de").mkdir(parents=True)
    (tmp_path / "texts" / "de" / "only.txt").write_text(GERMAN, encoding="utf-8")
    corpus = corpus_of(tmp_path / "corpus", tmp_path / "texts")

    with pytest.raises(InputError, match="no language of this corpus has two documents") as caught:
        build(recipe(corpus), tmp_path / "dataset")

    assert "split the text into several files" in caught.value.hint
    assert not (tmp_path / "dataset").exists()


def test_a_damaged_corpus_is_refused_before_anything_is_written(corpus: Artifact, tmp_path: Path) -> None:
    path = corpus.path / "documents.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Kantone", b"Bantone"))

    with pytest.raises(ManifestMismatch, match="not what was sealed"):
        build(recipe(corpus), tmp_path / "dataset")

    assert not (tmp_path / "dataset").exists()


def test_progress_counts_every_document_once(corpus: Artifact, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    build(recipe(corpus), tmp_path / "dataset", progress=lambda done, total: seen.append((done, total)))

    assert seen == [(number, 12) for number in range(1, 13)]
    assert open_artifact(tmp_path / "dataset", "dataset").manifest.counts["documents"]["val"] > 0
