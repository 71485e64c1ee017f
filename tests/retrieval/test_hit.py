"""A hit names its passage, its score and what matched."""

import dataclasses

import pytest

from mypt.retrieval.hit import Hit
from mypt.workspace.rows import PassageRow

PASSAGE = PassageRow("dabc-1", "dabc", 1, 2, 10, 27, ("Kantone",), "de", "Die Kantone regeln")


def test_a_hit_cannot_be_changed_and_its_matches_lie_in_the_passage() -> None:
    hit = Hit(PASSAGE, "Verfassung", 1.5, {"keyword": 0.7}, ((4, 11),))

    assert [hit.passage.text[start:end] for start, end in hit.matches] == ["Kantone"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        hit.score = 2.0  # type: ignore[misc]
