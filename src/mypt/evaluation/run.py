"""A model and suites → what it wrote for every case, and whether that passes, as an artifact."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, ValidationError

from mypt.agent.config import AgentConfig, result_room
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.view import WorkspaceView
from mypt.config import Section, fingerprint
from mypt.conversation.episode import UserMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import ManifestMismatch
from mypt.evaluation.case import Case, Chain, ClosedTurn
from mypt.evaluation.live_workspace import open_live_workspace
from mypt.evaluation.play import play
from mypt.evaluation.responder import BATCH_TOKENS, MAX_TOKENS, EngineResponder, Responder
from mypt.evaluation.scorers import Verdict, score
from mypt.evaluation.suite import Suite, cases_of, load_suites, prompt_of, workspace_digest
from mypt.files import read_json, read_jsonl, write_json, write_jsonl
from mypt.inference.torch_engine import TorchEngine
from mypt.model.model_folder import open_model_folder
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.provenance.manifest import read_manifest
from mypt.training.precision import resolve_device

RESULTS_NAME, SUMMARY_NAME = "results.jsonl", "summary.json"


class EvaluationRecipe(Section):
    """What is judged, and how turns are drawn: greedily."""

    kind: Literal["evaluation"] = "evaluation"
    suites: tuple[str, ...] = ()
    """Names of shipped suites, or files of cases; without any, all shipped ones."""
    buckets: tuple[str, ...] = ()
    """Which buckets of these suites; without any, all."""
    beside: tuple[str, ...] = ()
    """Further files of cases, each judged as a whole under its file's name."""
    max_tokens: PositiveInt = MAX_TOKENS
    """Most tokens of a turn."""
    batch_tokens: PositiveInt = BATCH_TOKENS
    """Tokens that are kept at once; less memory takes longer and changes nothing else."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model computes; auto is the GPU where there is one."""


class Outcome(Section):
    """One case, what the model wrote and whether it passes."""

    id: str
    bucket: str
    language: Literal["en", "de"]
    question: str
    """What the user said last, for people."""
    prompt: str
    """sha256 of all that was put before the model."""
    output: str
    passed: bool
    reason: str = ""
    calls: tuple[str, ...] = ()
    """Calls of a chain; one that failed ends with an exclamation mark."""


class Results(Section):
    """What a model did on cases, and all that this depends on."""

    model: str
    """Digest of the model's manifest."""
    sampling: str
    """Fingerprint of how turns were drawn."""
    suites: Mapping[str, str]
    """Name → digest of the file."""
    outcomes: tuple[Outcome, ...] = Field(exclude=True, default=())

    def buckets(self) -> dict[str, list[Outcome]]:
        """Return the outcomes by bucket, both sorted."""
        found: dict[str, list[Outcome]] = {}
        for outcome in sorted(self.outcomes, key=lambda each: (each.bucket, each.id)):
            found.setdefault(outcome.bucket, []).append(outcome)
        return found


@dataclass(frozen=True)
class Evaluated:
    """Results, and the artifact that holds them."""

    artifact: Artifact
    results: Results


def judge(cases: Sequence[Case], responder: Responder, *, room: int = 1024) -> list[Outcome]:
    """Return an outcome for each case, in order; of a tool's result `room` characters are shown."""
    outcomes: dict[str, Outcome] = {}
    for limit, group in _by_limit(cases).items():
        written = responder.respond([prompt_of(case) for case in group], max_tokens=limit)
        for case, output in zip(group, written, strict=True):
            shown = retrieved_passages(prompt_of(case))
            outcomes[case.id] = _outcome(case, output, score(case.check, output, shown))
    chains = [case for case in cases if isinstance(case.check, Chain)]
    with tempfile.TemporaryDirectory(prefix="mypt-") as folder:

        @cache
        def open_view(name: str) -> WorkspaceView:
            return open_live_workspace(name, Path(folder))

        for played in play(chains, responder, open_view, room=room):
            calls = tuple(call.name if call.succeeded else f"{call.name}!" for call in played.calls)
            outcomes[played.case.id] = _outcome(played.case, played.output, played.verdict(), calls)
    return [outcomes[case.id] for case in cases]


def evaluate(folder: Path, recipe: EvaluationRecipe, out: Path, *, replace: bool = False) -> Evaluated:
    """Return the results of a sealed model, made or found as they were made before.

    Raises InputError for a suite that is wrong, ManifestMismatch for a model that is not whole.
    """
    suites = load_suites(recipe.suites)
    beside = load_suites(recipe.beside) if recipe.beside else []
    cases = _cases(suites, beside, recipe.buckets)
    sources = _sources([*suites, *beside], cases)
    inputs = [Artifact(folder, read_manifest(folder))]
    if artifact := find(out, "evaluation", recipe, inputs, sources, replace=replace):
        return Evaluated(artifact, read_results(out))
    opened = open_model_folder(folder)
    engine = TorchEngine(opened.model.to(resolve_device(recipe.device)))
    responder = EngineResponder(
        engine, opened.tokenizer, max_tokens=recipe.max_tokens, batch_tokens=recipe.batch_tokens
    )
    with staged(out, "evaluation", recipe, inputs, sources, replace=replace) as draft:
        outcomes = judge(cases, responder, room=result_room(AgentConfig(), engine.block_size))
        digests = {suite.name: suite.digest for suite in [*suites, *beside]}
        drawn = fingerprint({"temperature": 0, "max_tokens": recipe.max_tokens})
        results = Results(
            model=inputs[0].digest, sampling=drawn, suites=digests, outcomes=tuple(outcomes)
        )  # fmt: skip
        draft.counts |= {name: _counts(found) for name, found in results.buckets().items()}
        write_jsonl(draft.path / RESULTS_NAME, [outcome.model_dump(mode="json") for outcome in outcomes])
        write_json(draft.path / SUMMARY_NAME, {**results.model_dump(mode="json"), "buckets": draft.counts})
    return Evaluated(open_artifact(out, "evaluation"), results)


def read_results(folder: Path) -> Results:
    """Return the results in an artifact, every file verified; ManifestMismatch when it holds none."""
    open_artifact(folder, "evaluation")
    if not (folder / RESULTS_NAME).is_file():
        raise ManifestMismatch(f"{folder}: holds no results", hint="mypt eval run makes them")
    summary = read_json(folder / SUMMARY_NAME)
    try:
        rows = [Outcome.model_validate(row) for row in read_jsonl(folder / RESULTS_NAME)]
        return Results.model_validate(
            {**{name: summary[name] for name in ("model", "sampling", "suites")}, "outcomes": rows}
        )
    except (KeyError, ValidationError) as error:
        raise ManifestMismatch(f"{folder}: holds results of another version of MyPT") from error


def _cases(suites: Sequence[Suite], beside: Sequence[Suite], buckets: Sequence[str]) -> list[Case]:
    further = [
        case.model_copy(update={"bucket": suite.name, "id": f"{suite.name}/{case.id}"})
        for suite in beside
        for case in suite.cases
    ]
    return [*cases_of(suites, buckets), *further]


def _sources(suites: Iterable[Suite], cases: Iterable[Case]) -> dict[str, str]:
    workspaces = sorted({case.workspace for case in cases if case.workspace is not None})
    return {
        **{f"suite/{suite.name}": suite.digest for suite in suites},
        **{f"workspace/{name}": workspace_digest(name) for name in workspaces},
    }


def _by_limit(cases: Iterable[Case]) -> dict[int | None, list[Case]]:
    """Return the cases of one turn by how long it may be."""
    groups: dict[int | None, list[Case]] = {}
    for case in cases:
        if not isinstance(case.check, Chain):
            limit = case.check.max_tokens if isinstance(case.check, ClosedTurn) else None
            groups.setdefault(limit, []).append(case)
    return groups


def _outcome(
    case: Case, output: ModelOutput | None, verdict: Verdict, calls: tuple[str, ...] = ()
) -> Outcome:
    questions = [message.content for message in case.messages if isinstance(message, UserMessage)]
    return Outcome(
        id=case.id,
        bucket=case.bucket,
        language=case.language,
        question=questions[-1] if questions else "",
        prompt=fingerprint(prompt_of(case)),
        output="" if output is None else written(output),
        passed=verdict.passed,
        reason=verdict.reason,
        calls=calls,
    )


def written(output: ModelOutput) -> str:
    """Return what a model wrote as one text for people."""
    call = output.tool_call
    parts = [
        f"(thinks: {output.think})" if output.think else "",
        output.answer,
        f"(calls {call.name} {call.arguments})" if call else "",
        f"(cites {', '.join(output.citations)})" if output.citations else "",
    ]
    return " ".join(filter(None, parts))


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {"passed": sum(outcome.passed for outcome in outcomes), "cases": len(outcomes)}
