"""AdamW over two groups: matrices decay, everything else does not."""

from torch import nn
from torch.optim import AdamW

from mypt.model.gpt import GPT
from mypt.model.linear import Linear
from mypt.training.recipe import TrainingConfig


def decaying_parameters(model: GPT) -> list[nn.Parameter]:
    """Return the weights that are multiplied: those of linear layers and of an untied head.

    Embeddings and learned positions are looked up, so they do not decay; a head
    tied to the embedding is the embedding.
    """
    weights = [module.weight for module in model.modules() if isinstance(module, Linear)]
    return weights if model.unembedding is None else [*weights, model.unembedding.weight]


def make_optimizer(model: GPT, config: TrainingConfig) -> AdamW:
    """Return AdamW whose groups hold each parameter of the model exactly once."""
    decay = decaying_parameters(model)
    ids = {id(parameter) for parameter in decay}
    no_decay = [parameter for parameter in model.parameters() if id(parameter) not in ids]
    _assert_each_once(model, [*decay, *no_decay])
    groups = [
        {"params": decay, "weight_decay": config.weight_decay},
        {"params": no_decay, "weight_decay": 0.0},
    ]
    betas = (config.beta1, config.beta2)
    return AdamW(groups, lr=config.learning_rate, betas=betas, eps=1e-8, fused=True)


def _assert_each_once(model: GPT, grouped: list[nn.Parameter]) -> None:
    ids = [id(parameter) for parameter in grouped]
    if sorted(ids) != sorted(id(parameter) for parameter in model.parameters()):
        raise AssertionError("the optimizer's groups do not hold each parameter exactly once")


def set_learning_rate(optimizer: AdamW, rate: float) -> None:
    """Give every group the learning rate of the step."""
    for group in optimizer.param_groups:
        group["lr"] = rate
