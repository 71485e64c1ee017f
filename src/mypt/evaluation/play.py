"""Chains, played: the model's calls are run by the live tools until it answers or has called too often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from pydantic import JsonValue

from mypt.agent.config import ToolSettings
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.tool import error_result, is_error
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode, ToolCallMessage, ToolResultMessage
from mypt.conversation.parse import ModelOutput
from mypt.errors import InputError, MyptError, ToolFailed
from mypt.evaluation.case import Case, Chain
from mypt.evaluation.responder import Responder
from mypt.evaluation.scorers import PlayedCall, Verdict, score_chain
from mypt.evaluation.suite import prompt_of

OpenView = Callable[[str], WorkspaceView]
"""Gives the workspace of a name."""

_SECONDS = 20.0


@dataclass
class Played:
    """One conversation while it is played, and what became of it."""

    case: Case
    check: Chain
    open_view: Callable[[], WorkspaceView]
    """Gives its workspace; not called for a conversation in which nothing is."""
    episode: Episode
    output: ModelOutput | None = None
    """What the model wrote last."""
    calls: list[PlayedCall] = field(default_factory=list)
    is_over: bool = False

    def take(self, output: ModelOutput, toolbox: Toolbox, room: int) -> None:
        """Take a turn: an answer, a broken turn and one call too many end it, another call is run."""
        self.output = output
        call = output.tool_call
        if call is None or output.problems or len(self.calls) == self.check.max_calls:
            self.is_over = True
            return
        content = self._result(call, toolbox, room)
        self.calls.append(PlayedCall(call.name, succeeded=not is_error(content)))
        result = ToolResultMessage(name=call.name, content=content)
        messages = (*self.episode.messages, call, result)
        self.episode = self.episode.model_copy(update={"messages": messages})

    def verdict(self) -> Verdict:
        """Return whether it passes, once it is over."""
        if self.output is None:
            raise InputError(f"{self.case.id}: was not played")
        shown = list(retrieved_passages(self.episode))
        return score_chain(self.check, self.output, self.calls, {name: self._origin(name) for name in shown})

    def _result(self, call: ToolCallMessage, toolbox: Toolbox, room: int) -> JsonValue:
        """Return what a served model would be told, or the error that is planned."""
        if self.check.fails_first and not self.calls:
            return error_result(ToolFailed(f"{call.name} failed: TimeoutError"))
        try:
            return toolbox.run(call.name, call.arguments, self.open_view(), room=room, seconds=_SECONDS)
        except MyptError as error:
            return error_result(error)

    def _origin(self, passage: str) -> str:
        view = self.open_view()
        rows = view.passages([passage])
        document = view.document(rows[0].document_id) if rows else None
        return document.origin if document else ""


def play(cases: Sequence[Case], responder: Responder, open_view: OpenView, *, room: int) -> list[Played]:
    """Return the cases played to their end, in order, all that are open together in one batch each round.

    `room` is how many characters of a result are shown. InputError for a case that is no chain.
    """
    played = [_begin(case, open_view) for case in cases]
    toolbox = Toolbox(ToolSettings())
    try:
        while going := [one for one in played if not one.is_over]:
            outputs = responder.respond([one.episode for one in going])
            for one, output in zip(going, outputs, strict=True):
                one.take(output, toolbox, room)
    finally:
        toolbox.close()
    return played


def _begin(case: Case, open_view: OpenView) -> Played:
    if not isinstance(case.check, Chain) or case.workspace is None:
        raise InputError(f"{case.id}: only a chain with a workspace can be played")
    return Played(case, case.check, partial(open_view, case.workspace), prompt_of(case))
