"""When a row ends, and why."""

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum

StopRule = Callable[[Sequence[int]], bool]
"""Says whether what was generated since the prompt is finished with its last id."""


class FinishReason(StrEnum):
    """Why no more ids are drawn for a row."""

    STOP = "stop"
    """The stop rule said so: the model was done."""
    LENGTH = "length"
    """As many ids as allowed were drawn."""


def never_stop(generated: Sequence[int]) -> bool:  # noqa: ARG001
    """Leave it to the length."""
    return False


def stop_at(ids: Collection[int]) -> StopRule:
    """Return the rule that ends a row at the first of these ids."""
    last_ids = frozenset(ids)
    return lambda generated: generated[-1] in last_ids


def stop_at_any(*rules: StopRule) -> StopRule:
    """Return the rule that ends a row as soon as one of several does."""
    return lambda generated: any(rule(generated) for rule in rules)


def finish_reason(generated: Sequence[int], stop: StopRule, max_new_tokens: int) -> FinishReason | None:
    """Return why a row ends with its newest id, or None when it goes on."""
    if stop(generated):
        return FinishReason.STOP
    return FinishReason.LENGTH if len(generated) >= max_new_tokens else None
