"""`mypt sft forgetting`: what each phase forgot of what its parent could."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.errors import InputError, ManifestMismatch
from mypt.evaluation.forgetting import PhaseMeasured, report_forgetting
from mypt.evaluation.gate import GateReport
from mypt.evaluation.gate_run import REPORT_FOLDER, RESULTS_FOLDER, read_report
from mypt.evaluation.report import to_page
from mypt.evaluation.run import read_results
from mypt.files import write_atomic, write_json
from mypt.provenance.artifact import open_artifact
from mypt.sft.phases import PHASES
from mypt.sft.run import PhaseFolder


def forgetting(
    folder: Annotated[Path, Parameter(help="Folder of the phases, as `mypt sft run` made it.")],
    *,
    page: Annotated[Path | None, Parameter(help="HTML page to write.")] = None,
    json: Annotated[Path | None, Parameter(help="JSON file to write.")] = None,
) -> None:
    """Print every bucket over the phases, and each phase against its parent, held-out text included."""
    found = list(_phases(folder))
    if not found:
        raise InputError(f"{folder}: holds no phase with a gate", hint="mypt sft run makes them")
    report = report_forgetting([measured for measured, _ in found])
    if page is not None:
        write_atomic(page, to_page([gate for _, gate in found], report).encode())
    if json is not None:
        write_json(json, report.model_dump(mode="json"))
    print(report.to_markdown(), end="")


def _phases(folder: Path) -> Iterator[tuple[PhaseMeasured, GateReport]]:
    """Yield the phases that have been through their gates; a gate must be that of the model beside it."""
    for phase in PHASES:
        one = PhaseFolder(folder / phase.slug)
        if not (one.gate / REPORT_FOLDER).is_dir():
            continue
        model = open_artifact(one.model, "model")
        results = read_results(one.gate / RESULTS_FOLDER)
        if results.model != model.digest:
            raise ManifestMismatch(
                f"{one.gate}: judged another model than {one.model}",
                hint=f"mypt sft run {phase.number} judges it anew",
            )
        hold_outs = model.manifest.counts.get("forgetting", {})
        yield PhaseMeasured(phase.number, results, hold_outs), read_report(one.gate)
