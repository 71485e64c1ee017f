"""What a corpus is made from."""

from collections import Counter
from typing import Literal

from pydantic import Field, model_validator

from mypt.config import Section
from mypt.corpus.sources.local_folder import FolderSettings


class CorpusRecipe(Section):
    """Sources become one corpus."""

    kind: Literal["corpus"] = "corpus"
    sources: tuple[FolderSettings, ...] = Field(min_length=1)
    """Where the documents come from."""
    on_unreadable: Literal["error", "drop"] = "error"
    """Stop at a file that is binary, not UTF-8 or too large; or go on without it."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> "CorpusRecipe":
        counts = Counter(source.name for source in self.sources)
        repeated = sorted(name for name, count in counts.items() if count > 1)
        if repeated:
            raise ValueError(f"sources: more than one is called {repeated[0]!r}; ids would not be unique")
        return self
