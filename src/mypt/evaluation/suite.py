"""Suites: files of cases, read with every mistake named, and known by their digests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mypt.agent.retrieved import retrieved_passages
from mypt.config import did_you_mean, fingerprint
from mypt.conversation.episode import AssistantMessage, Episode, ToolCallMessage
from mypt.errors import InputError
from mypt.evaluation.case import Call, Case, Chain, Cited, Contains
from mypt.files import read_json, read_jsonl, sha256_file

SUITES = Path(__file__).parent / "suites"
"""Where the shipped suites lie, with the documents of their workspaces."""
DIGESTS_NAME = "digests.json"


@dataclass(frozen=True)
class Suite:
    """The cases of one file."""

    name: str
    digest: str
    """sha256 of the file."""
    cases: tuple[Case, ...]


def shipped_suites() -> Mapping[str, Path]:
    """Return the suites that belong to MyPT, by name."""
    return {path.stem: path for path in sorted(SUITES.glob("*.jsonl"))}


def current_digests() -> dict[str, str]:
    """Return the digests of the shipped suites and of their workspaces, as their files are now."""
    workspaces = sorted(path.name for path in (SUITES / "workspaces").glob("*") if path.is_dir())
    return {
        **{name: sha256_file(path) for name, path in shipped_suites().items()},
        **{f"workspaces/{name}": workspace_digest(name) for name in workspaces},
    }


def workspace_digest(name: str) -> str:
    """Return what names the documents of a suite's workspace."""
    folder = SUITES / "workspaces" / name
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return fingerprint({path.relative_to(folder).as_posix(): sha256_file(path) for path in paths})


def pinned_digests() -> Mapping[str, str]:
    """Return the digest that each shipped suite, and each workspace of one, must have."""
    path = SUITES / DIGESTS_NAME
    return dict(read_json(path)) if path.is_file() else {}


def load_suites(names: Sequence[str | Path] = ()) -> list[Suite]:
    """Return suites by name or path, without names all shipped ones.

    Raises InputError for a suite there is not, a case that is wrong, or one id in two places.
    """
    suites = [read_suite(_locate(name)) for name in names or tuple(shipped_suites())]
    seen: dict[str, str] = {}
    for suite in suites:
        for case in suite.cases:
            if case.id in seen:
                raise InputError(f"{suite.name}: id {case.id!r} is in {seen[case.id]} too")
            seen[case.id] = suite.name
    return suites


def cases_of(suites: Iterable[Suite], buckets: Sequence[str] = ()) -> list[Case]:
    """Return the cases of some buckets, without names all; InputError for a bucket that no suite has."""
    cases = [case for suite in suites for case in suite.cases]
    known = {case.bucket for case in cases}
    for bucket in buckets:
        if bucket not in known:
            raise InputError(
                f"no case of a bucket {bucket!r}{did_you_mean(bucket, known)}", hint=", ".join(sorted(known))
            )
    return [case for case in cases if not buckets or case.bucket in buckets]


def read_suite(path: Path) -> Suite:
    """Return the cases of a file; InputError names file, line and field of what is wrong."""
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for number, values in enumerate(read_jsonl(path), start=1):
        case = _read_case(values, f"{path}:{number}")
        if case.id in lines:
            raise InputError(f"{path}:{number}: id: {case.id!r} is on line {lines[case.id]} too")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise InputError(f"{path}: a suite without cases")
    return Suite(path.stem, sha256_file(path), tuple(cases))


def prompt_of(case: Case) -> Episode:
    """Return the conversation that a case puts before the model."""
    return Episode(
        system=case.system, messages=case.messages, language=case.language, source="case", phase=case.phase
    )


def _locate(name: str | Path) -> Path:
    shipped = shipped_suites()
    path = Path(name)
    if str(name) in shipped:
        return shipped[str(name)]
    if not path.is_file():
        raise InputError(
            f"{name}: no such suite{did_you_mean(str(name), shipped)}", hint=f"shipped: {', '.join(shipped)}"
        )
    return path


def _read_case(values: object, where: str) -> Case:
    if not isinstance(values, dict):
        raise InputError(f"{where}: expected an object, got {type(values).__name__}")
    try:
        case = Case.model_validate(values)
        prompt = prompt_of(case)
    except ValidationError as error:
        raise InputError("\n".join(f"{where}: {_explain(problem)}" for problem in error.errors())) from error
    if problems := list(_faults(case, prompt)):
        raise InputError("\n".join(f"{where}: {problem}" for problem in problems))
    return case


def _explain(problem: Mapping[str, Any]) -> str:
    location = ".".join(str(part) for part in problem["loc"])
    text = str(problem["ctx"]["error"]) if problem["type"] == "value_error" else problem["msg"]
    return f"{location}: {text}" if location else text


def _faults(case: Case, prompt: Episode) -> Iterator[str]:
    """What a schema cannot say: cases that nobody could pass, or that anything passes."""
    check = case.check
    if isinstance(case.messages[-1], AssistantMessage | ToolCallMessage):
        yield "messages: the model has just written, so it is not its turn"
    if isinstance(check, Contains) and not (check.any_of or check.all_of):
        yield "check: `contains` without `any_of` and `all_of` is passed by saying anything"
    if isinstance(check, Cited):
        shown = retrieved_passages(prompt)
        yield from (f"check.cite: {name!r} is never shown" for name in check.cite if name not in shown)
    if isinstance(check, Chain) and case.workspace is None:
        yield "workspace: a chain is played in one"
    if isinstance(check, Call):
        both = sorted(check.arguments.keys() & check.optional.keys())
        yield from (f"check: argument {name!r} is both needed and optional" for name in both)
