"""A model of ours as speaker: rendered as in training, read by the one parser."""

import time
from collections.abc import Callable, Generator, Iterator

from mypt.agent.output_stream import OutputStream
from mypt.agent.speaker import Delta, ModelName, Spoken, TurnLimits
from mypt.agent.tool import ToolSpec
from mypt.conversation.episode import Episode, UserMessage
from mypt.conversation.parse import parse
from mypt.conversation.render import render_prompt, stop_ids
from mypt.conversation.special_tokens import Tag, get_tags_by_id, is_model_written, model_vocab_size
from mypt.errors import InputError, LimitReached
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import InferenceEngine, TokenEvent
from mypt.inference.stopping import FinishReason, stop_at, stop_at_any
from mypt.seeds import derive_seed
from mypt.tokenizer.tokenizer import Tokenizer

_LEAST_TURN = 16
"""Tokens: with less room than this, no turn is begun."""
_CALL_TAGS = frozenset({Tag.TOOLCALL_OPEN, Tag.TOOLCALL_CLOSE})


class EngineSpeaker:
    """An engine and its tokenizer; the oldest turns are left out when a conversation is too long."""

    def __init__(
        self,
        engine: InferenceEngine,
        tokenizer: Tokenizer,
        sampling: SamplingConfig,
        model: ModelName,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the engine; InputError when it has no ids for the conversation tags."""
        if engine.vocab_size < model_vocab_size(tokenizer):
            raise InputError(
                f"the model has {engine.vocab_size} ids, an agent needs {model_vocab_size(tokenizer)}: "
                "those of the tokenizer and 19 conversation tags",
                hint="use a model made for conversations, with the tokenizer that lies beside it",
            )
        self.engine = engine
        self.tokenizer = tokenizer
        self.sampling = sampling
        self._model = model
        self._clock = clock
        self._stop = stop_at_any(stop_ids(tokenizer).are_reached, stop_at({tokenizer.end_of_text}))

    @property
    def model(self) -> ModelName:
        """Return which model it is."""
        return self._model

    @property
    def context_tokens(self) -> int:
        """Return the most tokens of a conversation that are read at once."""
        return self.engine.block_size

    def speak(self, episode: Episode, tools: list[ToolSpec], limits: TurnLimits) -> Iterator[Delta | Spoken]:
        """Yield text while it is drawn, then the turn; without tools, no call can be drawn."""
        prompt = self._prompt(episode)
        most = min(limits.tokens, self.engine.block_size - len(prompt) + 1)
        seed = derive_seed(self.sampling.seed, "turn", len(episode.messages))
        sampling = self.sampling.model_copy(update={"max_new_tokens": most, "seed": seed})
        events = self.engine.stream([prompt], sampling, self._stop, self._banned(has_tools=bool(tools)))
        return self._turn(events, len(prompt), self._clock() + limits.seconds)

    def _turn(
        self, events: Iterator[TokenEvent], n_prompt_tokens: int, deadline: float
    ) -> Iterator[Delta | Spoken]:
        ids: list[int] = []
        visible = OutputStream(self.tokenizer)
        is_cut = False
        try:
            for event in events:
                ids.append(event.id)
                is_cut = event.finish is FinishReason.LENGTH
                yield from visible.feed(event.id)
                if self._clock() > deadline:
                    raise LimitReached("seconds", "the time for the answer is up")
        finally:
            if isinstance(events, Generator):
                events.close()
        yield from visible.finish()
        yield Spoken(parse(ids, self.tokenizer), n_prompt_tokens, len(ids), is_cut)

    def _prompt(self, episode: Episode) -> list[int]:
        """Leave out the oldest turns until there is room; LimitReached when the last alone is too long."""
        starts = [n for n, message in enumerate(episode.messages) if isinstance(message, UserMessage)]
        for start in starts:
            shown = episode.model_copy(update={"messages": episode.messages[start:]})
            prompt = render_prompt(shown, self.tokenizer)
            if len(prompt) + _LEAST_TURN <= self.engine.block_size:
                return prompt
        raise LimitReached(
            "context",
            f"the conversation has {len(prompt)} tokens, the model reads {self.engine.block_size}",
            hint="ask a shorter question, or set agent.result_characters lower",
        )

    def _banned(self, *, has_tools: bool) -> frozenset[int]:
        """The tags that only the system writes, those of calls where there are no tools, and unused ids."""
        tags = get_tags_by_id(self.tokenizer.base_vocab_size)
        banned = {
            token
            for token, tag in tags.items()
            if not is_model_written(tag) or (tag in _CALL_TAGS and not has_tools)
        }
        return frozenset(banned) | frozenset(range(model_vocab_size(self.tokenizer), self.engine.vocab_size))
