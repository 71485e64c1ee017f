"""The whole data pipeline on real documents of many formats: built, killed, proved, traced, deleted from."""

import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.cli.line import contents, run, start_process

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "documents" / "golden"
SAMPLE = ROOT / "data" / "sample"
FORMATS = (
    "html",
    "javadoc",
    "rfc-text",
    "rfc-xml",
    "rst",
    "go",
    "java",
    "typescript",
    "mallard",
    "akoma-ntoso",
)
CORPUS, DATASET = "configs/corpus/small.json", "configs/dataset/small.json"
COPY = "notes/copy.md"


def write_site(folder: Path) -> Path:
    """Write a folder of documents of many formats, and the two recipes."""
    for name in FORMATS:
        for path in sorted((GOLDEN / name).iterdir()):
            if path.suffix not in (".expected", ".words"):
                (folder / "manuals" / name).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / "manuals" / name / path.name)
    for language in ("de", "en"):
        shutil.copytree(SAMPLE / language, folder / "law" / language)
    (folder / "notes").mkdir()
    law = sorted((SAMPLE / "de").glob("*.md"))[0].read_text(encoding="utf-8")
    (folder / COPY).write_text(law + "\n\nEine Zeile mehr.\n", encoding="utf-8")
    sources = [
        {
            "name": "law-de",
            "path": "law/de",
            "licence": "LicenseRef-CH-URG-Art5",
            "category": "domain",
            "profile": "law",
        },
        {
            "name": "law-en",
            "path": "law/en",
            "licence": "LicenseRef-CH-URG-Art5",
            "category": "domain",
            "profile": "law",
        },
        {"name": "manuals", "path": "manuals", "licence": "MIT", "category": "structured"},
        {"name": "notes", "path": "notes", "licence": "CC0-1.0"},
    ]
    recipes = {
        CORPUS: {"kind": "corpus", "sources": [{"kind": "folder", **source} for source in sources]},
        DATASET: {
            "kind": "dataset",
            "corpus": "artifacts/small/corpus",
            "val_fraction": 0.1,
            "shard_tokens": 60_000,
        },
    }
    for name, recipe in recipes.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(recipe), encoding="utf-8")
    return folder


def build(folder: Path, n_workers: int = 1) -> str:
    """Build corpus and dataset with one command, and return the root."""
    outcome = run(folder, "dataset", "build", DATASET, "--corpus", CORPUS, "--workers", str(n_workers))
    assert outcome.code == 0, outcome.err
    return root_of(folder)


def root_of(folder: Path) -> str:
    manifest = folder / "artifacts" / "small" / "dataset" / "manifest.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["counts"]["root"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_site(tmp_path_factory.mktemp("site"))
    build(folder)
    return folder


@pytest.mark.slow
def test_another_number_of_workers_and_another_folder_give_the_same_bytes(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mypt.execution.runner.PATIENCE", 0)
    elsewhere = write_site(tmp_path / "elsewhere")

    build(elsewhere, n_workers=2)

    for kind in ("corpus", "dataset"):
        assert contents(elsewhere / "artifacts" / "small" / kind) == contents(
            site / "artifacts" / "small" / kind
        )


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_ends_with_the_same_root(site: Path, tmp_path: Path) -> None:
    folder = write_site(tmp_path / "killed")
    command = ("dataset", "build", DATASET, "--corpus", CORPUS, "--workers", "1")
    for seconds in (2.5, 4.0, 5.5, 7.0):
        with start_process(folder, *command) as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)

    assert build(folder) == root_of(site)
    assert not list((folder / "artifacts").rglob("half-made/*"))


def test_a_second_build_proves_the_root(site: Path) -> None:
    outcome = run(site, "dataset", "prove", "artifacts/small/dataset", "--workers", "1")

    assert outcome.code == 0, outcome.err
    assert outcome.out.strip() == root_of(site)


def test_a_token_leads_to_its_document_and_on_to_the_dataset(site: Path) -> None:
    dataset = "artifacts/small/dataset"

    outcome = run(site, "trace", dataset, "--shard", "train-00000", "--offset", "100")

    assert outcome.code == 0, outcome.err
    assert "   licence  " in outcome.out
    assert "   rules    read as markdown (reader " in outcome.out
    assert ", judged by the profile law (cleaning 1." in outcome.out
    assert f"made     dataset {dataset}" in outcome.out
    assert f"in       {dataset}/train-00000.bin" in outcome.out


def test_a_copy_says_for_which_document_it_was_left_out(site: Path) -> None:
    outcome = run(site, "trace", "artifacts/small/corpus", "--document", "notes/copy.md")
    left_out = [line for line in outcome.out.splitlines() if "near duplicate" in line or "copy" in line]

    assert outcome.code == 0, outcome.err
    assert left_out


def test_a_deletion_takes_the_copies_too_and_they_never_come_back(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(site, folder)
    before = root_of(folder)
    ask = ("dataset", "delete", "artifacts/small/dataset", "--reason", "request 1", "--id", "notes/copy.md")

    said = run(folder, *ask)
    done = run(folder, *ask, "--apply")

    gone = said.out.split()
    assert len(gone) == 2
    assert done.code == 0, done.err
    assert f"root before {before}" in done.out
    record = json.loads((folder / done.out.rpartition("record: ")[2].strip()).read_text(encoding="utf-8"))
    assert record["before"]["counts"]["root"] == before
    assert record["after"]["counts"]["root"] == root_of(folder)
    assert not (folder / "artifacts" / "small" / "work").exists()
    assert root_of(folder) != before
    assert run(folder, "dataset", "prove", "artifacts/small/dataset", "--workers", "1").code == 0
    for name in gone:
        assert (
            run(folder, "trace", "artifacts/small/dataset", "--document", name).out.count(
                "deleted on request"
            )
            == 1
        )
    again = run(folder, "corpus", "build", CORPUS, "--workers", "1", "--out", "artifacts/again/corpus")
    assert again.code == 0, again.err
    shown = json.loads(run(folder, "corpus", "report", "artifacts/again/corpus", "--json").out)
    reasons = {row["reason"]: row["files"] for row in shown["tables"]["Left out, by reason"]}
    assert reasons["deleted on request"] == 2


def test_the_papers_of_the_dataset_are_written(site: Path, tmp_path: Path) -> None:
    outcome = run(site, "dataset", "compliance", "artifacts/small/dataset", "--out", str(tmp_path / "papers"))

    assert outcome.code == 0, outcome.err
    assert (tmp_path / "papers" / "ATTRIBUTION.txt").is_file()
