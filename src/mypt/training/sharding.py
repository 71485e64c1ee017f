"""Spreads a model over all processes, block by block (FSDP2; Zhao et al. 2023, arXiv:2304.11277)."""

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method

from mypt.model.gpt import GPT
from mypt.training.distributed import World


def shard_model(model: GPT, world: World) -> None:
    """Let every process keep its part of each weight, gradient and moment, in fp32.

    A block's weights are gathered in the compute dtype while it computes; gradients are
    added in fp32, as sums: the loss is divided by the weights of the whole step already.
    """
    mesh = init_device_mesh(world.device.type, (world.size,))
    policy = MixedPrecisionPolicy(param_dtype=_gathered_dtype(model), reduce_dtype=torch.float32)
    for block in model.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)
    for module in (*model.blocks, model):
        module.set_gradient_divide_factor(1.0)
        module.set_force_sum_reduction_for_comms(True)
    register_fsdp_forward_method(model, "hidden")


def _gathered_dtype(model: GPT) -> torch.dtype | None:
    return None if model.compute_dtype is torch.float32 else model.compute_dtype
