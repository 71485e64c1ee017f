"""Cases for tests, as short as they can be."""

from collections.abc import Sequence
from typing import Any

from mypt.conversation.episode import Episode
from mypt.evaluation.case import Case
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


def prompts(cases: Sequence[Case]) -> list[Episode]:
    return [prompt_of(each) for each in cases]
