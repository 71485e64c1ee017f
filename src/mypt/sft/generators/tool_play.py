"""A conversation with tools in the making: what is said and thought is worded, what is called is run."""

import random
from collections.abc import Sequence
from typing import TypeVar

from pydantic import JsonValue

from mypt.agent.retrieved import retrieved_passages
from mypt.agent.tool import error_result
from mypt.conversation.episode import (
    AssistantMessage,
    Episode,
    Message,
    Passage,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.errors import ToolFailed
from mypt.sft.generator import Split
from mypt.sft.generators.tool_workspace import PlacedFact, ToolWorkspace
from mypt.sft.phrase_lists import phrase_lists

Way = TypeVar("Way")

SEARCH = "workspace.search"
LIST_DOCS = "workspace.list_docs"
GET_DOC = "workspace.get_doc"
SUMMARIZE = "workspace.summarize"


class Play:
    """One conversation over one workspace; whether its agent thinks aloud is settled at the start."""

    def __init__(
        self, workspace: ToolWorkspace, split: Split, rng: random.Random, fact: PlacedFact, *,
        thinks: bool, variant: float,
    ) -> None:  # fmt: skip
        self.workspace = workspace
        self.language = workspace.language
        self.split = split
        self.rng = rng
        self.fact = fact
        """What the conversation is about, where it is about a fact."""
        self.thinks = thinks
        self.variant = variant
        """Between 0 and 1: which way a pattern of several ways takes, however many facts are tried for it."""
        self.template = ""
        """Which wording the user's first question has."""
        self.messages: list[Message] = []

    def one_of(self, ways: Sequence[Way]) -> Way:
        """Return the way that the variant says."""
        return ways[int(self.variant * len(ways))]

    def phrase(self, name: str, /, **slots: object) -> str:
        """Return one of a list's phrases, filled."""
        return self.rng.choice(phrase_lists("tools")[name][self.language]).format(**slots)

    def ask(self, name: str, /, **slots: object) -> str:
        """Let the user say one of a list's phrases, of those that are for this split, and return it."""
        phrases = phrase_lists("tools")[f"{name}_{self.split}"][self.language]
        number = self.rng.randrange(len(phrases))
        content = phrases[number].format(**slots)
        self.say(content, f"{name}-{self.split}-{self.language}-{number}")
        return content

    def say(self, content: str, template: str, context: Sequence[Passage] = ()) -> None:
        """Let the user say something, with passages that were retrieved for it."""
        self.template = self.template or template
        self.messages.append(UserMessage(content=content, context=tuple(context)))

    def ask_fact(self) -> None:
        """Let the user ask for the fact."""
        self.ask("ask", question=self.question())

    def question(self) -> str:
        """Return a question for the fact."""
        return self.rng.choice(self.fact.questions)

    def call(self, name: str, think: str, /, **arguments: JsonValue) -> JsonValue:
        """Call a tool after a thought, and return what comes back."""
        return self._run(
            ToolCallMessage(name=name, arguments=arguments, think=think if self.thinks else None)
        )

    def wrong(self, name: str, /, **arguments: JsonValue) -> JsonValue:
        """Make a call that is shown and not learned."""
        return self._run(ToolCallMessage(name=name, arguments=arguments, learn=False))

    def broken(self, name: str, think: str, reason: str, /, **arguments: JsonValue) -> None:
        """Make a call during which the tool fails, as it may at any time."""
        call = ToolCallMessage(name=name, arguments=arguments, think=think if self.thinks else None)
        error = error_result(ToolFailed(f"{name} {reason}"))
        self.messages += [call, ToolResultMessage(name=name, content=error)]

    def _run(self, call: ToolCallMessage) -> JsonValue:
        content = self.workspace.run(call.name, call.arguments)
        self.messages += [call, ToolResultMessage(name=call.name, content=content)]
        return content

    def search(self, think: str = "think_search") -> JsonValue:
        """Search for the fact."""
        return self.call(SEARCH, self.phrase(think, topic=self.fact.topic), query=self.fact.query)

    def answer(self, content: str, cite: Sequence[str] = (), think: str = "think_answer") -> bool:
        """Answer, and so end the turn; a conversation that comes to this is one to keep."""
        thought = self.phrase(think) if self.thinks and think else None
        self.messages.append(AssistantMessage(content=content, cite=tuple(cite), think=thought))
        return True

    def answer_fact(self) -> bool:
        """Answer with the fact and cite its passage; False where the passage was not shown so far."""
        if not self.shows_fact:
            return False
        told = self.phrase(
            "answer_fact",
            statement=self.rng.choice(self.fact.statements),
            title=self.fact.document.title,
        )
        return self.answer(told, [self.fact.passage.id])

    @property
    def n_calls(self) -> int:
        """How many calls were made."""
        return sum(isinstance(message, ToolCallMessage) for message in self.messages)

    @property
    def shows_fact(self) -> bool:
        """Whether the sentence that states the fact was shown in whole."""
        return self.fact.sentence in self.shown().get(self.fact.passage.id, "")

    def shown(self) -> dict[str, str]:
        """Return the text shown of each passage so far."""
        if not self.messages:
            return {}
        language, messages = self.language, tuple(self.messages)
        return retrieved_passages(Episode(messages=messages, language=language, source="play"))


def entries(content: JsonValue, key: str) -> list[dict[str, JsonValue]]:
    """Return the objects of a list in a result; none where there is no such list."""
    found = content.get(key) if isinstance(content, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def texts(content: JsonValue, key: str, field: str) -> list[str]:
    """Return one field of each of these objects."""
    return [str(entry[field]) for entry in entries(content, key)]


def following(content: JsonValue) -> dict[str, JsonValue]:
    """Return the arguments with which a result is read on; none where it is whole."""
    rest = content.get("continues") if isinstance(content, dict) else None
    return rest if isinstance(rest, dict) else {}


def distinct(names: Sequence[str]) -> list[str]:
    """Return names in their order, each once."""
    return list(dict.fromkeys(names))
