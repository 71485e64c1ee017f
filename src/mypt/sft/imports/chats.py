"""Dialogues as lists of messages: OpenAI, ShareGPT, Dolci, ultra-chat, and the one text of Glaive.

Seen in programs that read the data: `conversations` with `from` and `value`, `system` and `tools`
(German-RAG-SFT), `messages` with `function_calls` and the role `environment` (Dolci), `System` and `Chat`
(german-function-calling). From descriptions: `functions` (Dolci), `data` as a list of texts (ultra-chat).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mypt.sft.imports.rejection import Rejected
from mypt.sft.imports.tool_calls import calls_in, catalogue, json_or_text, read_calls
from mypt.sft.imports.turns import Role, Turn, clean, text_in, without_thought

LISTS = ("messages", "conversations", "conversation", "data")
"""Fields that hold the turns."""

_ROLES: Mapping[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant",
    "model": "assistant",
    "function_call": "assistant", "function-call": "assistant", "tool_call": "assistant",
    "tool": "tool", "function": "tool", "environment": "tool", "observation": "tool", "ipython": "tool",
    "function_response": "tool", "function-response": "tool", "tool_response": "tool",
}  # fmt: skip
_CALLERS = ("function_call", "function-call", "tool_call")
_CALL_FIELDS = ("tool_calls", "function_calls", "function_call")
_SPEAKER = re.compile(
    r"(?:\A|\n|<\|endoftext\|>)[ \t]*(USER|ASSISTANT|FUNCTION[ _]RESPONSE) ?:", re.IGNORECASE
)
_SYSTEM = re.compile(r"\A\s*SYSTEM\s*:\s*", re.IGNORECASE)


def chat(row: Mapping[str, Any]) -> Iterator[Turn]:
    """Yield the turns of a row that holds a list of them; texts without a role begin with the user's."""
    field = next((name for name in LISTS if row.get(name) is not None), LISTS[0])
    items = row.get(field)
    if not isinstance(items, list):
        raise Rejected("wrong type" if field in row else "missing field", field)
    yield from _told(text_in(row, "system", "system_prompt", default=""), row.get("tools"))
    for number, item in enumerate(items):
        where = f"{field}.{number}"
        if isinstance(item, str):
            item = {"role": "assistant" if number % 2 else "user", "content": item}
        if not isinstance(item, dict):
            raise Rejected("wrong type", where)
        try:
            yield _turn(item)
        except Rejected as why:
            raise Rejected(why.reason, f"{where}.{why.field}" if why.field else where) from why


def one_text(row: Mapping[str, Any]) -> Iterator[Turn]:
    """Yield the turns of a dialogue in one text, in which speakers are named in capital letters."""
    yield from _told(_SYSTEM.sub("", text_in(row, "system", "System", default="")), row.get("tools"))
    text = text_in(row, "chat", "Chat")
    names = list(_SPEAKER.finditer(text))
    if not names or text[: names[0].start()].strip():
        raise Rejected("text of no speaker", "chat")
    ends = [name.start() for name in names[1:]] + [len(text)]
    for name, end in zip(names, ends, strict=True):
        speaker = "tool" if name[1].upper().startswith("FUNCTION") else name[1].lower()
        yield _turn({"role": speaker, "content": text[name.end() : end].replace("<|endoftext|>", "").strip()})


def _told(system: str, tools: object) -> Iterator[Turn]:
    """Yield what the system says, with the tools that may be called behind it."""
    parts = filter(None, (system, clean(catalogue(tools), "tools") if tools else ""))
    yield Turn("system", "\n".join(parts))


def _turn(item: Mapping[str, Any]) -> Turn:
    name = text_in(item, "role", "from").lower()
    role = _ROLES.get(name)
    if role is None:
        raise Rejected("unknown role", "role")
    text = text_in(item, "content", "value", "text", default="")
    if role == "system":
        return next(_told(text, item.get("functions") or item.get("tools")))
    if role == "tool":
        tool, call_id = text_in(item, "name", default=""), text_in(item, "tool_call_id", default="")
        return Turn(role, result=json_or_text(text), tool=tool, call_id=call_id)
    return Turn(role, text) if role == "user" else _answer(item, name, text)


def _answer(item: Mapping[str, Any], name: str, text: str) -> Turn:
    if name in _CALLERS:
        return Turn("assistant", calls=read_calls(text))
    field = next((own for own in _CALL_FIELDS if item.get(own)), None)
    think, said = without_thought(text)
    said, written = calls_in(said)
    calls = read_calls(item[field]) if field else written
    return Turn("assistant", said, think or text_in(item, "reasoning_content", default=""), calls=calls)
