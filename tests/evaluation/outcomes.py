"""Results for tests, of as many cases as a gate wants."""

from collections.abc import Mapping
from typing import Any

from mypt.config import Section
from mypt.conversation.special_tokens import model_vocab_size
from mypt.evaluation.run import Outcome, Results
from mypt.inference.torch_engine import TorchEngine
from mypt.model.checkpoint import save_model
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.provenance.artifact import Artifact, open_artifact, staged
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import save_tokenizer

TOKENIZER = Gpt2Bpe()


class Trained(Section):
    """A recipe that names its phase."""

    phase: int | None = None


def outcome(bucket: str, number: int, *, passed: bool, **fields: Any) -> Outcome:
    values: dict[str, Any] = {
        "id": f"{bucket}-{number:03}", "bucket": bucket, "language": "de" if number % 2 else "en",
        "question": "Say: x", "prompt": "0" * 64, "output": "y",
        "reason": "" if passed else "'y' instead of 'x'",
    }  # fmt: skip
    return Outcome.model_validate({**values, "passed": passed, **fields})


def results(passed: Mapping[str, int], n: int = 60, model: str = "a" * 64) -> Results:
    """Return results in which so many cases of each bucket passed."""
    rows = [outcome(bucket, number, passed=number < k) for bucket, k in passed.items() for number in range(n)]
    return Results(model=model, sampling="s", suites={"phase1": "d"}, outcomes=tuple(rows))


def small_model() -> GPT:
    config = GPTConfig(
        n_layer=1, n_head=2, n_embd=16, vocab_size=model_vocab_size(TOKENIZER), block_size=128, dropout=0.0
    )  # fmt: skip
    return init_weights(GPT(config), 0)


def small_engine() -> TorchEngine:
    return TorchEngine(small_model())


def sealed_model(path: Any, phase: int | None = 1, parent: Artifact | None = None, **counts: Any) -> Artifact:
    """Return a model with random weights that says for which phase it was trained."""
    with staged(path, "model", Trained(phase=phase), [parent] if parent else []) as draft:
        save_model(draft.path, small_model())
        save_tokenizer(draft.path, TOKENIZER)
        draft.counts |= counts
    return open_artifact(path, "model")
