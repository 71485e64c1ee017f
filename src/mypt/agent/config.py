"""How far an agent may go, which tools it has, and what becomes of sentences without support."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt, field_validator

from mypt.config import Section

WORKSPACE_TOOLS = ("workspace.search", "workspace.list_docs", "workspace.get_doc", "workspace.summarize")
"""The tools that are built in, in the order in which a model is told of them."""

_CHARACTERS_A_TOKEN_OF_CONTEXT = 1  # a token is about three characters, so a result fills a third at most
_LEAST_RESULT = 400


class McpServer(Section):
    """A local server of further tools, started as a child and spoken with over its standard streams."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    """What its tools are called by: `name.tool`."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments; there is no shell."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Variables it is given; beyond these it has only PATH and the language settings."""

    @field_validator("name")
    @classmethod
    def _refuse_our_own(cls, name: str) -> str:
        if name == "workspace":
            raise ValueError("`workspace` is the name of the tools that are built in")
        return name


class ToolSettings(Section):
    """Which tools exist."""

    allowed: tuple[str, ...] = WORKSPACE_TOOLS
    """Full names; `name.*` allows all tools of one server. What is not named does not exist."""
    servers: tuple[McpServer, ...] = ()
    """Local MCP servers that may be started; none by default."""
    seconds: PositiveFloat = 20.0
    """Most time one call may take."""


class AgentConfig(Section):
    """Limits of one answer."""

    steps: Annotated[int, Field(ge=1, le=64)] = 8
    """Most turns of the model, calls and answer together."""
    tokens: PositiveInt = 2048
    """Most tokens the model may write in all."""
    tokens_a_step: PositiveInt = 512
    """Most tokens of one turn."""
    seconds: PositiveFloat = 120.0
    """Most time until the answer; a turn that has begun is stopped between two tokens."""
    result_characters: Annotated[int, Field(ge=_LEAST_RESULT)] = 3000
    """Most characters of a tool result; a model with a short context gets fewer."""
    first_tools: tuple[str, ...] = ()
    """Tools that the first turns have to call, in this order: for models that do not call by themselves."""
    repairs: Annotated[int, Field(ge=0, le=3)] = 1
    """How often a malformed call is told to the model before the answer ends."""
    support_threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.6
    """From which score on a sentence counts as supported; see `mypt.agent.support`."""
    refuse_unsupported: bool = False
    """Leave out sentences that no cited passage supports, and say so, instead of marking them."""
    tools: ToolSettings = ToolSettings()


def result_room(config: AgentConfig, context_tokens: int) -> int:
    """Return how many characters a tool result may take, so that two and an answer fit into a context."""
    fitting = max(_LEAST_RESULT, context_tokens * _CHARACTERS_A_TOKEN_OF_CONTEXT)
    return min(config.result_characters, fitting)
