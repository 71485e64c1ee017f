"""A model of ours as a folder that Hugging Face's transformers loads with stock classes."""

from pathlib import Path
from typing import Any

from mypt.files import write_json
from mypt.interchange.export_recipe import TORCH_DTYPES, DType, ExportRecipe, sealed_export
from mypt.interchange.families import Family, family_of
from mypt.interchange.hugging_face_tokenizer import end_ids, special_ids, write_tokenizer
from mypt.interchange.layout import without_padding
from mypt.model.checkpoint import write_tensors
from mypt.model.model_folder import ModelFolder
from mypt.provenance.artifact import Artifact, find, open_artifact
from mypt.tokenizer.tokenizer import Tokenizer

CONFIG_NAME = "config.json"
GENERATION_NAME = "generation_config.json"
WEIGHTS_NAME = "model.safetensors"
_DTYPE_NAMES = {"fp32": "float32", "bf16": "bfloat16"}


def export_hugging_face(
    source: ModelFolder, out: Path, *, dtype: DType = "fp32", replace: bool = False
) -> Artifact:
    """Return the sealed export, made anew unless the same one is already there.

    Raises InputError for a model that is neither a Llama nor a GPT-2.
    """
    family = family_of(source.model.config, str(source.artifact.path))
    recipe = ExportRecipe(format="hf", dtype=dtype)
    if (made := find(out, "export", recipe, [source.artifact], replace=replace)) is not None:
        return made
    with sealed_export(out, recipe, source, replace=replace) as draft:
        _write_weights(draft.path, source, family, dtype)
        write_json(draft.path / CONFIG_NAME, _config(source, family, dtype))
        write_json(draft.path / GENERATION_NAME, _generation_config(source))
        write_tokenizer(draft.path, source.tokenizer, source.model.config.block_size)
    return open_artifact(out, "export")


def _write_weights(folder: Path, source: ModelFolder, family: Family, dtype: DType) -> None:
    ours = without_padding(source.model.state_dict(), source.model.config)
    theirs = family.layout.to_theirs(ours)
    rounded = {name: tensor.to(TORCH_DTYPES[dtype]) for name, tensor in theirs.items()}
    write_tensors(folder / WEIGHTS_NAME, rounded, {"format": "pt"})


def _config(source: ModelFolder, family: Family, dtype: DType) -> dict[str, Any]:
    ends = end_ids(source.tokenizer)
    return {
        **family.to_settings(source.model.config),
        **_ids_of_texts(source.tokenizer),
        "eos_token_id": ends[0],
        "dtype": _DTYPE_NAMES[dtype],
        "torch_dtype": _DTYPE_NAMES[dtype],  # what transformers before 5 reads
    }


def _generation_config(source: ModelFolder) -> dict[str, Any]:
    values = {**_ids_of_texts(source.tokenizer), "eos_token_id": end_ids(source.tokenizer)}
    if source.is_base:
        _, *tags = special_ids(source.tokenizer).values()
        values["suppress_tokens"] = tags
    return values


def _ids_of_texts(tokenizer: Tokenizer) -> dict[str, Any]:
    return {"bos_token_id": tokenizer.end_of_text, "pad_token_id": tokenizer.end_of_text}
