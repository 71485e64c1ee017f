"""What we write is SPDX 2.3 to its own validator, whatever names came from outside."""

from pathlib import Path
from typing import Any

import pytest

from mypt.compliance.answers import Answers
from mypt.compliance.facts import Facts, read_facts
from mypt.compliance.spdx import spdx
from mypt.files import write_json
from tests.compliance.samples import HOSTILE, SWISS, manuals, seal_corpus, seal_dataset


def packages(facts: Facts, answers: Answers | None = None) -> dict[str, Any]:
    return {row["name"]: row for row in spdx(facts, answers or Answers())["packages"]}


def require_valid(facts: Facts, folder: Path, answers: Answers | None = None) -> None:
    pytest.importorskip("spdx_tools", reason="pip install spdx-tools")
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    path = folder / "dataset.spdx.json"
    write_json(path, spdx(facts, answers or Answers()))
    assert validate_full_spdx_document(parse_file(str(path)), "SPDX-2.3") == []


def test_each_source_is_a_package_that_the_dataset_was_generated_from(facts: Facts) -> None:
    document = spdx(facts, Answers())

    assert set(packages(facts)) == {f"mypt-{facts.root[:16]}", "acts-de", "acts-en", "manuals"}
    generated = [r for r in document["relationships"] if r["relationshipType"] == "GENERATED_FROM"]
    assert len(generated) == 3


def test_declared_is_what_was_said_and_concluded_what_is_made_use_of(facts: Facts) -> None:
    manuals_, acts = packages(facts)["manuals"], packages(facts)["acts-de"]

    assert (manuals_["licenseDeclared"], manuals_["licenseConcluded"]) == ("GPL-2.0-or-later OR MIT", "MIT")
    assert acts["licenseConcluded"] == SWISS
    assert packages(facts)[f"mypt-{facts.root[:16]}"]["licenseConcluded"] == f"{SWISS} AND MIT"
    assert manuals_["checksums"] == [{"algorithm": "SHA256", "checksumValue": "3" * 64}]


@pytest.mark.filterwarnings("ignore")
def test_it_is_valid(facts: Facts, tmp_path: Path) -> None:
    require_valid(facts, tmp_path)
    answers = Answers(organisation="Example Ltd (law@example.org)", created="2026-01-02T03:04:05Z",
                      dataset_url="https://example.org/d")  # fmt: skip
    require_valid(facts, tmp_path, answers)


@pytest.mark.filterwarnings("ignore")
def test_names_from_outside_keep_it_valid(hostile: Facts, tmp_path: Path) -> None:
    require_valid(hostile, tmp_path, Answers(organisation=HOSTILE, dataset_name=HOSTILE))

    evil = packages(hostile)["evil"]
    assert (evil["downloadLocation"], evil["licenseDeclared"]) == ("NOASSERTION", "NOASSERTION")
    assert "checksums" not in evil


@pytest.mark.filterwarnings("ignore")
def test_a_hundred_licences_keep_it_valid(tmp_path: Path) -> None:
    licences = [f"LicenseRef-own-{n}" for n in range(100)]
    documents = [d for n, licence in enumerate(licences) for d in manuals(licence, f"s{n:02}", 2)]
    corpus = seal_corpus(tmp_path / "corpus", documents, [])
    made = seal_dataset(tmp_path / "dataset", corpus, licences={"allow": ["LicenseRef-own-*"]})

    facts = read_facts(made.path)

    require_valid(facts, tmp_path)
    assert len(spdx(facts, Answers())["hasExtractedLicensingInfos"]) == 100
