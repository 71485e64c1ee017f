"""What an export is asked for, and what is sealed with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch

from mypt.config import Section
from mypt.model.model_folder import ModelFolder
from mypt.provenance.artifact import Draft, staged

Format = Literal["hf", "gguf"]
DType = Literal["fp32", "bf16"]

TORCH_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class ExportRecipe(Section):
    """One export of one model; the model itself is bound by digest in the manifest."""

    kind: Literal["export"] = "export"
    format: Format = "hf"
    """A folder for Hugging Face's transformers, or a GGUF file for llama.cpp."""
    dtype: DType = "fp32"
    """Precision of the weights: bf16 halves the file and rounds."""


@contextmanager
def sealed_export(out: Path, recipe: ExportRecipe, source: ModelFolder, *, replace: bool) -> Iterator[Draft]:
    """Give a folder to fill; seal it with the digest and the licences of the model it comes from."""
    with staged(out, "export", recipe, [source.artifact], replace=replace) as draft:
        yield draft
        draft.counts["parameters"] = sum(parameter.numel() for parameter in source.model.parameters())
        draft.licences.update(source.artifact.manifest.licences)
        draft.environment["torch"] = str(torch.__version__)
