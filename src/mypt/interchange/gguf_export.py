"""A model of ours as a GGUF file that llama.cpp loads, written by llama.cpp's own `gguf` package."""

import errno
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from mypt.conversation.special_tokens import Tag
from mypt.errors import InputError
from mypt.interchange.byte_pairs import END_OF_TEXT, merges, printable_tokens
from mypt.interchange.chat_template import chat_template
from mypt.interchange.export_recipe import DType, ExportRecipe, sealed_export
from mypt.interchange.families import FamilyName, family_of
from mypt.interchange.gpt2 import LAYER_NORM_EPS
from mypt.interchange.hugging_face_tokenizer import special_ids
from mypt.interchange.layout import Layout, Part, without_padding
from mypt.interchange.llama import RMS_NORM_EPS
from mypt.model.config import GPTConfig
from mypt.model.model_folder import ModelFolder
from mypt.provenance.artifact import Artifact, find, open_artifact
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

FILE_NAME = "model.gguf"
_NORMAL, _CONTROL = 1, 3  # llama.cpp's types of tokens
_MOSTLY_BF16 = 32  # llama.cpp's type of file

_TOP = {
    "token_embedding.weight": "token_embd.weight",
    "position_encoding.table.weight": "position_embd.weight",
    "final_norm.weight": "output_norm.weight",
    "final_norm.bias": "output_norm.bias",
    "unembedding.weight": "output.weight",
}
_ATTENTION: Mapping[FamilyName, Part] = {
    "llama": Part("attention.qkv", ("attn_q", "attn_k", "attn_v")),
    "gpt2": Part("attention.qkv", ("attn_qkv",)),
}


def layout_of(family: FamilyName) -> Layout:
    """Return how llama.cpp names the weights of an architecture."""
    return Layout(
        top=_TOP,
        block_prefix="blk.{}.",
        block=(
            Part("attention_norm", ("attn_norm",)),
            _ATTENTION[family],
            Part("attention.output", ("attn_output",)),
            Part("mlp_norm", ("ffn_norm",)),
            Part("mlp.gate_up", ("ffn_gate", "ffn_up")),
            Part("mlp.up", ("ffn_up",)),
            Part("mlp.down", ("ffn_down",)),
        ),
    )


def export_gguf(source: ModelFolder, out: Path, *, dtype: DType = "fp32", replace: bool = False) -> Artifact:
    """Return the sealed export, made anew unless the same one is already there.

    Raises InputError for a model or a tokenizer that llama.cpp has no form for, and
    when the `gguf` package is not installed.
    """
    where = str(source.artifact.path)
    family = family_of(source.model.config, where)
    _refuse_unknown_to_llama_cpp(source, where)
    library = _library()
    recipe = ExportRecipe(format="gguf", dtype=dtype)
    if (made := find(out, "export", recipe, [source.artifact], replace=replace)) is not None:
        return made
    with sealed_export(out, recipe, source, replace=replace) as draft:
        writer = library.GGUFWriter(draft.path / FILE_NAME, family.name)
        _add_settings(writer, source.model.config, family.name)
        _add_origin(writer, source)
        _add_tokenizer(writer, source)
        _add_weights(writer, weights_for_llama_cpp(source, family.name), dtype)
        _write(writer)
        draft.environment["gguf"] = version("gguf")
    return open_artifact(out, "export")


def weights_for_llama_cpp(source: ModelFolder, family: FamilyName) -> dict[str, Tensor]:
    """Return the weights under llama.cpp's names, with the rows of its way to turn queries and keys."""
    config = source.model.config
    weights = layout_of(family).to_theirs(without_padding(source.model.state_dict(), config))
    if family != "llama":
        return weights
    return {
        name: interleave(tensor, config.n_head) if ".attn_q." in name or ".attn_k." in name else tensor
        for name, tensor in weights.items()
    }


def interleave(rows: Tensor, n_head: int) -> Tensor:
    """Return a head's rows in the order 0, h, 1, h + 1, …: llama.cpp turns neighbours, we turn halves."""
    pairs = rows.reshape(n_head, 2, -1, *rows.shape[1:])
    return pairs.transpose(1, 2).reshape(rows.shape)


def _refuse_unknown_to_llama_cpp(source: ModelFolder, where: str) -> None:
    if not isinstance(source.tokenizer, Gpt2Bpe):
        raise InputError(
            f"{where}: a {source.tokenizer.name} tokenizer is not representable in a GGUF file",
            hint="--format hf keeps it",
        )
    if source.model.config.mlp_type in ("gelu_exact", "relu"):
        raise InputError(
            f"{where}: llama.cpp's GPT-2 has GELU in its tanh form, "
            f"this model has {source.model.config.mlp_type}",
            hint="--format hf keeps it",
        )


def _library() -> ModuleType:
    try:
        import gguf
    except ImportError as error:
        raise InputError(
            "writing a GGUF file needs the package gguf", hint="pip install 'mypt[gguf]'"
        ) from error
    return gguf


def _add_settings(writer: Any, config: GPTConfig, family: FamilyName) -> None:
    writer.add_context_length(config.block_size)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(config.mlp_hidden_size)
    writer.add_head_count(config.n_head)
    if family == "gpt2":
        writer.add_layer_norm_eps(LAYER_NORM_EPS)
        return
    writer.add_head_count_kv(config.n_head)
    writer.add_layer_norm_rms_eps(RMS_NORM_EPS)
    writer.add_vocab_size(config.vocab_size)
    writer.add_rope_dimension_count(config.head_size)
    writer.add_rope_freq_base(config.rope_theta)
    if config.rope_scale != 1.0:
        writer.add_string(f"{family}.rope.scaling.type", "linear")
        writer.add_rope_scaling_factor(config.rope_scale)


def _add_origin(writer: Any, source: ModelFolder) -> None:
    writer.add_name("MyPT")
    writer.add_string("mypt.manifest", source.artifact.digest)
    licences = source.artifact.manifest.licences
    if licences:
        writer.add_license(" AND ".join(licences))


def _add_tokenizer(writer: Any, source: ModelFolder) -> None:
    ids = special_ids(source.tokenizer)
    texts = printable_tokens()[:-1]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*texts, *ids])
    writer.add_token_types([_NORMAL] * len(texts) + [_CONTROL] * len(ids))
    writer.add_token_merges([f"{left} {right}" for left, right in merges()])
    writer.add_bos_token_id(ids[END_OF_TEXT])
    writer.add_pad_token_id(ids[END_OF_TEXT])
    writer.add_eos_token_id(ids[Tag.END_OF_TURN.value])
    writer.add_eot_token_id(ids[Tag.END_OF_TURN.value])
    writer.add_eom_token_id(ids[Tag.TOOLCALL_CLOSE.value])
    writer.add_add_bos_token(value=False)
    writer.add_chat_template(chat_template())


def _add_weights(writer: Any, weights: Mapping[str, Tensor], dtype: DType) -> None:
    writer.add_file_type(_MOSTLY_BF16 if dtype == "bf16" else 0)
    for name, tensor in weights.items():
        whole = tensor.detach().float().contiguous()
        if dtype == "bf16" and tensor.dim() == 2 and not name.startswith("position_embd"):
            # numpy has no bf16, so it is handed over as bits
            bits = whole.bfloat16().view(torch.int16).numpy()
            writer.add_tensor(name, bits, raw_dtype=_library().GGMLQuantizationType.BF16)
        else:
            writer.add_tensor(name, whole.numpy())


def _write(writer: Any) -> None:
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        if error.errno is not None:
            raise
        # numpy's way to say that it could write a part only
        raise OSError(errno.ENOSPC, str(error)) from error
    finally:
        writer.close()
