"""The six phases as one table: what defines each of them. What tunes them is in their recipes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mypt.conversation.special_tokens import Tag
from mypt.errors import InputError

PRETRAINING_SHARE = (0.01, 0.05)
"""Least and largest share of pretraining text in any phase."""


@dataclass(frozen=True)
class Phase:
    """What a phase is."""

    number: int
    name: str
    """As its recipe and folder are called, after `phase<number>_`."""
    learns: str
    """One line for people."""
    introduces: frozenset[Tag]
    """Tags that no earlier phase has shown."""
    prompt_tier: int
    """Which system prompts its generators use: 1, 2 or 3."""
    generators: tuple[str, ...]
    """The generators that make its episodes."""
    replay: Mapping[int, float] = field(default_factory=dict)
    """Earlier phase → its share of the supervised tokens."""

    @property
    def slug(self) -> str:
        """Return the name of its recipe and its folder."""
        return f"phase{self.number}_{self.name}"


PHASES: tuple[Phase, ...] = (
    Phase(
        number=1,
        name="format_lock",
        learns="to answer briefly, close its turn and stop",
        introduces=frozenset(
            {
                Tag.SYSTEM_OPEN, Tag.SYSTEM_CLOSE, Tag.USER_OPEN, Tag.USER_CLOSE,
                Tag.ASSISTANT_OPEN, Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN,
            }
        ),
        prompt_tier=1,
        generators=("format_lock",),
    ),
    Phase(
        number=2,
        name="operators",
        learns="to copy, wrap and extract what it has never seen",
        introduces=frozenset(),
        prompt_tier=1,
        generators=("operators",),
        replay={1: 0.05},
    ),
    Phase(
        number=3,
        name="chat",
        learns="to chat, think, answer from passages with citations, and refuse where they do not suffice",
        introduces=frozenset(
            {
                Tag.THINK_OPEN, Tag.THINK_CLOSE, Tag.CITE_OPEN, Tag.CITE_CLOSE,
                Tag.USER_CONTEXT_OPEN, Tag.USER_CONTEXT_CLOSE,
            }
        ),
        prompt_tier=2,
        generators=("rag_chat", "chat"),
        replay={1: 0.03, 2: 0.03},
    ),
    Phase(
        number=4,
        name="multi_turn",
        learns="to keep turns apart, follow up, ask back and change the topic",
        introduces=frozenset({Tag.ASSISTANT_CONTEXT_OPEN, Tag.ASSISTANT_CONTEXT_CLOSE}),
        prompt_tier=2,
        generators=("multi_turn",),
        replay={1: 0.02, 2: 0.02, 3: 0.03},
    ),
    Phase(
        number=5,
        name="tool_call",
        learns="to make one tool call, or none where none is due",
        introduces=frozenset(
            {Tag.TOOLCALL_OPEN, Tag.TOOLCALL_CLOSE, Tag.TOOLRESULT_OPEN, Tag.TOOLRESULT_CLOSE}
        ),
        prompt_tier=3,
        generators=("tool_call",),
        replay={1: 0.02, 2: 0.02, 3: 0.02, 4: 0.02},
    ),
    Phase(
        number=6,
        name="agentic_rag",
        learns="to search, read, answer with citations and recover from errors",
        introduces=frozenset(),
        prompt_tier=3,
        generators=("agentic_rag",),
        replay={1: 0.01, 2: 0.01, 3: 0.01, 4: 0.01, 5: 0.01},
    ),
)  # fmt: skip


def phase(number: int) -> Phase:
    """Return a phase by its number; InputError when there is none."""
    if not 1 <= number <= len(PHASES):
        raise InputError(f"phase {number} does not exist", hint=f"phases are 1 to {len(PHASES)}")
    return PHASES[number - 1]


def known_tags(number: int) -> frozenset[Tag]:
    """Return every tag that an episode of a phase may hold."""
    return frozenset().union(*(one.introduces for one in PHASES[: phase(number).number]))
