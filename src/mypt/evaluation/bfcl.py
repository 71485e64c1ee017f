"""Questions of the public Berkeley Function Calling Leaderboard, judged by a matcher of our own.

A protocol of one call a turn has no parallel calls, and conversations over several turns need
the tools that belong to them: both are counted as not judged, and so are other languages' types.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from mypt.agent.foreign_schema import clean_schema, signature_of
from mypt.agent.system_prompt import tool_system_prompt
from mypt.agent.tool import ToolSpec
from mypt.config import Section
from mypt.conversation.episode import AssistantMessage, Episode, Message, UserMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import InputError
from mypt.evaluation.bfcl_values import BfclType, accepts, json_schema
from mypt.evaluation.responder import Responder
from mypt.evaluation.run import written
from mypt.evaluation.scorers import PASSED, Verdict, failed
from mypt.evaluation.statistics import wilson_interval
from mypt.files import read_jsonl

ANY_CALL = "live_relevance"
"""The category in which a call of some function is right, whichever."""
_OTHER_LANGUAGES = ("java", "javascript")


@dataclass(frozen=True)
class AcceptedCall:
    """The one call that answers a question."""

    name: str
    arguments: Mapping[str, Sequence[JsonValue]]
    """Accepted values of each argument; an empty text among them says that it may be left out."""
    types: Mapping[str, BfclType]
    """Each argument of the function, as its schema describes it."""
    required: frozenset[str]


@dataclass(frozen=True)
class BfclEntry:
    """One question."""

    id: str
    category: str
    prompt: Episode | None
    """None for a question that is not judged."""
    accepted: AcceptedCall | None = None
    """None where a call would be wrong."""
    not_judged: str = ""
    """Why not, if so."""


class BfclOutcome(Section):
    """One question, what the model wrote and whether it passes."""

    id: str
    category: str
    output: str
    passed: bool
    reason: str


class BfclReport(Section):
    """What a model did on the questions."""

    outcomes: tuple[BfclOutcome, ...]
    not_judged: Mapping[str, int]
    """Category and reason → how many."""

    def to_markdown(self) -> str:
        """Return a table of the categories, and below it what was not judged."""
        lines = ["| category | passed | 95 % interval |", "|---|---|---|"]
        for category in sorted({one.category for one in self.outcomes}):
            passed = [one.passed for one in self.outcomes if one.category == category]
            interval = wilson_interval(sum(passed), len(passed))
            found = f"{interval.lower:.1%} to {interval.upper:.1%}"
            lines.append(f"| {category} | {sum(passed)}/{len(passed)} | {found} |")
        return "\n".join([*lines, "", *(f"- not judged: {n}, {why}" for why, n in self.not_judged.items())])


def read_bfcl(questions: Path, answers: Path | None = None) -> list[BfclEntry]:
    """Return the questions of a file with their accepted calls; without answers no call is right.

    Raises InputError naming file and line of an entry that is none, or that has no answer.
    """
    accepted = {} if answers is None else dict(_answers(answers))
    entries = []
    for number, values in enumerate(read_jsonl(questions), start=1):
        where = f"{questions}:{number}"
        try:
            entries.append(_entry(values, accepted, where, has_answers=answers is not None))
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise InputError(f"{where}: is no question of BFCL: {error!r}") from error
    return entries


def run_bfcl(entries: Sequence[BfclEntry], responder: Responder) -> BfclReport:
    """Return what is written after each question that can be judged, and whether it passes."""
    asked = [(one, one.prompt) for one in entries if one.prompt is not None]
    outputs = responder.respond([prompt for _, prompt in asked])
    outcomes = []
    for (one, _), output in zip(asked, outputs, strict=True):
        verdict = judge_call(one, output)
        outcomes.append(
            BfclOutcome(
                id=one.id, category=one.category, output=written(output), passed=verdict.passed,
                reason=verdict.reason,
            )
        )  # fmt: skip
    left_out = sorted(f"{one.category}: {one.not_judged}" for one in entries if one.prompt is None)
    return BfclReport(
        outcomes=tuple(outcomes), not_judged={why: len(list(same)) for why, same in groupby(left_out)}
    )


def judge_call(entry: BfclEntry, output: ModelOutput) -> Verdict:
    """Return whether a turn makes the accepted call, or none where none is right."""
    if output.problems:
        return failed("; ".join(f"{each.kind.value}: {each.detail[:80]}" for each in output.problems))
    call, accepted = output.tool_call, entry.accepted
    if entry.category == ANY_CALL:
        return PASSED if call is not None else failed("answers instead of calling a function")
    if accepted is None:
        return PASSED if call is None else failed(f"calls {call.name}, and no function fits")
    if call is None:
        return failed(f"answers instead of calling {accepted.name}")
    if call.name != accepted.name:
        return failed(f"calls {call.name} instead of {accepted.name}")
    reason = next(_argument_faults(accepted, call.arguments), "")
    return failed(reason) if reason else PASSED


def _argument_faults(accepted: AcceptedCall, given: Mapping[str, JsonValue]) -> Iterator[str]:
    for name, values in accepted.arguments.items():
        if name not in given and (name in accepted.required or "" not in values):
            yield f"leaves out {name}"
    for name, value in given.items():
        if name not in accepted.arguments or name not in accepted.types:
            yield f"gives {name}, which nobody asked for"
        elif not accepts(accepted.arguments[name], value, accepted.types[name]):
            yield f"gives {name}={value!r:.80}"


def _answers(path: Path) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    for number, values in enumerate(read_jsonl(path), start=1):
        try:
            yield str(values["id"]), list(values["ground_truth"])
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}:{number}: is no answer of BFCL: {error!r}") from error


def _entry(values: Any, accepted: Mapping[str, Any], where: str, *, has_answers: bool) -> BfclEntry:
    name = str(values["id"])
    category = name.rpartition("_")[0]
    if has_answers and name not in accepted:
        raise InputError(f"{where}: {name} has no answer")
    calls = accepted.get(name, [])
    if category.endswith(_OTHER_LANGUAGES):
        return BfclEntry(name, category, None, not_judged="types of another language")
    if len(values["question"]) != 1 or "function" not in values:
        return BfclEntry(name, category, None, not_judged="conversations with tools of their own")
    if len(calls) > 1:
        return BfclEntry(name, category, None, not_judged="parallel calls, where a turn has one")
    functions = {str(each["name"]): each for each in values["function"]}
    prompt = _prompt(values["question"][0], list(functions.values()))
    return BfclEntry(name, category, prompt, _accepted(calls[0], functions) if calls else None)


def _accepted(call: Mapping[str, Any], functions: Mapping[str, Any]) -> AcceptedCall:
    ((name, arguments),) = call.items()
    parameters = functions[name]["parameters"]
    return AcceptedCall(name, arguments, parameters["properties"], frozenset(parameters.get("required", ())))


def _prompt(said: Sequence[Mapping[str, str]], functions: Sequence[Mapping[str, Any]]) -> Episode:
    system = tool_system_prompt([_spec(function) for function in functions])
    own = [message["content"] for message in said if message["role"] == "system"]
    talk = [message for message in said if message["role"] != "system"]
    return Episode(
        system="\n".join([*own, system]), messages=tuple(_messages(talk)), language="en", source="bfcl"
    )


def _messages(talk: Sequence[Mapping[str, str]]) -> Iterator[Message]:
    """Yield the messages, those that one speaker wrote in a row as one."""
    for role, run in groupby(talk, key=lambda message: message["role"]):
        text = "\n".join(message["content"] for message in run)
        yield UserMessage(content=text) if role == "user" else AssistantMessage(content=text)


def _spec(function: Mapping[str, Any]) -> ToolSpec:
    schema = json_schema(function["parameters"])
    return ToolSpec(
        name=function["name"], description=function.get("description", ""), schemas=(schema,),
        signature=signature_of(clean_schema(schema) or schema),
    )  # fmt: skip
