"""Whether what a model wrote passes: one function for each kind of check.

Whatever the check, output that breaks the grammar fails, and so does a citation of
what was never shown. What an answer says is compared word by word, without case and
punctuation (`mypt.evaluation.words`).
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import InputError
from mypt.evaluation.case import (
    Abstains,
    Answers,
    Call,
    Chain,
    Check,
    Cited,
    ClosedTurn,
    Contains,
    Exact,
    JsonAnswer,
    NoCall,
)
from mypt.evaluation.refusals import is_refusal, sentences
from mypt.evaluation.words import holds, holds_all_words, joined, words
from mypt.files import canonical_json

FREE_TEXT_ARGUMENTS = frozenset({"query"})
"""Arguments in which a value is accepted as soon as all words of an accepted value occur, in any order."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of a case."""

    passed: bool
    reason: str = ""
    """Why it did not pass."""


@dataclass(frozen=True)
class PlayedCall:
    """A call of a conversation that was played, and whether its result was no error."""

    name: str
    succeeded: bool


PASSED = Verdict(passed=True)


def failed(reason: str) -> Verdict:
    """Return the verdict of a case that did not pass."""
    return Verdict(passed=False, reason=reason)


def score(check: Check, output: ModelOutput, shown: Container[str] = ()) -> Verdict:
    """Return whether one turn passes, where these passages were shown; InputError for a chain."""
    if isinstance(check, Chain):
        raise InputError("a chain is played, not scored by one turn")
    reason = _malformed(output, shown) or _fault(check, output)
    return failed(reason) if reason else PASSED


def score_chain(
    check: Chain, output: ModelOutput, calls: Sequence[PlayedCall], origins: Mapping[str, str]
) -> Verdict:
    """Return whether a conversation that was played passes: its calls, and how it ended.

    `origins` are the files of the passages that were shown. Calls that failed count for nothing.
    """
    reason = (
        _malformed(output, origins)
        or _missing_call(check.tools, [call.name for call in calls if call.succeeded])
        or (f"the call of {output.tool_call.name} is one too many" if output.tool_call else "")
        or _lacks_any(output.answer, check.any_of)
        or _lacks_origin(check.cite_origin, [origins[name] for name in output.citations])
    )
    return failed(reason) if reason else PASSED


def _malformed(output: ModelOutput, shown: Container[str]) -> str:
    if output.problems:
        return "; ".join(f"{each.kind.value}: {each.detail[:80]}".strip(": ") for each in output.problems)
    if output.tool_call is None and not output.answer.strip():
        return "says nothing"
    unseen = [name for name in output.citations if name not in shown]
    return f"cites {unseen[0]!r}, which was never shown" if unseen else ""


def _fault(check: Check, output: ModelOutput) -> str:  # noqa: PLR0911, C901  # one line for each kind
    if isinstance(check, Call):
        return call_fault(check, output.tool_call)
    if output.tool_call is not None:
        return f"calls {output.tool_call.name} instead of answering"
    match check:
        case Exact():
            return "" if output.answer in check.answers else _not(output.answer, check.answers[0])
        case Contains():
            return _contains_fault(check, output.answer)
        case JsonAnswer():
            return _json_fault(check, output.answer)
        case Cited():
            return _lacks_any(output.answer, check.any_of) or _citation_fault(check.cite, output.citations)
        case Abstains():
            return _abstention_fault(check, output)
        case Answers():
            return _answer_fault(check.any_of, output.answer)
        case ClosedTurn():
            return _holds_forbidden(output.answer, check.none_of)
        case NoCall():
            return _lacks_any(output.answer, check.any_of)
        case Chain():
            return "a chain is played"


def _not(answer: str, wanted: str) -> str:
    return f"{answer[:80]!r} instead of {wanted[:80]!r}"


def _contains_fault(check: Contains, answer: str) -> str:
    missing = [phrase for phrase in check.all_of if not holds(answer, phrase)]
    if missing:
        return f"does not say {missing[0]!r}"
    if check.max_characters is not None and len(answer) > check.max_characters:
        return f"{len(answer)} characters, at most {check.max_characters} are asked for"
    return _lacks_any(answer, check.any_of) or _holds_forbidden(answer, check.none_of)


def _lacks_any(answer: str, phrases: Sequence[str]) -> str:
    if not phrases or any(holds(answer, phrase) for phrase in phrases):
        return ""
    return f"says none of {', '.join(map(repr, phrases))}"


def _holds_forbidden(answer: str, phrases: Sequence[str]) -> str:
    said = [phrase for phrase in phrases if holds(answer, phrase)]
    return f"says {said[0]!r}" if said else ""


def _json_fault(check: JsonAnswer, answer: str) -> str:
    """Compare canonical forms: keys in any order, but 1 is neither true nor "1" nor 1.0."""
    try:
        value = json.loads(answer, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    wanted = canonical_json(check.value)
    return "" if canonical_json(value) == wanted else _not(answer, wanted.decode())


def _unique_keys(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object repeats a key")
    return values


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is no JSON")


def _citation_fault(supporting: Sequence[str], cited: Sequence[str]) -> str:
    if not cited:
        return "cites nothing"
    wrong = [name for name in cited if name not in supporting]
    return f"cites {wrong[0]!r}, which does not support it" if wrong else ""


def _abstention_fault(check: Abstains, output: ModelOutput) -> str:
    if not is_refusal(output.answer):
        return "does not say that it cannot know"
    if output.citations:
        return f"cites {output.citations[0]!r} for what it cannot know"
    return _holds_forbidden(output.answer, check.none_of)


def _answer_fault(facts: Sequence[str], answer: str) -> str:
    """Let a hedge stand behind the fact, but neither before it nor in its own sentence."""
    missing = _lacks_any(answer, facts)
    if missing:
        return missing
    parts = sentences(answer)
    if is_refusal(parts[0]) or not any(
        holds(part, fact) and not is_refusal(part) for part in parts for fact in facts
    ):
        return "refuses, though the fact is there"
    return ""


def call_fault(check: Call, call: ToolCallMessage | None) -> str:
    """Say what is wrong with a parsed call, or nothing; an argument that is null counts as left out."""
    if call is None:
        return f"answers instead of calling {check.name}"
    if call.name != check.name:
        return f"calls {call.name} instead of {check.name}"
    given = {name: value for name, value in call.arguments.items() if value is not None}
    allowed = {**check.optional, **check.arguments}
    missing = sorted(check.arguments.keys() - given.keys())
    if missing:
        return f"leaves out {missing[0]}"
    for name, value in given.items():
        if name not in allowed:
            return f"gives {name}, which nobody asked for"
        if allowed[name] and not any(_accepts(name, accepted, value) for accepted in allowed[name]):
            return f"gives {name}={json.dumps(value, ensure_ascii=False)[:80]}"
    return ""


def _accepts(name: str, accepted: JsonValue, value: JsonValue) -> bool:
    """Compare values of one type; texts without case and punctuation, free texts by the words they need."""
    if isinstance(accepted, str) and isinstance(value, str):
        if name in FREE_TEXT_ARGUMENTS:
            return holds_all_words(value, accepted)
        return joined(value) == joined(accepted) if words(accepted) else value == accepted
    return canonical_json(_caseless(accepted)) == canonical_json(_caseless(value))


def _caseless(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list):
        return [_caseless(item) for item in value]
    if isinstance(value, dict):
        return {name: _caseless(item) for name, item in value.items()}
    return value


def _missing_call(wanted: Sequence[str], made: Sequence[str]) -> str:
    """Look for the wanted calls in their order, whatever stands between them."""
    rest = iter(made)
    for name in wanted:
        if name not in rest:  # goes on behind the last one found
            return f"no successful call of {name} in its place; made: {', '.join(made) or 'none'}"
    return ""


def _lacks_origin(files: Sequence[str], origins: Sequence[str]) -> str:
    if not files or any(
        origin == file or origin.endswith(f"/{file}") for origin in origins for file in files
    ):
        return ""
    return f"cites no passage of {', '.join(files)}"
