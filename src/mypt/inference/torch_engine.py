"""The engine that computes: a model, a decoder, and the loop over what is drawn."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Int
from torch import Tensor

from mypt.errors import InputError
from mypt.inference.cached_decoder import CachedDecoder
from mypt.inference.config import SamplingConfig
from mypt.inference.decoder import Decoder, UncachedDecoder
from mypt.inference.engine import TokenEvent, refuse_unreadable
from mypt.inference.sampling import choose_next_ids, uniform
from mypt.inference.stopping import StopRule, finish_reason, never_stop
from mypt.model.gpt import GPT


class TorchEngine:
    """Continues ids with a model; without a cache it reads the whole window for each id.

    Both ways draw the same ids, as far as the dtype's rounding allows.
    """

    def __init__(self, model: GPT, *, use_cache: bool = True, dtype: torch.dtype | None = None) -> None:
        """Take over a model; a dtype, such as bfloat16, converts its weights for good."""
        if dtype is not None:
            model.to(dtype)
            model.compute_dtype = dtype
        self.model = model
        self.use_cache = use_cache

    @property
    def block_size(self) -> int:
        """The most ids of a context that are attended at once."""
        return self.model.config.block_size

    @property
    def vocab_size(self) -> int:
        """Number of ids that can be read and drawn."""
        return self.model.config.vocab_size

    def stream(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingConfig,
        stop: StopRule = never_stop,
        banned_ids: Collection[int] = (),
    ) -> Iterator[TokenEvent]:
        """Yield each row's ids as they are drawn; see `InferenceEngine.stream`."""
        refuse_unreadable(prompts, self.vocab_size)
        banned = self._banned(banned_ids)
        self.model.eval()
        rows = [_Row(number, list(prompt)) for number, prompt in enumerate(prompts)]
        return self._run(rows, sampling, stop, banned)

    def _run(
        self, rows: "list[_Row]", sampling: SamplingConfig, stop: StopRule, banned: Int[Tensor, " n"] | None
    ) -> Iterator[TokenEvent]:
        decoder = self._decoder(rows, sampling)
        while rows:
            going_on: list[int] = []
            for place, drawn in enumerate(_draw(decoder, rows, sampling, banned)):
                row = rows[place]
                row.append(drawn)
                reason = finish_reason(row.generated, stop, sampling.max_new_tokens)
                if reason is None:
                    going_on.append(place)
                yield TokenEvent(row.number, drawn, reason)
            if 0 < len(going_on) < len(rows):
                decoder.keep(going_on)
            rows = [rows[place] for place in going_on]

    def _decoder(self, rows: "list[_Row]", sampling: SamplingConfig) -> Decoder:
        if not self.use_cache or not rows:
            return UncachedDecoder(self.model)
        longest = max(len(row.context) for row in rows) + sampling.max_new_tokens
        return CachedDecoder(self.model, len(rows), min(longest, self.block_size))

    def _banned(self, ids: Collection[int]) -> Int[Tensor, " n"] | None:
        existing = sorted({token for token in ids if 0 <= token < self.vocab_size})
        if len(existing) == self.vocab_size:
            raise InputError("all ids are banned: there is nothing to draw")
        return torch.tensor(existing, device=self.model.head_weight.device) if existing else None


@dataclass
class _Row:
    """One prompt on its way."""

    number: int
    context: list[int]
    """The prompt, then all that was drawn."""
    generated: list[int] = field(default_factory=list)

    def append(self, drawn: int) -> None:
        self.context.append(drawn)
        self.generated.append(drawn)


@torch.inference_mode()
def _draw(
    decoder: Decoder, rows: list[_Row], sampling: SamplingConfig, banned: Int[Tensor, " n"] | None
) -> list[int]:
    """Take one step; a function of its own, because its mode must not leak out of a generator."""
    contexts = [row.context for row in rows]
    uniforms = [uniform(sampling.seed, row.number, len(row.generated)) for row in rows]
    return choose_next_ids(decoder.next_logits(contexts), contexts, uniforms, sampling, banned)
