"""What a tool is, and how its result comes to the model: short, in time, and errors as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, runtime_checkable

from pydantic import JsonValue

from mypt.agent.arguments import A, JsonObject, read_arguments, schemas, signature
from mypt.agent.view import WorkspaceView
from mypt.errors import MyptError


@dataclass(frozen=True)
class ToolSpec:
    """What a model is told of a tool."""

    name: str
    description: str
    """One sentence."""
    signature: str
    """Its arguments on one line, as the system prompt shows them."""
    schemas: tuple[JsonObject, ...]
    """The JSON Schemas of which the arguments of a call satisfy one."""


@runtime_checkable
class Tool(Protocol):
    """Something the model may call."""

    @property
    def spec(self) -> ToolSpec:
        """Return what a model is told of it."""
        ...

    def __call__(self, values: Mapping[str, JsonValue], view: WorkspaceView, room: int) -> JsonValue:
        """Return its result in about `room` characters of JSON.

        Raises ToolInputError for arguments that are not the tool's, and another error of
        our tree for what the model can act on, such as a document that there is not.
        """
        ...


@dataclass(frozen=True)
class WorkspaceTool(Generic[A]):
    """A tool that is built in: a class of arguments and a function."""

    name: str
    description: str
    arguments: type[A]
    run: Callable[[A, WorkspaceView, int], JsonValue]

    @property
    def spec(self) -> ToolSpec:
        """Return what a model is told of it."""
        kind = self.arguments
        return ToolSpec(self.name, self.description, signature(kind), tuple(schemas(kind)))

    def __call__(self, values: Mapping[str, JsonValue], view: WorkspaceView, room: int) -> JsonValue:
        """Validate the arguments and run the function."""
        return self.run(read_arguments(values, self.arguments), view, room)


def error_result(error: MyptError) -> JsonObject:
    """Return an error as the model is told it: one key, so that it is rendered as an error."""
    told: JsonObject = {"message": error.message}
    if error.hint:
        told["hint"] = error.hint
    return {"error": told}


def is_error(content: JsonValue) -> bool:
    """Say whether a result is an error."""
    return isinstance(content, dict) and content.keys() == {"error"}
