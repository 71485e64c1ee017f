"""What a corpus is made from."""

from collections import Counter
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from mypt.config import Section
from mypt.corpus.clean import CleanSettings
from mypt.corpus.near_duplicates import NearDuplicateConfig
from mypt.corpus.sources.debian_packages import DebianSettings
from mypt.corpus.sources.fedlex import FedlexSettings
from mypt.corpus.sources.git_repository import GitSettings
from mypt.corpus.sources.http_files import HttpSettings
from mypt.corpus.sources.local_folder import FolderSettings

FetchedSettings: TypeAlias = GitSettings | HttpSettings | DebianSettings | FedlexSettings
"""Sources that lie in a sealed folder after `mypt corpus fetch`."""

AnySettings: TypeAlias = Annotated[FolderSettings | FetchedSettings, Field(discriminator="kind")]


class CorpusRecipe(Section):
    """Sources become one corpus."""

    kind: Literal["corpus"] = "corpus"
    note: str = ""
    """What a person should know about this recipe."""
    sources: tuple[AnySettings, ...] = Field(min_length=1)
    """Where the documents come from."""
    store: str = "artifacts/sources"
    """Folder of the sources that were fetched, each in a folder of its own name."""
    clean: CleanSettings = CleanSettings()
    """By what texts are judged, and what is masked in them."""
    near_duplicates: NearDuplicateConfig | None = NearDuplicateConfig()
    """When two documents are copies of each other; null keeps all but exact copies."""
    deletions: str = "artifacts/deletions.jsonl"
    """Ledger of what was deleted on request and never comes back."""
    on_unreadable: Literal["error", "drop"] = "error"
    """Stop at a file that is binary, in an unknown encoding, damaged or too large; or go on without it."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> "CorpusRecipe":
        counts = Counter(source.name for source in self.sources)
        repeated = sorted(name for name, count in counts.items() if count > 1)
        if repeated:
            raise ValueError(f"sources: more than one is called {repeated[0]!r}; ids would not be unique")
        return self
