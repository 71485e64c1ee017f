"""`mypt model export`, `import` and `convert`: to the formats of others and back."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mypt.cli.arguments import ModelPath, Replace
from mypt.interchange.convert_legacy import convert_legacy
from mypt.interchange.export_recipe import DType, Format
from mypt.interchange.gguf_export import export_gguf
from mypt.interchange.hugging_face_export import export_hugging_face
from mypt.interchange.import_model import import_model as import_model_folder
from mypt.model.model_folder import open_model_folder

_EXPORTERS = {"hf": export_hugging_face, "gguf": export_gguf}


def export_model(
    model: ModelPath,
    *,
    format: Annotated[Format, Parameter(help="A folder for transformers, or a file for llama.cpp.")] = "hf",
    out: Annotated[Path | None, Parameter(help="Folder to write; by default MODEL-FORMAT.")] = None,
    dtype: Annotated[DType, Parameter(help="Precision of the weights; bf16 rounds them.")] = "fp32",
    replace: Replace = False,
) -> None:
    """Write a sealed folder that stock code of others loads, and print it."""
    source = open_model_folder(model)
    target = out or model.with_name(f"{model.name}-{format}")
    print(_EXPORTERS[format](source, target, dtype=dtype, replace=replace).path)


def import_model(
    source: Annotated[Path, Parameter(help="A Hugging Face folder, or the safetensors file of a GPT-2.")],
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")] = Path("artifacts/imported/model"),
    replace: Replace = False,
) -> None:
    """Make a model folder of a Llama or GPT-2, and print it."""
    print(import_model_folder(source, out, replace=replace).path)


def convert_model(
    checkpoint: Annotated[Path, Parameter(help="A folder with model.pt and config.json, or a single .pt.")],
    *,
    out: Annotated[Path, Parameter(help="Folder to write.")] = Path("artifacts/converted/model"),
    replace: Replace = False,
) -> None:
    """Make a model folder of a checkpoint of the earlier MyPT, and print it."""
    print(convert_legacy(checkpoint, out, replace=replace).path)
