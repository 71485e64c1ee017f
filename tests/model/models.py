"""Tiny models for tests of the model package."""

import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from mypt.model.config import GPTConfig
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights

MODERN = GPTConfig(
    block_size=24, vocab_size=61, vocab_multiple=32, n_layer=2, n_head=2, n_embd=32, dropout=0.0, bias=False,
    pos_encoding="rope", mlp_type="swiglu", norm_type="rmsnorm",
)  # fmt: skip
GPT2_STYLE = GPTConfig(
    block_size=24, vocab_size=61, vocab_multiple=32, n_layer=2, n_head=2, n_embd=32, dropout=0.0
)
BOTH = (MODERN, GPT2_STYLE)


def make_model(config: GPTConfig, seed: int = 0) -> GPT:
    """A model whose weights are large enough for every part of it to show in the logits."""
    model = init_weights(GPT(config), seed)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(float(parameter.dim() == 1), 0.2, generator=generator)
    return model


def random_ids(batch: int, time: int, seed: int = 0, vocab_size: int = MODERN.vocab_size) -> Tensor:
    return torch.randint(vocab_size, (batch, time), generator=torch.Generator().manual_seed(seed))


def gradients(model: GPT) -> dict[str, Tensor]:
    found = {name: parameter.grad for name, parameter in model.named_parameters()}
    return {name: gradient.clone() for name, gradient in found.items() if gradient is not None}


def make_reference_gpt2(config: GPTConfig, seed: int = 0) -> GPT2LMHeadModel:
    """The public implementation with random weights in the same shape."""
    shape = GPT2Config(
        vocab_size=config.vocab_size, n_positions=config.block_size, n_embd=config.n_embd,
        n_layer=config.n_layer, n_head=config.n_head, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return _fill(GPT2LMHeadModel(shape), seed)


def make_reference_llama(model: GPT) -> LlamaForCausalLM:
    """The public implementation with the weights of our model."""
    config = model.config
    shape = LlamaConfig(
        vocab_size=config.vocab_size, max_position_embeddings=config.block_size, hidden_size=config.n_embd,
        num_hidden_layers=config.n_layer, num_attention_heads=config.n_head, rms_norm_eps=1e-6,
        intermediate_size=config.mlp_hidden_size,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
        tie_word_embeddings=False, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    llama = LlamaForCausalLM(shape)
    llama.load_state_dict(_llama_weights(model))
    llama.train(mode=False)
    return llama


def _fill(model: GPT2LMHeadModel, seed: int) -> GPT2LMHeadModel:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(float(parameter.dim() == 1), 0.2, generator=generator)
    model.train(mode=False)
    return model


def _llama_weights(model: GPT) -> dict[str, Tensor]:
    ours, rows = model.state_dict(), model.config.vocab_size
    weights = {
        "model.embed_tokens.weight": ours["token_embedding.weight"][:rows],
        "model.norm.weight": ours["final_norm.weight"],
        "lm_head.weight": model.head_weight.detach()[:rows],
    }
    for i in range(model.config.n_layer):
        layer, block = f"model.layers.{i}.", f"blocks.{i}."
        q, k, v = ours[f"{block}attention.qkv.weight"].chunk(3)
        gate, up = ours[f"{block}mlp.gate_up.weight"].chunk(2)
        weights |= {
            f"{layer}self_attn.q_proj.weight": q,
            f"{layer}self_attn.k_proj.weight": k,
            f"{layer}self_attn.v_proj.weight": v,
            f"{layer}self_attn.o_proj.weight": ours[f"{block}attention.output.weight"],
            f"{layer}mlp.gate_proj.weight": gate,
            f"{layer}mlp.up_proj.weight": up,
            f"{layer}mlp.down_proj.weight": ours[f"{block}mlp.down.weight"],
            f"{layer}input_layernorm.weight": ours[f"{block}attention_norm.weight"],
            f"{layer}post_attention_layernorm.weight": ours[f"{block}mlp_norm.weight"],
        }
    return weights
