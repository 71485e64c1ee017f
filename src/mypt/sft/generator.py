"""The seam of generators: settings in, episodes out, the same ones for the same seed."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import Field

from mypt.config import Section
from mypt.conversation.episode import Episode, Text

Split = Literal["train", "val"]
Share = Annotated[float, Field(ge=0, le=1)]


class GeneratorSettings(Section):
    """What tunes a generator; one that has no use for a setting does not look at it."""

    generator: Text
    """Its name."""
    count: Annotated[int, Field(gt=0)]
    """Episodes to learn from."""
    val_count: Annotated[int, Field(ge=0)] = 200
    """Episodes that are held out: other payloads, templates and documents than those to learn from."""
    de_share: Share = 0.4
    """Share of episodes in German."""
    patterns: Mapping[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Relative weights of patterns, in place of the generator's own."""
    documents: tuple[Text, ...] = ()
    """Folders of workspaces or corpora whose texts are talked about; none: documents that are made up."""
    think_omit_ratio: Share = 0.15
    """Share of episodes whose thoughts are left out, where the pattern has thoughts."""
    contrastive_share: Share = 0.08
    """Share of tool episodes that show a wrong call, which is not learned, and its correction."""
    max_tokens: Annotated[int, Field(gt=0)] = 1024
    """Most tokens of an episode, as its tokenizer counts; context and results are chosen to fit."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides every draw."""


@runtime_checkable
class EpisodeGenerator(Protocol):
    """A source of episodes for one phase."""

    def episodes(self, split: Split) -> Iterator[Episode]:
        """Yield the episodes of a split, in the same order each time; `count` or `val_count` of them.

        Raises InputError when the settings ask for more different ones than there can be.
        """
        ...
