"""All papers of a dataset in one folder, with the digests of them all."""

import json
import os
import tempfile
from pathlib import Path

from mypt.compliance.ai_act import summary
from mypt.compliance.answers import Answers
from mypt.compliance.attribution import attribution_rows, attribution_text
from mypt.compliance.croissant import croissant
from mypt.compliance.facts import Facts, read_facts
from mypt.compliance.histogram import histogram
from mypt.compliance.spdx import spdx
from mypt.documents.parts import write_table
from mypt.errors import InputError
from mypt.files import fsync_folder, sha256_file, storage_errors, write_atomic

SUMS_NAME = "SHA256SUMS"


def write_pack(dataset: Path, out: Path, answers: Answers | None = None) -> list[Path]:
    """Write every paper of a dataset and return their paths; the same inputs give the same bytes.

    The list of digests is written last. Raises ManifestMismatch when the dataset or its corpus
    is not what was sealed, and InputError when the folder lies inside one of them.
    """
    facts = read_facts(dataset)
    _refuse_inside(facts, out)
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".staging-") as name:
            _write_papers(facts, answers or Answers(), Path(name))
            names = sorted(path.name for path in Path(name).iterdir())
            sums = "".join(f"{sha256_file(Path(name) / paper)}  {paper}\n" for paper in names)
            (out / SUMS_NAME).unlink(missing_ok=True)
            for paper in names:
                _move(Path(name) / paper, out / paper)
    fsync_folder(out)
    write_atomic(out / SUMS_NAME, sums.encode())
    return [out / paper for paper in [*names, SUMS_NAME]]


def _write_papers(facts: Facts, answers: Answers, folder: Path) -> None:
    texts = {
        "ATTRIBUTION.txt": attribution_text(facts),
        "croissant.json": _json(croissant(facts, answers)),
        "licences.json": _json(histogram(facts)),
        "spdx.json": _json(spdx(facts, answers)),
        "training-content.md": summary(facts, answers),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    write_table(folder / "attribution.parquet", attribution_rows(facts))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _move(path: Path, target: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(target)


def _refuse_inside(facts: Facts, out: Path) -> None:
    for artifact in (facts.dataset, facts.corpus):
        if out.resolve().is_relative_to(artifact.path.resolve()):
            raise InputError(
                f"{out}: lies inside {artifact.path}, which is sealed",
                hint="choose another folder with --out",
            )
