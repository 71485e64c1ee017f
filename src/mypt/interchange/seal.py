"""Weights from elsewhere, as a model of ours in a sealed folder."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mypt.interchange.layout import with_rows_of
from mypt.model.checkpoint import save_model
from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.model.model_folder import ROWS_ADDED
from mypt.provenance.artifact import Draft
from mypt.tokenizer.registry import save_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer


def fill_model(config: GPTConfig, weights: Mapping[str, Tensor], seed: int) -> GPT:
    """Return a model with these weights; ids that they do not have get the rows of a seed."""
    model = init_weights(GPT(config), seed)
    model.load_state_dict(with_rows_of(weights, model))
    return model.eval()


def write_model(draft: Draft, model: GPT, tokenizer: Tokenizer, rows_added: int) -> None:
    """Fill a folder that is about to be sealed with a model, and count what it has."""
    save_model(draft.path, model)
    save_tokenizer(draft.path, tokenizer)
    draft.counts["parameters"] = sum(parameter.numel() for parameter in model.parameters())
    draft.counts[ROWS_ADDED] = rows_added
    draft.environment["torch"] = str(torch.__version__)
