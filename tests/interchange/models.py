"""Tiny sealed models, and what stock code of others makes of their exports."""

from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from mypt.config import Section
from mypt.conversation.special_tokens import model_vocab_size
from mypt.model.checkpoint import save_model
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.model_folder import ModelFolder, open_model_folder
from mypt.provenance.artifact import staged
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.registry import save_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer
from tests.model.models import make_model

LETTERS = CharacterTokenizer(" abcdefghijklmnopqrstuvwxyzäöü")
BPE = Gpt2Bpe()
_SHAPE: dict[str, Any] = {"block_size": 32, "n_layer": 2, "n_head": 2, "n_embd": 32, "vocab_multiple": 64}


def llama(tokenizer: Tokenizer = LETTERS, **changes: Any) -> GPTConfig:
    """Return a tiny Llama of ours."""
    modern = {"pos_encoding": "rope", "mlp_type": "swiglu", "norm_type": "rmsnorm", "bias": False}
    return GPTConfig(
        **{**_SHAPE, **modern, "vocab_size": model_vocab_size(tokenizer), "dropout": 0.0, **changes}
    )


def gpt2(tokenizer: Tokenizer = LETTERS, **changes: Any) -> GPTConfig:
    """Return a tiny GPT-2 of ours."""
    return GPTConfig(**{**_SHAPE, "vocab_size": model_vocab_size(tokenizer), **changes})


class Recipe(Section):
    """What a model is said to be made by."""

    kind: Literal["sft", "pretrain"] = "sft"


def sealed(
    folder: Path, config: GPTConfig, tokenizer: Tokenizer = LETTERS, kind: Literal["sft", "pretrain"] = "sft"
) -> ModelFolder:
    """Return a model with random weights in a sealed folder."""
    with staged(folder, "model", Recipe(kind=kind)) as draft:
        save_model(draft.path, make_model(config))
        save_tokenizer(draft.path, tokenizer)
        draft.licences.update({"CC0-1.0": 3})
    return open_model_folder(folder)


def random_ids(model: GPT, time: int = 24) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(model.config.vocab_size, (2, time), generator=generator)


def logits(model: GPT, ids: Tensor) -> Tensor:
    with torch.no_grad():
        return model(ids)


def stock_model(folder: Path) -> Any:
    """Return what transformers makes of a folder, with nothing missing and nothing left over."""
    load: Any = AutoModelForCausalLM.from_pretrained
    model, report = load(folder, local_files_only=True, output_loading_info=True, dtype="auto")
    assert not any(report.values()), report
    return model


def stock_tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def stock_logits(folder: Path, ids: Tensor) -> Tensor:
    with torch.no_grad():
        return stock_model(folder)(ids).logits
