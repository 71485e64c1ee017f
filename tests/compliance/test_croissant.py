"""What we write is Croissant to its own reference library, which reads our tables by it."""

import shutil
from pathlib import Path

import pytest

from mypt.compliance.answers import Answers
from mypt.compliance.croissant import croissant
from mypt.compliance.facts import Facts
from mypt.files import sha256_file, write_json

ANSWERS = Answers(
    organisation="Example Ltd", dataset_name="acts-and-manuals", dataset_url="https://example.org/data/",
    published="2026-01-02",
)  # fmt: skip


def test_every_file_is_described_with_its_digest(facts: Facts) -> None:
    described = {row["name"]: row for row in croissant(facts, Answers())["distribution"]}

    on_disk = {path.name: path for path in facts.dataset.path.iterdir()}
    assert {name: row["sha256"] for name, row in described.items()} == {
        name: sha256_file(path) for name, path in on_disk.items()
    }
    assert all(row["contentSize"] == f"{on_disk[name].stat().st_size} B" for name, row in described.items())


def test_shards_are_listed_with_all_tokens(facts: Facts) -> None:
    (shards,) = (row for row in croissant(facts, Answers())["recordSet"] if row["@id"] == "shards")

    assert sum(row["shards/n_tokens"] for row in shards["data"]) == sum(
        facts.dataset.manifest.counts["tokens"][split] for split in ("train", "val")
    )


def test_licences_are_links_to_spdx_or_names(facts: Facts) -> None:
    assert croissant(facts, Answers())["license"] == [
        {"@type": "sc:CreativeWork", "name": "LicenseRef-CH-URG-Art5"},
        "https://spdx.org/licenses/MIT.html",
    ]


def test_what_nobody_said_is_not_there(facts: Facts) -> None:
    silent, told = croissant(facts, Answers()), croissant(facts, ANSWERS)

    assert not {"url", "creator", "datePublished"} & silent.keys()
    assert told["datePublished"] == "2026-01-02"
    assert told["creator"] == {"@type": "sc:Organization", "name": "Example Ltd"}
    assert told["distribution"][0]["contentUrl"].startswith("https://example.org/data/")


@pytest.mark.filterwarnings("ignore")
def test_the_reference_library_finds_no_error_and_reads_the_documents(facts: Facts, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="pip install mlcroissant", exc_type=ImportError)
    folder = tmp_path / "dataset"
    shutil.copytree(facts.dataset.path, folder)
    said = croissant(facts, ANSWERS.model_copy(update={"dataset_url": ""}))
    write_json(folder / "croissant.json", said)

    loaded = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))

    assert loaded.metadata.issues.errors == set()
    assert [warning for warning in loaded.metadata.issues.warnings if "citeAs" not in warning] == []
    rows = {row["documents/id"].decode(): row for row in loaded.records("documents")}
    expected = facts.documents.to_pylist()
    assert {
        name: (row["documents/n_tokens"], row["documents/split"].decode()) for name, row in rows.items()
    } == {row["id"]: (row["n_tokens"], row["split"]) for row in expected}
    assert len(list(loaded.records("shards"))) == len(list(folder.glob("*.bin")))
