"""Cases for tests, as short as they can be."""

import json
from typing import Any

from mypt.conversation.episode import ToolCallMessage
from mypt.conversation.parse import ModelOutput
from mypt.evaluation.case import (
    Abstains,
    Answers,
    Call,
    Case,
    Chain,
    Cited,
    ClosedTurn,
    Contains,
    Exact,
    JsonAnswer,
    NoCall,
)
from mypt.evaluation.responder import AlwaysRefuse, answered
from mypt.evaluation.suite import prompt_of


def case(check: dict[str, Any], user: str = "Say: hello", **fields: Any) -> Case:
    """Return a case with one question; other fields replace what is usual."""
    values: dict[str, Any] = {
        "id": "echo-en-001", "bucket": "echo", "phase": 1, "language": "en", "system": "You are MyPT.",
        "messages": [{"role": "user", "content": user}], "check": check,
    }  # fmt: skip
    return Case.model_validate({**values, **fields})


def exact(user: str, answer: str, **fields: Any) -> Case:
    return case({"kind": "exact", "answers": [answer]}, user, **fields)


def passing(case: Case) -> ModelOutput:  # noqa: C901, PLR0911  # one line for each kind
    """Return a turn that does what a check of one turn asks for."""
    match case.check:
        case Exact(answers=answers):
            return answered(answers[0])
        case JsonAnswer(value=value):
            return answered(json.dumps(value, ensure_ascii=False))
        case Contains(any_of=any_of, all_of=all_of):
            return answered(" ".join([*all_of, *any_of[:1]]))
        case Cited(any_of=facts, cite=cited):
            return answered(facts[0], cited[0])
        case Answers(any_of=facts):
            return answered(f"{facts[0]}.")
        case Abstains():
            return AlwaysRefuse().respond([prompt_of(case)])[0]
        case ClosedTurn():
            return answered("!!")
        case NoCall(any_of=any_of):
            return answered(" ".join(any_of[:1]) or "Hm.")
        case Call(name=name, arguments=accepted):
            arguments = {argument: values[0] if values else "x" for argument, values in accepted.items()}
            return ModelOutput("", None, (), ToolCallMessage(name=name, arguments=arguments), ())
        case Chain():
            raise ValueError("a chain is played")
