"""Tier 3 of the system prompts, for phases 5 and 6: written from the tools themselves."""

from collections.abc import Mapping, Sequence

from mypt.agent.tool import ToolSpec

_OPENINGS: Mapping[str, str] = {
    "en": "You are MyPT. Answer from the workspace and cite passage ids. Tools:",
    "de": "Du bist MyPT. Antworte aus dem Arbeitsbereich und nenne die Passagen. Werkzeuge:",
}


def tool_system_prompt(tools: Sequence[ToolSpec], language: str = "en") -> str:
    """Return the system text that tells a model its tools; English where there is no other."""
    opening = _OPENINGS.get(language, _OPENINGS["en"])
    return "\n".join([opening, *(f"{tool.name}{tool.signature}" for tool in tools)])
