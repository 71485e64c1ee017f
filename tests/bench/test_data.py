"""The benchmark of the data pipeline measures every stage on a small recipe."""

from pathlib import Path

import pytest

from mypt.bench.data import DataBenchConfig, measure_data, sha256_rate
from mypt.corpus.lock import Lock
from mypt.execution.runner import Execution
from tests.corpus.corpora import corpus_recipe, essay, write_files


def test_every_stage_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"{n:03d}" for n in range(30)]
    recipe = corpus_recipe(write_files(tmp_path / "texts", {f"{n}.txt": essay(f"t{n}x", 80) for n in names}))
    unknown = recipe.sources[0].model_copy(update={"licence": "LicenseRef-unknown AND LicenseRef-Own"})
    recipe = recipe.model_copy(update={"sources": (unknown,)})
    config = DataBenchConfig(tokenise_megabytes=1, duplicate_documents=30, lookups=1000, peers=("tiktoken",))

    speed = measure_data(recipe, Lock(), Execution(workers=1), config)

    assert speed.documents == 30
    assert [each.name for each in speed.tokenising] == ["mypt", "tiktoken"]
    assert all(each.differing == 0 and each.tokens_per_second > 0 for each in speed.tokenising)
    assert speed.transform.processor_seconds >= 0
    assert [(each.name, each.files) for each in speed.formats] == [("text", 30)]
    assert speed.formats[0].text_megabytes == pytest.approx(speed.raw_megabytes, rel=0.01)
    assert speed.lookups_per_second > 0
    assert speed.lineage_bytes_per_document > 0
    assert len(speed.root) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["texts"]


def test_hashing_has_a_rate() -> None:
    assert sha256_rate(2**20) > 2**20
