"""Initial weights, from one seed and nothing else."""

import math

import torch
from torch import Tensor

from mypt.model.block import Block
from mypt.model.gpt import GPT

_STD = 0.02  # GPT-2's


@torch.no_grad()
def init_weights(model: GPT, seed: int) -> GPT:
    """Fill the model with the weights of a seed, and return it.

    Matrices are N(0, 0.02); the two projections of each block that write to the
    residual stream are scaled by 1/sqrt(2 n_layer), so that its variance does
    not grow with depth. The same seed gives the same weights on any device.
    """
    generator = torch.Generator(device="cpu").manual_seed(seed)
    residual_std = _STD / math.sqrt(2 * model.config.n_layer)
    blocks = [module for module in model.modules() if isinstance(module, Block)]
    residual = {id(linear.weight) for block in blocks for linear in block.residual_projections}
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            parameter.fill_(0.0 if name.endswith("bias") else 1.0)
        else:
            std = residual_std if id(parameter) in residual else _STD
            parameter.copy_(_normal(parameter, std, generator))
    return model


def _normal(like: Tensor, std: float, generator: torch.Generator) -> Tensor:
    return torch.empty(like.shape, device="cpu").normal_(0.0, std, generator=generator)
