"""What a dataset is made of and how it is cut."""

from typing import Annotated, Literal

from pydantic import Field

from mypt.config import Section
from mypt.dataset.decontaminate import DecontaminationConfig
from mypt.dataset.licence_policy import LicencePolicy
from mypt.dataset.plan import DatasetPlan


class MixtureRecipe(Section):
    """How much of each source is trained on, by weights in tokens."""

    weights: Annotated[dict[str, Annotated[float, Field(ge=0)]], Field(min_length=1)]
    """Source of the corpus → its share of the tokens, relative to the other weights."""
    total_tokens: Annotated[int, Field(gt=0)] | None = None
    """Tokens of the training split; without it, as many as `max_epochs` allows."""
    max_epochs: Annotated[float, Field(gt=0)] = 1.0
    """How often a document may come at most."""
    max_epochs_of: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Source → another limit for its documents."""

    def most_epochs(self, source: str) -> float:
        """Return how often a document of a source may come at most."""
        return self.max_epochs_of.get(source, self.max_epochs)


class DatasetRecipe(Section):
    """One corpus becomes one dataset."""

    kind: Literal["dataset"] = "dataset"
    corpus: str
    """Folder of the corpus artifact, relative to the working directory."""
    tokenizer: Literal["gpt2_bpe", "character"] = "gpt2_bpe"
    """How text becomes ids; `character` builds its alphabet from the training documents."""
    val_fraction: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05
    """Share of the bytes of each category and language that is held out, in whole documents."""
    licences: LicencePolicy = LicencePolicy()
    """Which licences may be in the dataset."""
    mixture: MixtureRecipe | None = None
    """Shares of the sources; without it, every document comes once."""
    decontamination: DecontaminationConfig | None = DecontaminationConfig()
    """When a training document holds too much of a text that is judged by; null leaves all in."""
    evaluation: tuple[str, ...] = ()
    """Further texts that are judged by: corpora, JSONL, Parquet or text files, or folders of them."""
    shard_tokens: Annotated[int, Field(ge=1024)] = 100_000_000
    """About how many ids one shard file has."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides which documents are held out, which come once more, and where they are stored."""
    plan: DatasetPlan | None = None
    """The rules of an earlier build, kept after a deletion so that no other document moves."""
