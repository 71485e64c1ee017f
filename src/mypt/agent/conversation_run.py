"""Where one question stands: what was said, called, found and used up."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pydantic import JsonValue

from mypt.agent.answer import Answer, Finish, RetrievedPassage, Sentence, ToolUse, Usage
from mypt.agent.citations import Checked, check_citations
from mypt.agent.config import AgentConfig
from mypt.agent.malformed import describe_malformed
from mypt.agent.phrases import honest_end, phrase
from mypt.agent.retrieved import retrieved_passages
from mypt.agent.room import shown_title
from mypt.agent.seen_view import SeenView
from mypt.agent.speaker import Delta, ModelName, Spoken, TurnLimits
from mypt.agent.steps import Step, ToolCalled, ToolReturned
from mypt.agent.tool import ToolSpec, error_result
from mypt.agent.toolbox import BUILT_IN, Toolbox
from mypt.agent.view import WorkspaceView
from mypt.conversation.episode import Episode, Message, ToolCallMessage, ToolResultMessage
from mypt.errors import InputError, LimitReached, MyptError, ToolInputError

_MOST_FOUND = 5
"""Passages that an honest end names."""


class ConversationRun:
    """The state of one answer while it comes into being."""

    def __init__(
        self,
        episode: Episode,
        view: WorkspaceView,
        toolbox: Toolbox,
        config: AgentConfig,
        *,
        room: int,
        clock: Callable[[], float],
    ) -> None:
        self.episode = episode
        self._view = SeenView(view)
        self._toolbox = toolbox
        self._config = config
        self._room = room
        self._clock = clock
        self._begun = clock()
        self._finish: Finish | None = None
        self._written = ""
        self._thoughts: list[str] = []
        self._cited: tuple[str, ...] = ()
        self._uses: list[ToolUse] = []
        self._n_steps = self._n_prompt_tokens = self._n_tokens = self._n_malformed = 0

    @property
    def is_over(self) -> bool:
        """Say whether no further turn follows."""
        return self._finish is not None

    @property
    def specs(self) -> list[ToolSpec]:
        """Return the tools of the next turn: none where a call could no longer be answered."""
        if self._n_steps + 1 >= self._config.steps:
            return []
        specs = self._toolbox.specs
        return [spec for spec in specs if spec.name == self._required] if self._required else specs

    @property
    def _required(self) -> str:
        """The tool that the next turn has to call, if any."""
        planned = self._config.first_tools[self._n_steps : self._n_steps + 1]
        return planned[0] if planned else ""

    def turn_limits(self) -> TurnLimits:
        """Begin a turn and return what it may take; LimitReached when there is nothing left."""
        if self._n_steps >= self._config.steps:
            raise LimitReached("steps", "all steps are used up")
        tokens = min(self._config.tokens_a_step, self._config.tokens - self._n_tokens)
        if tokens <= 0:
            raise LimitReached("tokens", "all tokens are used up")
        limits = TurnLimits(tokens, self._seconds_left(), must_call=bool(self._required and self.specs))
        self._n_steps += 1
        self._written = ""
        return limits

    def note(self, piece: Delta) -> None:
        """Keep what the model writes as it comes, for a turn that is broken off."""
        if piece.kind == "answer":
            self._written += piece.text

    def stop(self, finish: Finish) -> None:
        """End without another turn."""
        self._finish = finish

    def take(self, spoken: Spoken) -> Iterator[Step]:
        """Take a whole turn: make its call, or let its answer be the end."""
        self._n_prompt_tokens += spoken.n_prompt_tokens
        self._n_tokens += spoken.n_tokens
        output = spoken.output
        if output.think:
            self._thoughts.append(output.think)
        malformed = describe_malformed(output)
        if output.tool_call or malformed:
            self._written = ""
        if output.tool_call:
            yield from self._call(output.tool_call)
        elif malformed:
            yield from self._tell_malformed(malformed.call, malformed.error)
        else:
            self._written, self._cited = output.answer, output.citations
            ended = "answer" if output.answer.strip() else "no answer"
            self._finish = "tokens" if spoken.is_cut else "answer" if ended == "answer" else "no answer"

    def answer(self, model: ModelName) -> Answer:
        """Return the answer with everything checked."""
        checked = check_citations(
            self._written, self._cited, self.episode, self._view, self._config.support_threshold
        )
        text, finish, sentences = self._text(checked)
        return Answer(
            text=text,
            written=self._written,
            think="\n".join(self._thoughts),
            language=self.episode.language,
            finish=finish,
            sentences=sentences,
            citations=checked.citations,
            retrieved=tuple(
                RetrievedPassage(name, hit.score, dict(hit.parts)) for name, hit in self._view.hits.items()
            ),
            tool_calls=tuple(self._uses),
            usage=Usage(
                self._n_steps, self._n_prompt_tokens, self._n_tokens, round(self._clock() - self._begun, 6)
            ),
            model=model,
            index_digest=self._view.digest,
        )

    def _call(self, call: ToolCallMessage) -> Iterator[Step]:
        number = len(self._uses) + 1
        yield ToolCalled(number, call.name, call.arguments)
        begun = self._clock()
        error: MyptError | None = None
        content: JsonValue
        try:
            self._refuse_repeated(call)
            content = self._toolbox.run(
                call.name, call.arguments, self._view, room=self._room, seconds=self._seconds_left()
            )
        except LimitReached:
            raise
        except MyptError as told:  # the model can act on it
            error, content = told, error_result(told)
        yield self._returned(call, content, self._clock() - begun, error)
        if isinstance(error, ToolInputError):
            self._count_malformed()

    def _refuse_repeated(self, call: ToolCallMessage) -> None:
        """A tool over the workspace says the same again; a small model would ask until its limits."""
        made = any(
            (use.name, use.arguments, use.error) == (call.name, call.arguments, "") for use in self._uses
        )
        if made and call.name in BUILT_IN:
            raise InputError(
                "this call was made before, and its result stands above", hint="answer, or ask something else"
            )

    def _tell_malformed(self, call: ToolCallMessage, error: ToolInputError) -> Iterator[Step]:
        yield ToolCalled(len(self._uses) + 1, call.name, call.arguments)
        yield self._returned(call, error_result(error), 0.0, error)
        self._count_malformed()

    def _returned(
        self, call: ToolCallMessage, content: JsonValue, seconds: float, error: MyptError | None
    ) -> ToolReturned:
        self._uses.append(
            ToolUse(call.name, call.arguments, round(seconds, 6), error.message if error else "")
        )
        self._append(call, ToolResultMessage(name=call.name, content=content))
        return ToolReturned(len(self._uses), call.name, content, seconds, is_error=error is not None)

    def _append(self, *messages: Message) -> None:
        self.episode = self.episode.model_copy(update={"messages": (*self.episode.messages, *messages)})

    def _count_malformed(self) -> None:
        self._n_malformed += 1
        if self._n_malformed > self._config.repairs:
            self._finish = "malformed call"

    def _seconds_left(self) -> float:
        left = self._config.seconds - (self._clock() - self._begun)
        if left <= 0:
            raise LimitReached("seconds", "the time for the answer is up")
        return left

    def _text(self, checked: Checked) -> tuple[str, Finish, tuple[Sentence, ...]]:
        """Return what people read, why it ended, and the sentences with those refused marked."""
        finish, language = self._finish or "no answer", self.episode.language
        if not self._written.strip():
            return honest_end(finish, language, self._found()), finish, ()
        if not self._config.refuse_unsupported:
            return self._written, finish, checked.sentences
        sentences = tuple(
            replace(one, is_refused=one.support.status == "unsupported") for one in checked.sentences
        )
        kept = [one.text for one in sentences if not one.is_refused]
        n_refused = len(sentences) - len(kept)
        if not n_refused:
            return self._written, finish, sentences
        if not any(
            one.support.status in ("supported", "not comparable") and not one.is_refused for one in sentences
        ):
            return honest_end("refused", language, self._found()), "refused", sentences
        note = phrase("left out", language).format(n=n_refused)
        return " ".join([*kept, f"({note})"]), finish, sentences

    def _found(self) -> list[tuple[str, int]]:
        rows = self._view.passages(list(retrieved_passages(self.episode))[:_MOST_FOUND])
        documents = [(self._view.document(row.document_id), row.page) for row in rows]
        named = [(shown_title(document.title), page) for document, page in documents if document]
        return list(dict.fromkeys(named))
