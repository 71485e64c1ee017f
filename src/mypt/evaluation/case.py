"""One case of a suite: where a conversation stands, and what the model's next turn must be."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, PositiveInt, StrictInt

from mypt.config import Section
from mypt.conversation.episode import JsonObject, Message, PassageId, Text

Strings = tuple[Text, ...]


class Exact(Section):
    """The whole answer, character for character."""

    kind: Literal["exact"] = "exact"
    answers: Annotated[Strings, Field(min_length=1)]


class Contains(Section):
    """What the answer says, whatever its case; it makes no tool call."""

    kind: Literal["contains"] = "contains"
    any_of: Strings = ()
    all_of: Strings = ()
    none_of: Strings = ()
    max_characters: PositiveInt | None = None


class JsonAnswer(Section):
    """The whole answer is JSON of this value, keys in any order."""

    kind: Literal["json"] = "json"
    value: JsonValue


class Cited(Section):
    """The answer holds the fact, and cites one or more of the passages that support it, and no other."""

    kind: Literal["cited"] = "cited"
    any_of: Annotated[Strings, Field(min_length=1)]
    """Each of them states the fact."""
    cite: Annotated[tuple[PassageId, ...], Field(min_length=1)]
    """The passages that support it."""


class Abstains(Section):
    """The model says that it cannot know, cites nothing and makes nothing up."""

    kind: Literal["abstains"] = "abstains"
    none_of: Strings = ()
    """What an invented answer would say."""


class Answers(Section):
    """The twin of an abstention: the fact is there, so a refusal is wrong."""

    kind: Literal["answers"] = "answers"
    any_of: Annotated[Strings, Field(min_length=1)]


class ClosedTurn(Section):
    """One turn, said and closed: not empty, no tag out of place, ended by itself."""

    kind: Literal["closed_turn"] = "closed_turn"
    max_tokens: PositiveInt = 64
    none_of: Strings = ()


class Call(Section):
    """The next turn is this tool call, matched on the parsed call."""

    kind: Literal["call"] = "call"
    name: Text
    arguments: Mapping[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    """Each argument that must be there, and the values accepted for it; texts are compared without case."""
    optional: Mapping[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    """Arguments that may be there, with their accepted values."""


class NoCall(Section):
    """The model answers without a tool call."""

    kind: Literal["no_call"] = "no_call"
    any_of: Strings = ()


class Chain(Section):
    """The conversation is played on with the live tools until the model answers."""

    kind: Literal["chain"] = "chain"
    tools: Annotated[Strings, Field(min_length=1)]
    """These calls, in this order; others may stand between them."""
    max_calls: PositiveInt = 5
    any_of: Strings = ()
    """What the final answer holds, whatever its case."""
    cite_origin: Strings = ()
    """Files of the suite's workspace; a passage of one of them is cited, when any is given."""
    fails_first: bool = False
    """Whether the first call is answered with an error, so that the model must try again."""


Check = Annotated[
    Exact | Contains | JsonAnswer | Cited | Abstains | Answers | ClosedTurn | Call | NoCall | Chain,
    Field(discriminator="kind"),
]


class Case(Section):
    """One prompt of a bucket, with what passes."""

    id: Text
    """Unique among all suites, for example `operators.copy-de-017`."""
    bucket: Text
    """What is counted together, for example `operators.copy`."""
    phase: Annotated[StrictInt, Field(ge=1, le=6)]
    """The phase after which the bucket is judged for the first time."""
    language: Literal["en", "de"]
    system: Text | None = None
    messages: Annotated[tuple[Annotated[Message, Field(discriminator="role")], ...], Field(min_length=1)]
    """What was said so far; the model's turn is next."""
    workspace: Text | None = None
    """Name of a folder under `suites/workspaces/`, for cases that need the live tools."""
    check: Check
    meta: JsonObject = Field(default_factory=dict)
    """`template` and `payload` where they are held out, `twin` for the id of a twin, and the like."""
