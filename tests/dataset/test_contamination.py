"""What is judged by is not trained on, wherever it comes from."""

import json
from pathlib import Path

import pytest

from mypt.documents.document import Document
from mypt.errors import InputError
from tests.dataset.corpora import bilingual, dataset_of, rows

SECRET = " ".join(f"question{number} and its answer" for number in range(30))
COPY = Document("en/copy.txt", "", "MIT", "en", f"As somebody wrote: {SECRET}")


def ids(folder: Path, documents: list[Document], **settings: object) -> set[str]:
    return {row.values["id"] for row in rows(dataset_of(folder, documents, **settings))}


def test_a_training_document_that_holds_an_evaluation_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "quiz.jsonl").write_text(json.dumps({"text": SECRET}) + "\n", encoding="utf-8")
    documents = [
        *bilingual(),
        COPY,
        Document("en/other.txt", "", "MIT", "en", "Another text, of its own. " * 9),
    ]

    judged = dataset_of(tmp_path, documents, evaluation=[str(tmp_path / "quiz.jsonl")])

    assert COPY.id not in {row.values["id"] for row in rows(judged)}
    row = judged.manifest.counts["decontamination"]
    assert row["training_removed"] == 1
    assert row["highest_remaining"] < row["max_overlap"] == 0.5
    assert row["evaluation_documents"] > 1
    assert list(judged.manifest.sources) == [f"evaluation/{tmp_path / 'quiz.jsonl'}"]


def test_it_stays_where_nothing_is_to_be_left_out(tmp_path: Path) -> None:
    assert COPY.id in ids(tmp_path, [*bilingual(), COPY], decontamination=None)


def test_what_repeats_a_held_out_document_is_left_out(tmp_path: Path) -> None:
    copies = [Document(f"copy/{n}.txt", "", "MIT", "en", f"{n}. {SECRET} {n}") for n in range(20)]

    dataset = dataset_of(tmp_path, [*bilingual(), *copies])

    splits = {row.values["id"]: row.values["split"] for row in rows(dataset)}
    left = {id_: split for id_, split in splits.items() if id_.startswith("copy/")}
    assert set(left.values()) == {"val"}
    assert dataset.manifest.counts["decontamination"]["training_removed"] == len(copies) - len(left)


@pytest.mark.parametrize("name", ["nowhere.jsonl", "nofolder"])
def test_an_evaluation_text_that_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="evaluation text that is not there"):
        dataset_of(tmp_path, bilingual(), evaluation=[str(tmp_path / name)])


@pytest.mark.parametrize("line", ["{", '{"answer": "no text"}'])
def test_an_evaluation_file_that_is_damaged_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "quiz.jsonl").write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"quiz\.jsonl: malformed: row 1"):
        dataset_of(tmp_path, bilingual(), evaluation=[str(tmp_path / "quiz.jsonl")])


def test_folders_of_text_and_corpora_can_be_judged_by(tmp_path: Path) -> None:
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz" / "a.txt").write_text(SECRET, encoding="utf-8")
    other = dataset_of(tmp_path / "other", [*bilingual(), COPY], decontamination=None)
    corpus = other.manifest.recipe["corpus"]

    for judge in (str(tmp_path / "quiz"), corpus):
        assert COPY.id not in ids(
            tmp_path / f"by-{Path(judge).name}", [*bilingual(3), COPY], evaluation=[judge]
        )


def test_a_header_that_all_files_share_contaminates_none(tmp_path: Path) -> None:
    header = (
        "// Copyright 2009 The Go Authors. All rights reserved.\n"
        "// Use of this source code is governed by a BSD-style\n"
        "// license that can be found in the LICENSE file.\n\n"
    )
    files = [Document(f"go/{n}.go", "", "MIT", "en", f"{header}package p{n}\n", "code") for n in range(20)]

    dataset = dataset_of(tmp_path, [*bilingual(), *files])

    found = {row.values["id"] for row in rows(dataset)}
    assert {file.id for file in files} <= found
