"""What an embedder is: texts in, one unit vector for each out."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32

Side: TypeAlias = Literal["query", "passage"]
"""What a text is: a question, or a piece of a document; some embedders read them differently."""


@runtime_checkable
class Embedder(Protocol):
    """Anything that places texts so that near meanings lie near."""

    @property
    def name(self) -> str:
        """Return its short name, as settings and scores say it."""
        ...

    @property
    def digest(self) -> str:
        """Return the sha256 that changes with its weights and with anything else that moves a vector."""
        ...

    @property
    def n_dimensions(self) -> int:
        """Return the length of its vectors."""
        ...

    def embed(self, texts: Sequence[str], side: Side) -> Float32[np.ndarray, "texts dimensions"]:
        """Return a vector of length 1 for each text, whatever else is in the batch."""
        ...
