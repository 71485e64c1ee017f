"""The one way to say that an architecture has no equal on the other side."""

from collections.abc import Iterable

from mypt.errors import InputError


def refuse_unrepresentable(where: str, architecture: str, obstacles: Iterable[str]) -> None:
    """Raise InputError that lists every obstacle, when there is one."""
    reasons = "".join(f"\n  {obstacle}" for obstacle in obstacles)
    if reasons:
        raise InputError(
            f"{where}: this {architecture} is not representable as a model of MyPT:{reasons}",
            hint="docs/guides/interchange.md lists what can be imported",
        )
