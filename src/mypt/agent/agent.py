"""The bounded loop: the model speaks, tools answer, and at the end every citation is checked."""

import time
from collections.abc import Callable, Generator, Iterator

from mypt.agent.config import AgentConfig, result_room
from mypt.agent.conversation_run import ConversationRun
from mypt.agent.speaker import Delta, Speaker, Spoken
from mypt.agent.steps import Answering, Done, Step, Thinking
from mypt.agent.toolbox import Toolbox
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode
from mypt.errors import LimitReached


class Agent:
    """A speaker with tools and limits; it keeps nothing from one question to the next."""

    def __init__(
        self,
        speaker: Speaker,
        toolbox: Toolbox,
        config: AgentConfig,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.speaker = speaker
        self.toolbox = toolbox
        self.config = config
        self.clock = clock

    def answer(self, episode: Episode, view: WorkspaceView) -> Iterator[Step]:
        """Yield what happens while a question is worked on; the last step holds the answer.

        The episode ends with the question, and its `system` is what the model is given. Limits,
        malformed calls and failing tools end in an answer that says so. Closing the iterator
        stops the model. Raises InputError when the model cannot read the conversation at all.
        """
        room = result_room(self.config, self.speaker.context_tokens)
        run = ConversationRun(episode, view, self.toolbox, self.config, room=room, clock=self.clock)
        try:
            while not run.is_over:
                spoken = yield from self._turn(run)
                yield from run.take(spoken)
        except LimitReached as error:
            run.stop(error.limit)
        yield from self._closing_steps(run)

    def _turn(self, run: ConversationRun) -> Generator[Step, None, Spoken]:
        """Stream one turn of the model; nothing of the answer while sentences may still be refused."""
        tools = run.specs
        pieces = self.speaker.speak(run.episode, tools, run.turn_limits())
        spoken: Spoken | None = None
        try:
            for piece in pieces:
                if isinstance(piece, Spoken):
                    spoken = piece
                elif step := self._visible(piece, run):
                    yield step
        finally:
            if isinstance(pieces, Generator):
                pieces.close()
        if spoken is None:
            raise RuntimeError("a speaker ends with the whole turn")
        return spoken

    def _visible(self, piece: Delta, run: ConversationRun) -> Step | None:
        run.note(piece)
        if piece.kind == "think":
            return Thinking(piece.text)
        return None if self.config.refuse_unsupported else Answering(piece.text)

    def _closing_steps(self, run: ConversationRun) -> Iterator[Step]:
        answer = run.answer(self.speaker.model)
        if answer.text != answer.written or self.config.refuse_unsupported:
            yield Answering(answer.text)
        yield Done(answer)
