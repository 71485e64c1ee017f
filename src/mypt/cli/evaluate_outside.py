"""`mypt eval harness` and `mypt eval bfcl`: measures that others use too, on files that lie here."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mypt.cli.arguments import ModelPath
from mypt.evaluation.bfcl import read_bfcl, run_bfcl
from mypt.evaluation.lm_eval_adapter import TextScorer, run_harness
from mypt.evaluation.responder import EngineResponder
from mypt.files import write_json
from mypt.inference.torch_engine import TorchEngine
from mypt.model.model_folder import open_model_folder
from mypt.training.precision import resolve_device

Limit = Annotated[int | None, Parameter(help="Ask only so many.")]
Device = Annotated[Literal["auto", "cpu", "cuda"], Parameter(help="Where the model computes.")]
Json = Annotated[Path | None, Parameter(help="JSON file to write.")]


def harness(
    model: ModelPath,
    *,
    tasks: Annotated[Path, Parameter(help="Folder of tasks as YAML files, their data beside them.")],
    limit: Limit = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Run local tasks of lm-evaluation-harness on a model, offline, and print their measures."""
    opened = open_model_folder(model)
    scorer = TextScorer(opened.model.to(resolve_device(device)), opened.tokenizer)
    results = run_harness(scorer, tasks, limit=limit)
    if json is not None:
        write_json(json, results)
    for task, measures in results.items():
        for name, value in measures.items():
            if isinstance(value, float):
                print(f"{task}\t{name}\t{value:.4f}")


def bfcl(
    model: ModelPath,
    questions: Annotated[Path, Parameter(help="File of questions, one JSON object a line.")],
    answers: Annotated[Path | None, Parameter(help="File of accepted calls; none: no call is right.")] = None,
    *,
    limit: Limit = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Put questions of the Berkeley Function Calling Leaderboard to a model, and print what passes."""
    entries = read_bfcl(questions, answers)[:limit]
    opened = open_model_folder(model)
    engine = TorchEngine(opened.model.to(resolve_device(device)))
    report = run_bfcl(entries, EngineResponder(engine, opened.tokenizer))
    if json is not None:
        write_json(json, report.model_dump(mode="json"))
    print(report.to_markdown())
