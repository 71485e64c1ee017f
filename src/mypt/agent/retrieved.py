"""Which passages a conversation has shown, in the order in which they came."""

from collections.abc import Iterator

from pydantic import JsonValue

from mypt.conversation.episode import Episode, ToolResultMessage, UserMessage


def retrieved_passages(episode: Episode) -> dict[str, str]:
    """Return the text shown of each passage by its id: from contexts and from results of tools.

    Only objects with an `id` and a `text` count; text that merely mentions an id shows nothing.
    """
    shown: dict[str, str] = {}
    for message in episode.messages:
        if isinstance(message, UserMessage):
            found = [(passage.id, passage.text) for passage in message.context]
        elif isinstance(message, ToolResultMessage):
            found = list(_passages_in(message.content))
        else:
            continue
        for name, text in found:
            shown[name] = f"{shown[name]}\n{text}" if name in shown else text
    return shown


def _passages_in(value: JsonValue) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _passages_in(item)
    elif isinstance(value, dict):
        name, text = value.get("id"), value.get("text")
        if isinstance(name, str) and isinstance(text, str):
            yield name, text
            return
        for item in value.values():
            yield from _passages_in(item)
