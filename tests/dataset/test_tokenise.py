"""A part becomes ids that the reference would give too."""

from pathlib import Path

import numpy as np
import pytest

from mypt.dataset import tokenise as module
from mypt.dataset.tokenise import LENGTHS_NAME, TOKENS_NAME, tokenise, tokenise_task
from mypt.documents.parts import part_paths
from mypt.errors import ArtifactError
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from tests.dataset.corpora import bilingual, corpus_of


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return part_paths(corpus_of(tmp_path / "corpus", bilingual(), n_parts=1).path)[0]


def test_ids_are_those_of_the_reference_and_end_of_text_closes_each(part: Path, tmp_path: Path) -> None:
    task = tokenise_task(part, "digest", Gpt2Bpe(), tmp_path / "work")

    task.run()

    expected = [[*Gpt2Bpe().encode(document.text), 50256] for document in bilingual()]
    assert np.fromfile(task.output / TOKENS_NAME, "<u2").tolist() == [
        token for ids in expected for token in ids
    ]
    assert np.load(task.output / LENGTHS_NAME).tolist() == [len(ids) for ids in expected]


def test_an_encoder_that_errs_is_caught(part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bulk_encoder", lambda _: lambda data: np.array([7] * len(data)))

    with pytest.raises(ArtifactError, match="gives other ids than gpt2_bpe"):
        tokenise({"part": str(part), "tokenizer": Gpt2Bpe().to_json()}, tmp_path)


def test_the_result_is_named_by_part_and_tokenizer(part: Path, tmp_path: Path) -> None:
    keys = {tokenise_task(part, digest, Gpt2Bpe(), tmp_path).key for digest in ("a", "a", "b")}

    assert len(keys) == 2
