"""Sizes that the four tools share."""

from mypt.agent.room import cut

MAX_TITLE = 80
"""Characters of a title in a result."""


def shown_title(title: str) -> str:
    """Return a title on one line, and not too long."""
    return cut(" ".join(title.split()), MAX_TITLE)
