"""Which datasets a run reads, in which shares, and when that changes."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mypt.config import Section


class DatasetShare(Section):
    """One dataset of a mixture."""

    dataset: str
    """Folder of the dataset artifact, relative to the working directory."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Its share of the sequences, relative to the other weights of the mixture."""


class Stage(Section):
    """One stage of a curriculum: what is read until a step."""

    name: str
    """Shown in progress and metrics."""
    dataset: str | None = None
    """Folder of the only dataset; or else `mixture`."""
    mixture: tuple[DatasetShare, ...] = ()
    """Datasets with weights; or else `dataset`."""
    until_iter: Annotated[int, Field(gt=0)] | None = None
    """The first step of the next stage; the last stage has none."""

    @model_validator(mode="after")
    def _reads_something(self) -> "Stage":
        if (self.dataset is None) == (not self.mixture):
            raise ValueError(f"stage {self.name!r} needs either dataset or mixture")
        return self

    @property
    def shares(self) -> tuple[DatasetShare, ...]:
        """Return the datasets of the stage with their weights."""
        return self.mixture or (DatasetShare(dataset=self.dataset or ""),)


class Curriculum(Section):
    """Stages of one run, in order; the learning rate does not notice them."""

    phases: Annotated[tuple[Stage, ...], Field(min_length=1)]
    """The stages. Each but the last says with `until_iter` where it ends."""

    @model_validator(mode="after")
    def _stages_follow_each_other(self) -> "Curriculum":
        ends = [stage.until_iter for stage in self.phases]
        inner = [end for end in ends[:-1] if end is not None]
        if len(inner) != len(ends) - 1 or ends[-1] is not None or inner != sorted(set(inner)):
            raise ValueError(f"until_iter must rise from stage to stage and end with null, got {ends}")
        return self


class DataRecipe(Section):
    """What a training run reads; exactly one of dataset, mixture and curriculum is given."""

    dataset: str | None = None
    """Folder of the only dataset artifact, relative to the working directory."""
    mixture: tuple[DatasetShare, ...] = ()
    """Several datasets, each with a weight."""
    curriculum: Curriculum | None = None
    """Several stages, each with a dataset or a mixture."""
    eval_sets: dict[str, str] = Field(default_factory=dict)
    """Category (induction, retrieval, general, domain, structured, …) → dataset with its held-out text.

    `folder#category` is what that dataset holds out of one category of its corpus."""

    @model_validator(mode="after")
    def _one_way_of_saying_what_is_read(self) -> "DataRecipe":
        given = [self.dataset is not None, bool(self.mixture), self.curriculum is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of dataset, mixture and curriculum")
        refuse_taken_names(self.eval_sets)
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return what is read as stages, however the recipe says it."""
        if self.curriculum is not None:
            return self.curriculum.phases
        return (Stage(name="all", dataset=self.dataset, mixture=self.mixture),)

    @property
    def dataset_paths(self) -> tuple[str, ...]:
        """Return every dataset that is read or measured, each once, in the order of the recipe."""
        read = [share.dataset for stage in self.stages for share in stage.shares]
        return tuple(dict.fromkeys([*read, *(path.partition("#")[0] for path in self.eval_sets.values())]))


def refuse_taken_names(eval_sets: Mapping[str, str]) -> None:
    """Raise ValueError for an eval set that is called like what every run measures."""
    taken = sorted({"held_out", "train", "copy"} & eval_sets.keys())
    if taken:
        raise ValueError(f"eval_sets: {taken[0]!r} is measured anyway, choose another name")


AttentionBackend = Literal["auto", "varlen", "flex", "split", "sdpa"]
