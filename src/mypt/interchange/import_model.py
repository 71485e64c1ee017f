"""A folder or file of Hugging Face becomes a sealed model folder, with our tags behind its vocabulary."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from mypt.config import Section
from mypt.conversation.special_tokens import model_vocab_size
from mypt.errors import ConfigError, InputError
from mypt.files import read_json, sha256_file
from mypt.interchange import gpt2
from mypt.interchange.byte_pairs import printable_tokens
from mypt.interchange.families import FAMILIES, HEAD, Family
from mypt.interchange.foreign_weights import read_weights, weight_files
from mypt.interchange.hugging_face_tokenizer import TOKENIZER_NAME, read_tokenizer
from mypt.interchange.layout import refuse_other_sizes
from mypt.interchange.seal import fill_model, write_model
from mypt.model.checkpoint import refuse_mismatch
from mypt.model.config import GPTConfig
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.provenance.manifest import MANIFEST_NAME, read_manifest
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

CONFIG_NAME = "config.json"
OLDER_TOKENIZER_NAME = "vocab.json"
_VOCAB_MULTIPLE = 128


class ImportRecipe(Section):
    """One import; the files themselves are bound by digest in the manifest."""

    kind: Literal["import"] = "import"
    seed: int = 0
    """Decides the rows of ids that the model does not have."""


def import_model(path: Path, out: Path, *, replace: bool = False) -> Artifact:
    """Return a model whose logits are those of the files, over the ids that they have.

    Raises InputError for a model that cannot be one of ours, with the reason, and
    CheckpointError when its weights are torn or are not what its `config.json` says.
    """
    files, recipe = weight_files(path), ImportRecipe()
    inputs, sources = _origin(path, files)
    if (made := find(out, "model", recipe, inputs, sources, replace=replace)) is not None:
        return made
    family, config, weights = _read(path, files)
    tokenizer = _tokenizer(path, family, config)
    wanted = config.model_copy(
        update={"vocab_size": model_vocab_size(tokenizer), "vocab_multiple": _VOCAB_MULTIPLE}
    )
    ours = family.layout.to_ours(weights, config.n_layer)
    with staged(out, "model", recipe, inputs, sources, replace=replace) as draft:
        model = fill_model(wanted, ours, recipe.seed)
        write_model(draft, model, tokenizer, rows_added=wanted.vocab_size - config.vocab_size)
        for artifact in inputs:
            draft.licences.update(artifact.manifest.licences)
    return open_artifact(out, "model")


def _origin(path: Path, weights: list[Path]) -> tuple[list[Artifact], dict[str, str]]:
    """Return the export of ours that a folder is, or else the digest of each file that is read."""
    if (path / MANIFEST_NAME).is_file():
        if read_manifest(path).kind == "model":
            raise InputError(f"{path}: is a model of MyPT already", hint=f"mypt chat --model {path}")
        return [open_artifact(path, "export")], {}
    read = [path / name for name in (CONFIG_NAME, TOKENIZER_NAME, OLDER_TOKENIZER_NAME)]
    return [], {file.name: sha256_file(file) for file in [*weights, *read] if file.is_file()}


def _read(path: Path, files: list[Path]) -> tuple[Family, GPTConfig, dict[str, Tensor]]:
    """Return what the weights are, checked against each other before anything of their size is made."""
    if path.is_file():
        family, where = FAMILIES["gpt2"], str(path)
        weights = _without_copy_of_embedding(family.plain(read_weights(files)), family)
        config = gpt2.from_shapes(weights, where)
    else:
        family, config = _read_config(path / CONFIG_NAME)
        where, weights = str(path), family.plain(read_weights(files))
        if config.tie_weights:
            weights = _without_copy_of_embedding(weights, family)
    embedding = weights.get(family.layout.top["token_embedding.weight"])
    refuse_other_sizes(where, config, _n_layers(weights, family), embedding)
    refuse_mismatch(where, family.layout.expected(config), weights)
    return family, config, weights


def _read_config(path: Path) -> tuple[Family, GPTConfig]:
    values = read_json(path)
    kind = values.get("model_type") if isinstance(values, dict) else None
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise InputError(
            f"{path}: model_type is {kind!r}, which is not representable as a model of MyPT",
            hint=f"what can be imported: {', '.join(FAMILIES)}",
        )
    if values.get("quantization_config"):
        raise InputError(f"{path}: the weights are quantised", hint="import the model in fp32, bf16 or fp16")
    try:
        return FAMILIES[kind], FAMILIES[kind].from_settings(_without_nulls(values), str(path))
    except ConfigError as error:
        raise ConfigError(error.message, hint="copy config.json again from where it is whole") from error


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said; others write null for a default."""
    return {key: value for key, value in values.items() if value is not None}


def _without_copy_of_embedding(weights: dict[str, Tensor], family: Family) -> dict[str, Tensor]:
    """Return tied weights once: some files repeat the embedding as the head."""
    head, embedding = weights.get(HEAD), weights.get(family.layout.top["token_embedding.weight"])
    if head is None or embedding is None or not torch.equal(head, embedding):
        return weights
    return {name: tensor for name, tensor in weights.items() if name != HEAD}


def _n_layers(weights: Mapping[str, Tensor], family: Family) -> int:
    prefix = family.layout.block_prefix.partition("{}")[0]
    return len({name[len(prefix) :].partition(".")[0] for name in weights if name.startswith(prefix)})


def _tokenizer(path: Path, family: Family, config: GPTConfig) -> Tokenizer:
    """Return the tokenizer of a folder, or GPT-2's for a GPT-2 that comes without one."""
    tokenizer: Tokenizer = Gpt2Bpe()
    if (path / TOKENIZER_NAME).is_file():
        tokenizer = read_tokenizer(path / TOKENIZER_NAME)
    elif family.name != "gpt2" or not _has_gpt2_vocabulary(path / OLDER_TOKENIZER_NAME):
        raise InputError(f"{path}: has no {TOKENIZER_NAME} of GPT-2's tokenizer", hint=_TOKENIZERS)
    possible = (tokenizer.base_vocab_size, model_vocab_size(tokenizer))
    if config.vocab_size not in possible:
        raise InputError(
            f"{path}: the model has {config.vocab_size} ids; "
            f"with this tokenizer it has {possible[0]}, or {possible[1]} with the tags",
            hint=_TOKENIZERS,
        )
    return tokenizer


def _has_gpt2_vocabulary(path: Path) -> bool:
    """Say whether a file in the older form holds GPT-2's tokens, if there is one."""
    return not path.is_file() or read_json(path) == {text: i for i, text in enumerate(printable_tokens())}


_TOKENIZERS = "only models with GPT-2's tokenizer, or with one that MyPT exported, can be imported"
