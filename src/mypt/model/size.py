"""Parameters, FLOPs and memory of a model, from its configuration alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mypt.model.config import GPTConfig, MlpType

_FP32 = 4  # bytes
_BF16 = 2

Checkpointing = Literal["none", "selective", "full"]
OptimizerName = Literal["adamw", "muon"]


@dataclass(frozen=True)
class StepLoad:
    """What one process computes at a time in training, and how."""

    n_sequences: int
    """Sequences in a micro-batch."""
    n_tokens: int
    """Tokens in each."""
    compute_bytes: int = _FP32
    """Bytes of a value in the compute dtype."""
    checkpointing: Checkpointing = "none"
    """What blocks keep for backward: everything, their input and products, or their input alone."""
    optimizer: OptimizerName = "adamw"
    n_shards: int = 1
    """Processes that weights, gradients and moments are spread over."""
    dense_mask: bool = False
    """Whether packed rows go through a mask of all pairs, as they do without a kernel for segments."""
    logit_rows: int = 1024
    """Positions whose logits exist at once."""


@dataclass(frozen=True)
class FlopsPerToken:
    """Floating-point operations for one token of a sequence; a multiply-add is two."""

    matmul_forward_flops: int
    """Linear layers and head."""
    causal_attention_forward_flops: int
    """Scores and mixing, counted exactly: each token attends to itself and those before it."""
    full_attention_forward_flops: int
    """The same by the convention that each token attends to the whole sequence."""

    @property
    def forward_flops(self) -> int:
        """Return what a forward pass needs, with causal attention."""
        return self.matmul_forward_flops + self.causal_attention_forward_flops

    @property
    def training_flops(self) -> int:
        """Return what forward and backward need, with causal attention."""
        return 3 * self.forward_flops

    @property
    def conventional_training_flops(self) -> int:
        """Return 6N + 12 n_layer n_embd n_tokens, the form in which MFU is published (arXiv:2204.02311)."""
        return 3 * (self.matmul_forward_flops + self.full_attention_forward_flops)


@dataclass(frozen=True)
class TrainingMemory:
    """What one device holds at the peak of a training step."""

    weights_bytes: int
    """fp32 master weights."""
    gradients_bytes: int
    optimizer_bytes: int
    """fp32 moments: AdamW has two of each weight, Muon one."""
    cast_weights_bytes: int
    """Copies in the compute dtype (none in fp32), and what sharding gathers of one block."""
    activations_bytes: int
    """What backward needs of embeddings and blocks, and the gradients that flow through them."""
    logits_bytes: int
    """The chunk of logits that exists at once, and the head's gradient, which the loss makes beside it."""

    @property
    def total_bytes(self) -> int:
        """Return the sum, without what the allocator wastes."""
        state = self.weights_bytes + self.gradients_bytes + self.optimizer_bytes + self.cast_weights_bytes
        return state + self.activations_bytes + self.logits_bytes


@dataclass(frozen=True)
class InferenceMemory:
    """What a loaded model takes, and what each row's cache adds."""

    weights_fp32_bytes: int
    weights_bf16_bytes: int
    cache_fp32_bytes_per_1000_tokens: int
    cache_bf16_bytes_per_1000_tokens: int


def count_parameters(config: GPTConfig) -> int:
    """Return the number of weights, padding rows included and a tied head counted once."""
    biases = config.n_layer * _biases_per_block(config) if config.bias else 0
    embeddings = config.padded_vocab_size * config.n_embd * (1 if config.tie_weights else 2)
    embeddings += config.padded_vocab_size if config.head_bias else 0
    positions = config.block_size * config.n_embd if config.pos_encoding == "learned" else 0
    norms = (2 * config.n_layer + 1) * _parameters_per_norm(config)
    return embeddings + positions + norms + biases + config.n_layer * _matmul_weights_per_block(config)


def count_matmul_weights(config: GPTConfig) -> int:
    """Return the number of weights that each token is multiplied with: the N of 6N."""
    head = config.vocab_size * config.n_embd
    return head + config.n_layer * _matmul_weights_per_block(config)


def flops_per_token(config: GPTConfig, n_tokens: int) -> FlopsPerToken:
    """Return the average over the tokens of a sequence of this length."""
    return FlopsPerToken(
        matmul_forward_flops=2 * count_matmul_weights(config),
        causal_attention_forward_flops=2 * config.n_layer * config.n_embd * (n_tokens + 1),
        full_attention_forward_flops=4 * config.n_layer * config.n_embd * n_tokens,
    )


def training_flops_per_token(config: GPTConfig, n_tokens: int) -> int:
    """Return what forward and backward of one token need, with causal attention."""
    return flops_per_token(config, n_tokens).training_flops


def training_memory(config: GPTConfig, load: StepLoad) -> TrainingMemory:
    """Estimate the memory of one process at the peak of a step."""
    weights = _FP32 * count_parameters(config)
    return TrainingMemory(
        weights_bytes=weights // load.n_shards,
        gradients_bytes=weights // load.n_shards,
        optimizer_bytes=optimizer_bytes(config, load.optimizer) // load.n_shards,
        cast_weights_bytes=_cast_bytes(config, load),
        activations_bytes=load.n_sequences * load.n_tokens * _activation_bytes(config, load),
        logits_bytes=_logits_bytes(config, load),
    )


def optimizer_bytes(config: GPTConfig, optimizer: OptimizerName) -> int:
    """Return the size of the moments, in memory and in a checkpoint."""
    n_weights = count_parameters(config)
    if optimizer == "adamw":
        return 2 * _FP32 * n_weights
    hidden = config.n_layer * _matmul_weights_per_block(config)
    return _FP32 * hidden + 2 * _FP32 * (n_weights - hidden)


def inference_memory(config: GPTConfig) -> InferenceMemory:
    """Return the memory of the weights, and of keys and values for 1,000 tokens of one row."""
    n_weights = count_parameters(config)
    cached = 2 * config.n_layer * config.n_embd * 1000
    return InferenceMemory(
        weights_fp32_bytes=n_weights * _FP32,
        weights_bf16_bytes=n_weights * _BF16,
        cache_fp32_bytes_per_1000_tokens=cached * _FP32,
        cache_bf16_bytes_per_1000_tokens=cached * _BF16,
    )


def _matmul_weights_per_block(config: GPTConfig) -> int:
    n_mlp_matrices = 3 if config.mlp_type == "swiglu" else 2
    return config.n_embd * (4 * config.n_embd + n_mlp_matrices * config.mlp_hidden_size)


def _biases_per_block(config: GPTConfig) -> int:
    mlp_inner = config.mlp_hidden_size * (2 if config.mlp_type == "swiglu" else 1)
    return 4 * config.n_embd + mlp_inner + config.n_embd


def _parameters_per_norm(config: GPTConfig) -> int:
    has_bias = config.norm_type == "layernorm" and config.bias
    return config.n_embd * (2 if has_bias else 1)


def _cast_bytes(config: GPTConfig, load: StepLoad) -> int:
    """Count whole weights beside the masters.

    Blocks that are computed again cast again, and sharded ones are gathered again, so
    only the one at work holds its copies, and the next one that arrives meanwhile.
    """
    block = _matmul_weights_per_block(config)
    head = config.padded_vocab_size * config.n_embd
    if load.n_shards > 1:
        return load.compute_bytes * (head + 2 * block)
    if load.compute_bytes == _FP32:
        return 0
    n_blocks = config.n_layer if load.checkpointing == "none" else 1
    return load.compute_bytes * (head + n_blocks * block)


def _logits_bytes(config: GPTConfig, load: StepLoad) -> int:
    rows = min(load.n_sequences * load.n_tokens, load.logit_rows)
    return (
        rows * config.padded_vocab_size * load.compute_bytes
        + config.padded_vocab_size * config.n_embd * _FP32
    )


def _activation_bytes(config: GPTConfig, load: StepLoad) -> int:
    """Count what one token keeps in the whole model at the peak."""
    whole = _block_bytes(config, load)
    kept = {
        "none": whole,
        "selective": load.compute_bytes * (config.n_embd + _product_widths(config)),
        "full": load.compute_bytes * config.n_embd,
    }[load.checkpointing]
    at_work = {"none": 0, "selective": whole - kept, "full": whole}[load.checkpointing]
    in_flight = _STREAMS_IN_FLIGHT * config.n_embd * load.compute_bytes
    # The peak comes where a block was computed again, and backward has used up the final norm by then.
    final_norm = 0 if load.checkpointing == "full" else _norm_bytes(config, load.compute_bytes)
    return config.n_layer * kept + at_work + in_flight + final_norm


_STREAMS_IN_FLIGHT = 3
"""Gradients as wide as the residual stream that exist at once in backward; seen in traced steps."""


def _product_widths(config: GPTConfig) -> int:
    """Return the width of what a block's products give: qkv, mixed, output, up (and gate), down."""
    n_inner = 2 if config.mlp_type == "swiglu" else 1
    return 6 * config.n_embd + n_inner * config.mlp_hidden_size


def _block_bytes(config: GPTConfig, load: StepLoad) -> int:
    """Count, for one token, each tensor that autograd keeps: the terms are in the order of the forward."""
    width = config.n_embd
    attention = (6 if config.pos_encoding == "rope" else 4) * width  # qkv, turned qk, mixed
    mask = load.n_tokens if load.dense_mask else 0  # each layer keeps its own, as numbers to be added
    mlp = config.mlp_hidden_size * _WIDTHS_IN_MLP[config.mlp_type]
    dropout_masks = 2 * width if config.dropout else 0
    norms = 2 * _norm_bytes(config, load.compute_bytes)
    return norms + load.compute_bytes * (attention + mask + mlp + dropout_masks)


_WIDTHS_IN_MLP: Mapping[MlpType, int] = MappingProxyType({"gelu": 2, "gelu_exact": 2, "relu": 1, "swiglu": 4})
"""Tensors as wide as the feed-forward that backward needs; ReLU keeps only what goes on."""


def _norm_bytes(config: GPTConfig, compute_bytes: int) -> int:
    """Input in fp32, RMSNorm's normed values in fp32, and the output."""
    n_fp32 = 2 if config.norm_type == "rmsnorm" else 1
    return config.n_embd * (n_fp32 * _FP32 + compute_bytes)
