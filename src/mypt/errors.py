"""The error tree: what went wrong, and what to do next.

MyptError
├── UserError                exit 2   the caller can fix this
│   ├── ConfigError                   a recipe or setting is wrong
│   └── InputError                    a file, row or argument is wrong
├── ArtifactError            exit 3   the disk is not what it must be
│   ├── ManifestMismatch              a folder is not what its manifest says
│   ├── CheckpointError               a checkpoint cannot be continued from
│   └── StorageFull                   the disk cannot take what has to be written
├── TrainingError            exit 4   the run cannot go on
│   └── LossDiverged                  steps stay bad: no number, or far above the usual
├── GateFailed               exit 5   a result, not a crash: the model is not good enough
└── AgentError               exit 6   the question could not be worked on
    ├── ToolInputError                told to the model, which may try again
    ├── ToolFailed                    told to the model, final for this call
    └── LimitReached                  steps, tokens, seconds or context are used up

Raised low and shown in one place, `mypt.cli.console`. Everything else that
escapes is a bug and keeps its traceback.
"""

from typing import ClassVar, Literal, TypeAlias

Limit: TypeAlias = Literal["steps", "tokens", "seconds", "context"]


class MyptError(Exception):
    """Base of everything that MyPT reports to its user instead of crashing."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(MyptError):
    """The caller can fix this."""

    exit_code = 2


class ConfigError(UserError):
    """A recipe or setting is wrong; the message names the file and the key."""


class InputError(UserError):
    """A file, row or argument is wrong; the message says where."""


class ArtifactError(MyptError):
    """What lies on disk cannot be used or written."""

    exit_code = 3


class ManifestMismatch(ArtifactError):
    """A folder has no manifest, or is not what its manifest says."""


class CheckpointError(ArtifactError):
    """A checkpoint does not belong to the run that wants to continue from it."""


class StorageFull(ArtifactError):
    """The disk cannot take what has to be written."""


class TrainingError(MyptError):
    """The run cannot go on."""

    exit_code = 4


class LossDiverged(TrainingError):
    """Loss or gradient is no finite number any more, or stays far above the usual."""


class GateFailed(MyptError):
    """A model was judged and is not good enough; the message says in what."""

    exit_code = 5


class AgentError(MyptError):
    """The question could not be worked on."""

    exit_code = 6


class ToolInputError(AgentError):
    """A call names no allowed tool, or its arguments are not the tool's; the model may try again."""


class ToolFailed(AgentError):
    """A tool could not give a result: it raised, hung, or its server is gone."""


class LimitReached(AgentError):
    """An answer needs more than it may take."""

    def __init__(self, limit: Limit, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.limit: Limit = limit
