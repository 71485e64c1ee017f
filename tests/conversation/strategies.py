"""Dialogues for property tests, with texts that spell tags wherever text may stand."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic import JsonValue

from mypt.conversation.episode import (
    AssistantContextMessage,
    AssistantMessage,
    Episode,
    Message,
    Passage,
    ToolCallMessage,
    ToolResultMessage,
    UserMessage,
)
from mypt.conversation.special_tokens import SPECIAL_TOKENS

TAG_LIKE = st.sampled_from([*SPECIAL_TOKENS, "<|endoftext|>", "<myPT_", "</", ">"])


def texts() -> SearchStrategy[str]:
    """Ordinary, odd and hostile texts; never empty."""
    return st.lists(TAG_LIKE | st.text(max_size=8), min_size=1, max_size=4).map("".join).filter(bool)


def passage_ids() -> SearchStrategy[str]:
    return texts().map(lambda text: text.translate({ord(char): "_" for char in "\r\n]"}))


def json_values() -> SearchStrategy[JsonValue]:
    leaves: SearchStrategy[JsonValue] = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts()
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(), inner, max_size=2),
        max_leaves=4,
    )


def users() -> SearchStrategy[UserMessage]:
    passages = st.builds(Passage, id=passage_ids(), text=texts())
    return st.builds(UserMessage, content=texts(), context=st.lists(passages, max_size=2).map(tuple))


def calls() -> SearchStrategy[ToolCallMessage]:
    return st.builds(
        ToolCallMessage,
        name=texts(),
        arguments=st.dictionaries(texts(), json_values(), max_size=2),
        think=st.none() | texts(),
        learn=st.booleans(),
    )


def answers() -> SearchStrategy[AssistantMessage]:
    return st.builds(
        AssistantMessage,
        content=texts(),
        think=st.none() | texts(),
        cite=st.lists(passage_ids(), max_size=2).map(tuple),
    )


@st.composite
def turns(draw: DrawFn) -> list[Message]:
    """A question, maybe context and tool calls, and the answer."""
    contexts = st.builds(AssistantContextMessage, content=texts())
    messages: list[Message] = [draw(users()), *draw(st.lists(contexts, max_size=1))]
    for call in draw(st.lists(calls(), max_size=2)):
        errors = st.builds(lambda text: {"error": text}, texts())
        messages += [call, ToolResultMessage(name=call.name, content=draw(json_values() | errors))]
    return [*messages, draw(answers())]


@st.composite
def episodes(draw: DrawFn) -> Episode:
    """A whole dialogue of one or two turns."""
    messages = [message for turn in draw(st.lists(turns(), min_size=1, max_size=2)) for message in turn]
    return Episode(
        system=draw(st.none() | texts()),
        messages=tuple(messages),
        language=draw(st.sampled_from(["en", "de"])),
        source="test",
        phase=draw(st.integers(1, 6)),
    )
