"""What decides which passages are found and in which order."""

from typing import Annotated

from pydantic import Field

from mypt.config import Section

MAX_QUERY = 8_000
"""Characters of a question; what is longer is a document."""

MAX_TOP_K = 1_000


class KeywordSettings(Section):
    """How words are weighed."""

    saturation: float = Field(default=1.2, gt=0)
    """BM25's k1: how soon more of the same word adds nothing."""
    length_share: float = Field(default=0.75, ge=0, le=1)
    """BM25's b: how much a long passage has to make up for."""
    frequent_share: float = Field(default=0.1, gt=0, le=1)
    """A word in more than this share of the passages is left out where rarer ones are asked for too."""
    rare_terms: int = Field(default=4, ge=1)
    """So many of the rarest words of a question are never left out."""
    most_terms: int = Field(default=64, ge=1)
    """So many of the rarest words of a long question are looked for."""


class RetrievalSettings(Section):
    """How a question's passages are ranked."""

    keyword: KeywordSettings = KeywordSettings()
    keyword_weight: float = Field(default=3.0, ge=0)
    """What a passage with all words of the question gains over its rank by meaning."""
    embedder_shares: dict[str, Annotated[float, Field(ge=0)]] = Field(default={"use": 0.5})
    """What an embedder's opinion weighs beside the others'; 1 for those that are not named."""
    hits_per_document: int = Field(default=0, ge=0)
    """The most passages of one document among the hits; 0 sets no limit."""
    threads: int = Field(default=2, ge=1)
    """That read the vectors of one search."""
    kept_readers: int = Field(default=4, ge=1)
    """Readers whose part of the keyword index stays in memory."""
