"""`mypt sft import`: public data from local files, with its licence, as episodes."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import Out, Replace, default_out
from mypt.cli.console import note, progress_bar
from mypt.cli.sft_generate import TokenizerPath
from mypt.evaluation.leaks import LeakIndex
from mypt.files import read_json
from mypt.provenance.artifact import Artifact
from mypt.sft.episode_files import REPORT_NAME
from mypt.sft.import_public import Import, ImportRules, import_public
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import load_tokenizer


def import_(
    *files: Annotated[Path, Parameter(help="JSONL, JSON or Parquet, also gzipped.")],
    rules: Annotated[ImportRules, Parameter(name="*")],
    out: Out = None,
    tokenizer: TokenizerPath = None,
    replace: Replace = False,
) -> None:
    """Import public data, say which rows were left out and why, and print the folder."""
    own = load_tokenizer(tokenizer) if tokenizer is not None else Gpt2Bpe()
    folder = out or default_out(Path(rules.source), "episodes")
    work = Import(files, rules, own)
    leaks = LeakIndex.of_suites()
    with progress_bar(rules.source) as progress:
        made = import_public(work, folder, leaks=leaks, replace=replace, progress=progress)
    _note_rejected(made)
    print(made.path)


def _note_rejected(made: Artifact) -> None:
    report = read_json(made.path / REPORT_NAME)
    n_kept, n_read = sum(made.manifest.licences.values()), sum(report["read"].values())
    note(f"{n_kept:,} of {n_read:,} rows imported")
    for one in report["rejected"]:
        places = ", ".join(f"{at['file']}:{at['line']} {at['field']}".strip() for at in one["first"])
        note(f"{one['rows']:>9,}  {one['reason']} ({places})")
