"""The generators by name."""

from collections.abc import Mapping

from mypt.config import did_you_mean
from mypt.errors import ConfigError
from mypt.sft.generate import MakeGenerator
from mypt.sft.generators.agentic_rag import AgenticRag
from mypt.sft.generators.chat import Chat
from mypt.sft.generators.format_lock import FormatLock
from mypt.sft.generators.multi_turn import MultiTurn
from mypt.sft.generators.operators import Operators
from mypt.sft.generators.rag_chat import RagChat
from mypt.sft.generators.tool_call import ToolCall

GENERATORS: Mapping[str, MakeGenerator] = {
    "format_lock": FormatLock,
    "operators": Operators,
    "rag_chat": RagChat,
    "chat": Chat,
    "multi_turn": MultiTurn,
    "tool_call": ToolCall,
    "agentic_rag": AgenticRag,
}


def find_generator(name: str) -> MakeGenerator:
    """Return a generator by name; ConfigError when there is none."""
    if name not in GENERATORS:
        raise ConfigError(
            f"no generator is called {name!r}{did_you_mean(name, GENERATORS)}",
            hint=f"generators: {', '.join(GENERATORS)}",
        )
    return GENERATORS[name]
