"""Small sets of episodes as the mix would seal them."""

from collections.abc import Sequence
from pathlib import Path

from mypt.config import Section
from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    Message,
    Passage,
    Replay,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.sft.episode_files import write_rows


class Recipe(Section):
    """Whatever made them."""

    name: str = "episodes"


def episode(*messages: Message, system: str | None = "You are MyPT.", **meta: str) -> Episode:
    return Episode(system=system, messages=messages, language="en", source="test", phase=6, meta=dict(meta))


def chat(number: int) -> Episode:
    question, answer = UserMessage(content=f"Say {number}."), AssistantMessage(content=f"{number}")
    return episode(question, answer, operator="odd" if number % 2 else "even")


def tool_episode(*, learn: bool = True) -> Episode:
    """Every tag of the protocol, with a wrong call that may be one that is not learned."""
    wrong = ToolCallMessage(name="list", arguments={}, learn=learn)
    right = ToolCallMessage(name="search", arguments={"query": "x"}, think="Search.")
    return episode(
        UserMessage(content="Q", context=(Passage(id="p", text="P"),)),
        AssistantContextMessage(content="C"),
        wrong,
        ToolResultMessage(name="list", content={"error": "none"}),
        right,
        ToolResultMessage(name="search", content=["d"]),
        AssistantMessage(content="A", think="T", cite=("p", "d")),
        UserMessage(content="And?"),
        AssistantMessage(content="B"),
    )


ALL: list[Episode | Replay] = [
    chat(1),
    tool_episode(),
    Replay(text="raw text of pretraining"),
    tool_episode(learn=False),
    chat(2),
]


def episodes_of(
    folder: Path, train: Sequence[Episode | Replay], val: Sequence[Episode | Replay] = ()
) -> Artifact:
    """Seal rows as an `episodes` artifact."""
    with staged(folder, "episodes", Recipe(), replace=True) as draft:
        write_rows(draft.path, "train", train)
        write_rows(draft.path, "val", val)
        draft.licences = {"CC0-1.0": 3}
    return open_artifact(folder, "episodes")
