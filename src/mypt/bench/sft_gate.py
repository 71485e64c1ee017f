"""How much faster a gate's answers are drawn in batches than one by one, and whether they are the same."""

import time

from mypt.evaluation.responder import EngineResponder
from mypt.evaluation.suite import cases_of, load_suites, prompt_of
from mypt.inference.torch_engine import TorchEngine
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.presets import preset
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

_SUITES = ("phase1", "phase2")


def measure_gate(name: str = "tiny", n_cases: int = 64, max_tokens: int = 24) -> dict[str, float | bool]:
    """Return cases a second of processor time for random weights of a preset, in batches and one by one."""
    model = init_weights(GPT(preset(name).model_copy(update={"dropout": 0.0})), seed=0)
    responder = EngineResponder(TorchEngine(model), Gpt2Bpe(), max_tokens=max_tokens)
    prompts = [prompt_of(case) for case in cases_of(load_suites(_SUITES))][:: max(1, 590 // n_cases)][
        :n_cases
    ]
    few = prompts[: max(1, len(prompts) // 4)]
    responder.respond(few[:1])
    begin = time.process_time()
    together = responder.respond(prompts)
    middle = time.process_time()
    alone = [responder.respond([prompt])[0] for prompt in few]
    end = time.process_time()
    batched, single = len(prompts) / (middle - begin), len(few) / (end - middle)
    return {
        "batched_per_second": batched,
        "one_by_one_per_second": single,
        "ratio": batched / single,
        "same_answers": alone == together[: len(few)],
    }
