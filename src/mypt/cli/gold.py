"""`mypt model gold`: which checkpoint of a run is GOLD, and why the others are not."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.console import note
from mypt.errors import ArtifactError, ManifestMismatch
from mypt.training.gold import decide, gold_step
from mypt.training.gold_explanation import conclusion, disagreements
from mypt.training.gold_explanation import explain as explain_choice
from mypt.training.run_folder import RunFolder
from mypt.training.run_record import RunRecord, read_run


def gold(
    run: Annotated[Path, Parameter(help="Folder of a run.")],
    *,
    explain: Annotated[
        bool, Parameter(negative="", help="Name the guard and the number that decided, for every checkpoint.")
    ] = False,
) -> None:
    """Print the step and the folder of a run's GOLD model.

    The log's chain is verified and the choice made anew from the validations in it. A broken
    chain, a log that decided otherwise, and a run without a GOLD model end with exit code 3.
    """
    record = read_run(run)
    print(explain_choice(record.log, record.gold_config) if explain else _answer(record))
    differences = disagreements(record.log, record.gold_config)
    if differences:
        raise ManifestMismatch("\n".join(differences), hint="compare the run's folder with a copy")


def _answer(record: RunRecord) -> str:
    decisions = decide(record.log.validations, record.gold_config)
    step, folder = gold_step(decisions), RunFolder(record.folder).gold
    if step is None:
        raise ArtifactError(conclusion(decisions), hint=f"mypt model gold {record.folder} --explain")
    sealed = record.manifests["gold"].counts.get("steps") if "gold" in record.manifests else None
    if sealed != step:
        note(
            f"{folder}: not sealed yet"
            if sealed is None
            else f"{folder}: holds another model, of step {sealed}"
        )
    return f"{step} {folder}"
