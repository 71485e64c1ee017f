"""Parameters, FLOPs and memory of a model, from its configuration alone."""

from dataclasses import dataclass

from mypt.model.config import GPTConfig

_FP32 = 4  # bytes
_BF16 = 2


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
    adam_bytes: int
    """Two fp32 moments of each weight."""
    cast_weights_bytes: int
    """Copies of the weights in the compute dtype; none in fp32."""
    activations_bytes: int
    """What backward needs of embeddings and blocks."""
    logits_bytes: int
    """The chunk of logits that exists at once, and the head's gradient, which the loss makes beside it."""

    @property
    def total_bytes(self) -> int:
        """Return the sum, without what the allocator wastes."""
        state = self.weights_bytes + self.gradients_bytes + self.adam_bytes + self.cast_weights_bytes
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


def training_memory(
    config: GPTConfig,
    *,
    n_sequences: int,
    n_tokens: int,
    compute_bytes: int = _FP32,
    checkpoint_activations: bool = False,
    logit_rows: int = 1024,
) -> TrainingMemory:
    """Estimate the memory of a step whose micro-batch is so many sequences of so many tokens.

    With checkpointing, blocks keep their inputs, and one block at a time all of
    its activations. The loss projects `logit_rows` positions at a time.
    """
    weights = _FP32 * count_parameters(config)
    tokens = n_sequences * n_tokens
    block = _activation_bytes_per_block(config, compute_bytes)
    if checkpoint_activations:
        blocks = block + config.n_layer * config.n_embd * compute_bytes
    else:
        blocks = block * config.n_layer
    return TrainingMemory(
        weights_bytes=weights,
        gradients_bytes=weights,
        adam_bytes=2 * weights,
        cast_weights_bytes=0 if compute_bytes == _FP32 else count_matmul_weights(config) * compute_bytes,
        activations_bytes=tokens * (blocks + _activation_bytes_per_norm(config, compute_bytes)),
        logits_bytes=min(tokens, logit_rows) * config.vocab_size * compute_bytes
        + config.padded_vocab_size * config.n_embd * _FP32,
    )


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
    n_mlp_matrices = 2 if config.mlp_type == "gelu" else 3
    return config.n_embd * (4 * config.n_embd + n_mlp_matrices * config.mlp_hidden_size)


def _biases_per_block(config: GPTConfig) -> int:
    mlp_inner = config.mlp_hidden_size * (1 if config.mlp_type == "gelu" else 2)
    return 4 * config.n_embd + mlp_inner + config.n_embd


def _parameters_per_norm(config: GPTConfig) -> int:
    has_bias = config.norm_type == "layernorm" and config.bias
    return config.n_embd * (2 if has_bias else 1)


def _activation_bytes_per_block(config: GPTConfig, compute_bytes: int) -> int:
    """Count, for one token, each tensor that autograd keeps: the terms are in the order of the forward."""
    width = config.n_embd
    attention = (
        3 * width + (2 * width if config.pos_encoding == "rope" else 0) + width
    )  # qkv, turned qk, mixed
    mlp = config.mlp_hidden_size * (2 if config.mlp_type == "gelu" else 4)
    dropout_masks = 2 * width if config.dropout else 0
    norms = 2 * _activation_bytes_per_norm(config, compute_bytes)
    return norms + compute_bytes * (attention + mlp + dropout_masks)


def _activation_bytes_per_norm(config: GPTConfig, compute_bytes: int) -> int:
    """Input in fp32, RMSNorm's normed values in fp32, and the output."""
    n_fp32 = 2 if config.norm_type == "rmsnorm" else 1
    return config.n_embd * (n_fp32 * _FP32 + compute_bytes)
