"""A conversation that goes on: one reply at a time, rendered as in training."""

from collections.abc import Iterator
from typing import Literal

from mypt.conversation.episode import AssistantMessage, Episode, Message, UserMessage
from mypt.conversation.parse import ModelOutput, parse
from mypt.conversation.render import render_prompt, stop_ids
from mypt.conversation.special_tokens import Tag, get_tags_by_id, is_model_written, model_vocab_size
from mypt.errors import InputError
from mypt.inference.answer_stream import AnswerStream
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import InferenceEngine
from mypt.inference.stopping import FinishReason, stop_at, stop_at_any
from mypt.seeds import derive_seed
from mypt.tokenizer.tokenizer import Tokenizer, require_unicode

_TOOL_TAGS = frozenset({Tag.TOOLCALL_OPEN, Tag.TOOLCALL_CLOSE})


class ChatSession:
    """A chat without tools: the model sees all turns that fit, with the system text always first.

    A reply never outgrows block_size, so no prompt is ever read from its middle.
    """

    def __init__(
        self,
        engine: InferenceEngine,
        tokenizer: Tokenizer,
        sampling: SamplingConfig,
        *,
        system: str | None = None,
        language: Literal["en", "de"] = "en",
    ) -> None:
        """Begin with no turns; InputError when the model has no ids for the conversation tags."""
        if engine.vocab_size < model_vocab_size(tokenizer):
            raise InputError(
                f"the model has {engine.vocab_size} ids, a chat needs {model_vocab_size(tokenizer)}: "
                "those of the tokenizer and 19 conversation tags",
                hint="use a model made for conversations, with the tokenizer that lies beside it",
            )
        require_unicode(system or "")
        self.engine = engine
        self.tokenizer = tokenizer
        self.sampling = sampling
        self.system = system or None
        self.language: Literal["en", "de"] = language
        self.messages: tuple[Message, ...] = ()
        """Every turn that was answered, whether the model still sees it or not."""
        self.n_dropped_turns = 0
        """How many of the oldest turns the model no longer sees."""
        self.last_output: ModelOutput | None = None
        """What the model wrote last, with its thoughts and its breaches of the grammar."""
        self.last_finish: FinishReason | None = None
        """Why the last reply ended; None when the reader ended it."""
        self._n_replies = 0
        self._banned_ids = _ids_not_for_answers(tokenizer, engine.vocab_size)
        self._stop = stop_at_any(stop_ids(tokenizer).are_reached, stop_at({tokenizer.end_of_text}))

    @property
    def episode(self) -> Episode | None:
        """The whole chat as an episode, or None before the first answer."""
        return self._episode(self.messages) if self.messages else None

    def reply(self, text: str) -> Iterator[str]:
        """Yield the answer to a message piece by piece, and remember both once it is over.

        A reader who stops early is remembered as having seen the answer so far.
        A turn without any answer is not remembered. Raises InputError for a
        message that is empty or longer than the model reads.
        """
        question = _user_message(text)
        prompt = self._prompt(question)
        self._n_replies += 1
        most = min(self.sampling.max_new_tokens, self.engine.block_size - len(prompt) + 1)
        seed = derive_seed(self.sampling.seed, "reply", self._n_replies)
        sampling = self.sampling.model_copy(update={"max_new_tokens": most, "seed": seed})
        return self._answer(question, prompt, sampling)

    def _answer(self, question: UserMessage, prompt: list[int], sampling: SamplingConfig) -> Iterator[str]:
        generated: list[int] = []
        visible = AnswerStream(self.tokenizer)
        self.last_output = self.last_finish = None
        try:
            for event in self.engine.stream([prompt], sampling, self._stop, self._banned_ids):
                generated.append(event.id)
                self.last_finish = event.finish
                if piece := visible.feed(event.id):
                    yield piece
            if piece := visible.finish():
                yield piece
        except (GeneratorExit, KeyboardInterrupt):
            self._remember(question, generated)
            raise
        self._remember(question, generated)

    def _remember(self, question: UserMessage, generated: list[int]) -> None:
        self.last_output = parse(generated, self.tokenizer)
        answer = self.last_output.to_message()
        if isinstance(answer, AssistantMessage):
            self.messages = (*self.messages, question, answer)

    def _prompt(self, question: UserMessage) -> list[int]:
        """Drop the oldest turns until there is room for the prompt and a reply."""
        room = min(self.sampling.max_new_tokens, self.engine.block_size // 2)
        n_turns = len(self.messages) // 2
        for n_dropped in range(self.n_dropped_turns, n_turns + 1):
            seen = self.messages[2 * n_dropped :]
            prompt = render_prompt(self._episode((*seen, question)), self.tokenizer)
            if len(prompt) + room <= self.engine.block_size:
                break
        if len(prompt) > self.engine.block_size:
            raise InputError(
                f"the message makes a prompt of {len(prompt)} tokens, "
                f"the model reads at most {self.engine.block_size}",
                hint="shorten the message or the system text",
            )
        self.n_dropped_turns = n_dropped
        return prompt

    def _episode(self, messages: tuple[Message, ...]) -> Episode:
        return Episode(system=self.system, messages=messages, language=self.language, source="chat")


def _user_message(text: str) -> UserMessage:
    if not text.strip():
        raise InputError("the message is empty")
    require_unicode(text)
    return UserMessage(content=text)


def _ids_not_for_answers(tokenizer: Tokenizer, vocab_size: int) -> frozenset[int]:
    """The tags that only the system writes, those of tools, and ids that mean nothing."""
    tags = get_tags_by_id(tokenizer.base_vocab_size)
    banned = {token for token, tag in tags.items() if tag in _TOOL_TAGS or not is_model_written(tag)}
    return frozenset(banned) | frozenset(range(model_vocab_size(tokenizer), vocab_size))
