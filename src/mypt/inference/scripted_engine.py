"""An engine that replays given ids: for tests and demonstrations, without a model."""

from collections.abc import Collection, Iterator, Sequence

from mypt.errors import InputError
from mypt.inference.config import SamplingConfig
from mypt.inference.engine import TokenEvent, refuse_unreadable
from mypt.inference.stopping import FinishReason, StopRule, finish_reason, never_stop


class ScriptedEngine:
    """Answers each prompt with the next reply of a script, and keeps what it was asked."""

    def __init__(
        self, replies: Sequence[Sequence[int]], *, vocab_size: int = 50276, block_size: int = 1024
    ) -> None:
        self.vocab_size = vocab_size
        self.block_size = block_size
        self.prompts: list[list[int]] = []
        """Every prompt so far."""
        self.samplings: list[SamplingConfig] = []
        """The sampling of every call so far."""
        self._replies = [list(reply) for reply in replies]

    def stream(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingConfig,
        stop: StopRule = never_stop,
        banned_ids: Collection[int] = (),
    ) -> Iterator[TokenEvent]:
        """Yield the script's ids, row after row, until the rule or the length ends each."""
        refuse_unreadable(prompts, self.vocab_size)
        self.prompts += [list(prompt) for prompt in prompts]
        self.samplings.append(sampling)
        if len(self._replies) < len(prompts):
            raise InputError(f"{len(prompts)} prompts, and the script has {len(self._replies)} replies left")
        replies, self._replies = self._replies[: len(prompts)], self._replies[len(prompts) :]
        return self._play(replies, sampling, stop, banned_ids)

    def _play(
        self,
        replies: Sequence[Sequence[int]],
        sampling: SamplingConfig,
        stop: StopRule,
        banned_ids: Collection[int],
    ) -> Iterator[TokenEvent]:
        for row, reply in enumerate(replies):
            for length, token in enumerate(reply, start=1):
                if token in banned_ids:
                    raise InputError(f"the script draws id {token}, which is banned")
                reason = finish_reason(reply[:length], stop, sampling.max_new_tokens)
                is_last = length == len(reply)
                yield TokenEvent(row, token, reason or (FinishReason.LENGTH if is_last else None))
                if reason:
                    break
