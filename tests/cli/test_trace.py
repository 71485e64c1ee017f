"""`mypt trace`: from weights back to licences, or an error that names what is not as it was."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.line import (
    BUILD_CORPUS,
    BUILD_DATASET,
    CORPUS,
    DATASET,
    MODEL,
    RUN,
    contents,
    refused,
    run,
)


def test_the_way_back_from_a_model_ends_at_documents_and_licences(line: Path) -> None:
    outcome = run(line, "trace", MODEL)

    heads = [row for row in outcome.out.splitlines() if row.split()[0] in ("model", "dataset", "corpus")]
    assert (outcome.code, outcome.err) == (0, "")
    assert heads == [f"model {MODEL}", f"   dataset {DATASET}", f"      corpus {CORPUS}"]
    licences = "licences CC0-1.0 (4 documents), LicenseRef-Internal (4 documents)"
    assert outcome.out.count(licences) == 3
    assert outcome.out.count("all as sealed") == 3


def test_every_digest_shown_is_the_one_that_the_next_manifest_binds(line: Path) -> None:
    outcome = run(line, "trace", MODEL)

    dataset = json.loads(contents(line / DATASET)["manifest.json"])
    model = json.loads(contents(line / MODEL)["manifest.json"])
    digests = [row.split()[1] for row in outcome.out.splitlines() if row.split()[0] == "digest"]
    assert digests[1:] == [model["inputs"][0]["digest"], dataset["inputs"][0]["digest"]]


def test_a_checkpoint_has_the_same_way_back(line: Path) -> None:
    newest = f"{RUN}/checkpoints/step-00000012"

    outcome = run(line, "trace", newest)

    assert outcome.out.splitlines()[0] == f"checkpoint {newest}"
    assert f"      corpus {CORPUS}" in outcome.out.splitlines()


@pytest.mark.parametrize("name", [f"{CORPUS}/documents-00000.parquet", f"{DATASET}/train-00000.bin"])
def test_a_changed_file_on_the_way_is_named(own_line: Path, name: str) -> None:
    path = own_line / name
    path.write_bytes(path.read_bytes()[:-2] + b"!\n")

    message = refused(run(own_line, "trace", MODEL), 3)

    assert message.startswith(f"{name}: its content is not what was sealed")


def test_an_input_that_was_replaced_by_another_is_named_with_the_digest_that_was_used(own_line: Path) -> None:
    used = json.loads(contents(own_line / MODEL)["manifest.json"])["inputs"][0]["digest"]
    run(own_line, *BUILD_DATASET, "--set", "seed=9", "--replace")

    message = refused(run(own_line, "trace", MODEL), 3)

    assert message.startswith(f"{DATASET}: is not the dataset that {MODEL} was made from")
    assert used in message


def test_an_input_that_was_made_again_from_the_same_texts_is_the_same(own_line: Path) -> None:
    shutil.rmtree(own_line / DATASET)
    shutil.rmtree(own_line / CORPUS)
    run(own_line, *BUILD_CORPUS)
    run(own_line, *BUILD_DATASET)

    assert run(own_line, "trace", MODEL).code == 0


def test_an_input_that_is_gone_is_named(own_line: Path) -> None:
    shutil.rmtree(own_line / CORPUS)

    assert refused(run(own_line, "trace", MODEL), 3).startswith(f"{CORPUS}: this artifact does not exist")


def test_a_file_that_was_added_to_a_sealed_folder_is_named(own_line: Path) -> None:
    shutil.copy(own_line / DATASET / "train-00000.bin", own_line / DATASET / "train-00001.bin")

    message = refused(run(own_line, "trace", MODEL), 3)

    assert message.startswith(f"{DATASET}/train-00001.bin: not listed in the manifest")
