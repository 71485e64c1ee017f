"""A dataset and its sources in SPDX 2.3, the list of ingredients that licence tools read."""

import re
from typing import Any

from mypt.compliance.answers import Answers
from mypt.compliance.facts import Facts, concluded
from mypt.compliance.plain import one_line
from mypt.compliance.sources import SourceFacts

_NO_TIME = "1970-01-01T00:00:00Z"
_DATASET = "SPDXRef-Dataset"
_ADDRESS = re.compile(r"https?://[!-~]+")
_OWN = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


def spdx(facts: Facts, answers: Answers) -> dict[str, Any]:
    """Return the document: the dataset is one package, and so is each source it was generated from."""
    sources = {source.name: _source(facts, source, n) for n, source in enumerate(facts.sources.values())}
    creators = [f"Organization: {one_line(answers.organisation)}"] if answers.organisation else []
    mypt = facts.dataset.manifest.environment.get("mypt", "")
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": _name(facts, answers),
        "documentNamespace": f"https://spdx.org/spdxdocs/mypt-dataset-{facts.dataset.digest}",
        "creationInfo": {
            "created": answers.created or _NO_TIME,
            "creators": [*creators, f"Tool: mypt-{mypt}"],
            "comment": "The time is the one the organisation gave; without one it is that of no real event.",
        },
        "packages": [_dataset(facts, answers), *sources.values()],
        "relationships": [
            _relationship("SPDXRef-DOCUMENT", "DESCRIBES", _DATASET),
            *(_relationship(_DATASET, "GENERATED_FROM", row["SPDXID"]) for row in sources.values()),
        ],
        "hasExtractedLicensingInfos": _own_licences(facts),
    }


def _name(facts: Facts, answers: Answers) -> str:
    return one_line(answers.dataset_name) or f"mypt-{facts.root[:16]}"


def _dataset(facts: Facts, answers: Answers) -> dict[str, Any]:
    return {
        "SPDXID": _DATASET,
        "name": _name(facts, answers),
        "versionInfo": facts.root,
        "downloadLocation": answers.dataset_url or "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": facts.dataset.digest}],
        "licenseConcluded": _expression(facts, list(facts.sources)),
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "OTHER",
        "comment": "Token ids of texts. The checksum is that of manifest.json, which binds every file.",
    }


def _source(facts: Facts, source: SourceFacts, number: int) -> dict[str, Any]:
    address = source.origin if _ADDRESS.fullmatch(source.origin) else ""
    checksums = [{"algorithm": "SHA256", "checksumValue": source.digest}]
    declared = facts.policy.judge([source.licence])[source.licence].declared
    return {
        "SPDXID": f"SPDXRef-Source-{number}",
        "name": one_line(source.name) or f"source {number}",
        "versionInfo": one_line(source.revision) or "NOASSERTION",
        "downloadLocation": address or "NOASSERTION",
        "filesAnalyzed": False,
        **({"checksums": checksums} if re.fullmatch(r"[0-9a-f]{64}", source.digest) else {}),
        "licenseConcluded": _expression(facts, [source.name]),
        "licenseDeclared": declared or "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "SOURCE",
        "comment": _comment(facts, source),
    }


def _comment(facts: Facts, source: SourceFacts) -> str:
    own = [group for group in facts.groups if group.source == source.name]
    lines = [f"{sum(g.documents for g in own)} documents, {sum(g.tokens for g in own)} tokens"]
    lines += [f"licence evidence: {item.path} sha256 {item.sha256}" for item in source.evidence]
    return "; ".join(one_line(line) for line in [*lines, *source.notes])


def _expression(facts: Facts, names: list[str]) -> str:
    """Return what holds for all documents of some sources; nothing is asserted where one is denied."""
    verdicts = [facts.verdicts[group.licence] for group in facts.groups if group.source in names]
    if any(not verdict.concluded for verdict in verdicts):
        return "NOASSERTION"
    return " AND ".join(concluded(verdicts)) or "NOASSERTION"


def _own_licences(facts: Facts) -> list[dict[str, Any]]:
    expressions = [*facts.concluded, *(source.licence for source in facts.sources.values())]
    names = sorted({name for expression in expressions for name in _OWN.findall(expression)})
    return [
        {
            "licenseId": name,
            "name": name,
            "extractedText": "Not in the list of SPDX; its text is the evidence of the sources under it.",
        }
        for name in names
    ]


def _relationship(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
