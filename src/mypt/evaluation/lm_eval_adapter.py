"""A model of ours for lm-evaluation-harness, on tasks that lie on this machine.

The package is optional and is loaded when it is needed. What a model is asked is text as the task
writes it, without the tags of a conversation: only the renderer writes those.
"""

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F

from mypt.errors import InputError
from mypt.evaluation.responder import BATCH_TOKENS
from mypt.inference.config import SamplingConfig
from mypt.inference.generate import generate
from mypt.inference.stopping import StopRule, stop_at, stop_at_any
from mypt.inference.torch_engine import TorchEngine
from mypt.model.gpt import GPT
from mypt.tokenizer.tokenizer import Tokenizer, decode

MAX_NEW_TOKENS = 256
"""Most tokens of an answer where a task does not say."""
_HEAD_ROWS = 512
"""Positions whose logits are kept at once."""


@dataclass(frozen=True)
class Stretch:
    """Ids that are read, and the ids to predict at the last of these places."""

    inputs: Sequence[int]
    targets: Sequence[int]


@dataclass(frozen=True)
class TextScorer:
    """How likely a model finds texts, and how it continues them greedily, in batches."""

    model: GPT
    tokenizer: Tokenizer
    batch_tokens: int = BATCH_TOKENS

    @property
    def block_size(self) -> int:
        """The most ids that are read at once."""
        return self.model.config.block_size

    def loglikelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, bool]]:
        """Return how likely each continuation is behind its context, and whether it is the likeliest.

        A context that is too long loses its beginning. InputError for a continuation that is too long.
        """
        return self._score([self._stretch(*pair) for pair in pairs])

    def rolling(self, texts: Sequence[str]) -> list[float]:
        """Return how likely each text is from its first token on, however long it is."""
        owners: list[int] = []
        stretches: list[Stretch] = []
        for number, text in enumerate(texts):
            own = list(windows(self.tokenizer.encode(text), self.tokenizer.end_of_text, self.block_size))
            stretches += own
            owners += [number] * len(own)
        totals = [0.0] * len(texts)
        for owner, (found, _) in zip(owners, self._score(stretches), strict=True):
            totals[owner] += found
        return totals

    def continuations(self, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Return how each text goes on, up to what ends it; InputError for a task that wants to draw.

        Of a text that is too long, the beginning is left out to make room for the answer.
        """
        answers = [""] * len(asked)
        for batch, ends, most in self._batches(asked):
            prompts = [self._prompt(asked[number][0], most) for number in batch]
            for number, answer in zip(batch, self._continue(prompts, ends, most), strict=True):
                answers[number] = answer
        return answers

    def _stretch(self, context: str, continuation: str) -> Stretch:
        """Encode both as one text, so that the ids are those of the whole; spaces go with what follows."""
        bare = context.rstrip()
        whole = self.tokenizer.encode(context + continuation)
        before = self.tokenizer.encode(bare)
        after = whole[len(before) :]
        if len(after) > self.block_size:
            raise InputError(f"a continuation has {len(after)} tokens, the model reads {self.block_size}")
        ids = [*(before or [self.tokenizer.end_of_text]), *after][-(self.block_size + 1) :]
        return Stretch(ids[:-1], after)

    @torch.inference_mode()
    def _score(self, stretches: Sequence[Stretch]) -> list[tuple[float, bool]]:
        self.model.eval()
        found: list[tuple[float, bool]] = [(0.0, True)] * len(stretches)
        order = [number for number, each in enumerate(stretches) if each.targets]
        order.sort(key=lambda number: -len(stretches[number].inputs))
        while order:
            n_rows = max(1, self.batch_tokens // len(stretches[order[0]].inputs))
            batch, order = order[:n_rows], order[n_rows:]
            scored = self._score_batch([stretches[number] for number in batch])
            for number, each in zip(batch, scored, strict=True):
                found[number] = each
        return found

    def _score_batch(self, batch: Sequence[Stretch]) -> Iterator[tuple[float, bool]]:
        """Read rows filled up on the right, where nothing before can see it."""
        device = self.model.head_weight.device
        ids = torch.zeros(len(batch), len(batch[0].inputs), dtype=torch.long, device=device)
        for row, each in enumerate(batch):
            ids[row, : len(each.inputs)] = torch.tensor(each.inputs)
        hidden = self.model.hidden(ids)  # (B, T, C)
        for row, each in enumerate(batch):
            end = len(each.inputs)
            yield self._score_row(hidden[row, end - len(each.targets) : end], torch.tensor(each.targets))

    def _score_row(self, hidden: torch.Tensor, targets: torch.Tensor) -> tuple[float, bool]:
        total, is_greedy = 0.0, True
        for states, wanted in zip(hidden.split(_HEAD_ROWS), targets.split(_HEAD_ROWS), strict=True):
            logits = self.model.head(states).float()
            wanted = wanted.to(logits.device)
            likely = F.log_softmax(logits, dim=-1).gather(1, wanted[:, None])
            total += float(likely.double().sum())
            is_greedy = is_greedy and bool((logits.argmax(dim=-1) == wanted).all())
        return total, is_greedy

    def _prompt(self, text: str, most: int) -> list[int]:
        ids = self.tokenizer.encode(text) or [self.tokenizer.end_of_text]
        return ids[-(self.block_size - most) :]

    def _batches(
        self, asked: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[tuple[list[int], tuple[str, ...], int]]:
        """Yield numbers of texts that end in the same way, with what ends them and their most tokens."""
        groups: dict[tuple[tuple[str, ...], int], list[int]] = {}
        for number, (_, wishes) in enumerate(asked):
            if wishes.get("do_sample") and wishes.get("temperature", 1.0) > 0:
                raise InputError(
                    "a task wants to draw at random; here the likeliest token is taken",
                    hint="set do_sample: false in the generation_kwargs of the task",
                )
            until = wishes.get("until") or ()
            ends = tuple(filter(None, [until] if isinstance(until, str) else until))
            most = min(int(wishes.get("max_gen_toks", MAX_NEW_TOKENS)), self.block_size - 1)
            groups.setdefault((ends, most), []).append(number)
        n_rows = max(1, self.batch_tokens // self.block_size)
        for (ends, most), numbers in groups.items():
            for start in range(0, len(numbers), n_rows):
                yield numbers[start : start + n_rows], ends, most

    def _continue(self, prompts: Sequence[Sequence[int]], ends: Sequence[str], most: int) -> Iterator[str]:
        engine = TorchEngine(self.model)
        not_text = range(self.tokenizer.base_vocab_size, engine.vocab_size)
        stop = stop_at_any(stop_at({self.tokenizer.end_of_text}), self._says_any(ends))
        sampling = SamplingConfig(temperature=0.0, max_new_tokens=most)
        for completion in generate(engine, prompts, sampling, stop, not_text):
            text = decode(self.tokenizer, completion.ids)
            yield text[: min((text.find(end) for end in ends if end in text), default=len(text))]

    def _says_any(self, ends: Sequence[str]) -> StopRule:
        return lambda ids: any(end in decode(self.tokenizer, ids) for end in ends)


def windows(ids: Sequence[int], start: int, size: int) -> Iterator[Stretch]:
    """Yield stretches that predict each id once, each behind as many others as fit.

    The first begins with the id `start`; the last reads a whole window too, and predicts what is left.
    """
    whole = [start, *ids]
    for begin in range(0, len(ids), size):
        end = min(begin + size, len(ids))
        yield Stretch(whole[max(0, end - size) : end], ids[begin:end])


def run_harness(scorer: TextScorer, tasks: Path, *, limit: int | None = None) -> dict[str, dict[str, Any]]:
    """Return the measures of each task whose YAML file lies in a folder; nothing is fetched.

    Raises InputError when lm_eval is not installed, and for a folder without tasks.
    """
    evaluator, manager, _ = library()
    known = manager.TaskManager(include_path=str(tasks), include_defaults=False)
    names = sorted(known.all_tasks)
    if not tasks.is_dir() or not names:
        raise InputError(
            f"{tasks}: holds no task of the harness", hint="a task is a YAML file with `task: NAME`"
        )
    found = evaluator.simple_evaluate(harness_model(scorer), tasks=names, task_manager=known, limit=limit)
    return {name: dict(measures) for name, measures in sorted(found["results"].items())}


def harness_model(scorer: TextScorer) -> Any:
    """Return the scorer as an `LM` of the harness; InputError when it is not installed."""
    _, _, api = library()

    class MyptModel(api.LM):  # type: ignore[misc, name-defined]
        """What the harness asks, answered by the scorer."""

        def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
            return scorer.loglikelihoods([request.args for request in requests])

        def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
            return scorer.rolling([request.args[0] for request in requests])

        def generate_until(self, requests: Sequence[Any]) -> list[str]:
            return scorer.continuations([request.args for request in requests])

    return MyptModel()


def library() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return the parts of lm_eval that are used, told to stay offline; InputError without the package."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE"):
        os.environ.setdefault(name, "1")
    try:
        names = ("lm_eval.evaluator", "lm_eval.tasks", "lm_eval.api.model")
        evaluator, tasks, model = map(importlib.import_module, names)
    except ImportError as error:
        raise InputError(
            "the harness needs the package lm_eval", hint="pip install 'mypt[eval]', or lm-eval==0.4.13"
        ) from error
    return evaluator, tasks, model
