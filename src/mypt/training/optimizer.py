"""AdamW, or Muon for hidden matrices beside it; matrices decay, everything else does not."""

from collections.abc import Iterable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from mypt.model.gpt import GPT
from mypt.model.linear import Linear
from mypt.training.muon import Muon
from mypt.training.recipe import TrainingConfig


def decaying_parameters(model: GPT) -> list[nn.Parameter]:
    """Return the weights that are multiplied: those of linear layers and of an untied head.

    Embeddings and learned positions are looked up, so they do not decay; a head
    tied to the embedding is the embedding.
    """
    weights = [module.weight for module in model.modules() if isinstance(module, Linear)]
    return weights if model.unembedding is None else [*weights, model.unembedding.weight]


@dataclass(frozen=True)
class Optimizers:
    """Every optimizer of a run as one; together they hold each trained parameter exactly once."""

    all: tuple[Optimizer, ...]

    def zero_grad(self) -> None:
        """Drop the gradients of the last step."""
        for optimizer in self.all:
            optimizer.zero_grad(set_to_none=True)

    def set_learning_rate(self, rate: float) -> None:
        """Give every group the learning rate of the step."""
        for optimizer in self.all:
            for group in optimizer.param_groups:
                group["lr"] = rate

    def step(self, is_bad: Float[Tensor, ""]) -> None:
        """Take a step, or none where the flag is 1, decided on the device as for a loss scaler."""
        for optimizer in self.all:
            optimizer.grad_scale, optimizer.found_inf = None, is_bad  # type: ignore[attr-defined]
            optimizer.step()


def make_optimizers(model: GPT, config: TrainingConfig) -> Optimizers:
    """Return the optimizers of a recipe over the parameters that are trained: AdamW, or Muon beside it."""
    hidden = hidden_matrices(model) if config.optimizer == "muon" else {}
    by_muon = [weight for weights in hidden.values() for weight in weights]
    decay = _trained(decaying_parameters(model), without=by_muon)
    no_decay = _trained(model.parameters(), without=[*by_muon, *decay])
    _assert_each_once(model, [*by_muon, *decay, *no_decay])
    adamw = AdamW(
        [{"params": decay, "weight_decay": config.weight_decay}, {"params": no_decay, "weight_decay": 0.0}],
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        eps=1e-8,
        fused=True,
    )
    if not by_muon:
        return Optimizers((adamw,))
    groups = [{"params": weights, "n_parts": n_parts} for n_parts, weights in hidden.items()]
    return Optimizers((Muon(groups, lr=config.learning_rate, weight_decay=config.weight_decay), adamw))


def hidden_matrices(model: GPT) -> dict[int, list[nn.Parameter]]:
    """Return the trained weights of linear layers in blocks, by the number of matrices in each."""
    found: dict[int, list[nn.Parameter]] = {}
    for module in model.blocks.modules():
        if isinstance(module, Linear) and module.weight.requires_grad:
            found.setdefault(module.n_parts, []).append(module.weight)
    return found


def _trained(parameters: Iterable[nn.Parameter], *, without: list[nn.Parameter]) -> list[nn.Parameter]:
    others = {id(parameter) for parameter in without}
    return [parameter for parameter in parameters if parameter.requires_grad and id(parameter) not in others]


def _assert_each_once(model: GPT, grouped: list[nn.Parameter]) -> None:
    ids = [id(parameter) for parameter in grouped]
    if sorted(ids) != sorted(id(parameter) for parameter in model.parameters() if parameter.requires_grad):
        raise AssertionError("the optimizer's groups do not hold each parameter exactly once")
