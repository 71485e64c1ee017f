"""What a dataset is made of and how it is cut."""

from typing import Annotated, Literal

from pydantic import Field

from mypt.config import Section


class DatasetRecipe(Section):
    """One corpus becomes one dataset."""

    kind: Literal["dataset"] = "dataset"
    corpus: str
    """Folder of the corpus artifact, relative to the working directory."""
    tokenizer: Literal["gpt2_bpe", "character"] = "gpt2_bpe"
    """How text becomes ids; `character` builds its alphabet from the training documents."""
    val_fraction: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05
    """Share of each language's bytes that is held out, in whole documents."""
    shard_tokens: Annotated[int, Field(ge=1024)] = 100_000_000
    """Most ids in one shard file."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides which documents are held out and in which order they are stored."""
