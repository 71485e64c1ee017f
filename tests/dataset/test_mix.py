"""Sources come in the shares that are asked for, counted in tokens, or the build stops."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mypt.config import validate
from mypt.dataset.document_table import DocumentTable, read_document_table
from mypt.dataset.mix import copies, plan_draws
from mypt.dataset.plan import SourceDraw
from mypt.dataset.recipe import MixtureRecipe
from mypt.documents.document import Document
from mypt.documents.parts import part_paths
from mypt.errors import InputError
from tests.dataset.corpora import corpus_of


@pytest.fixture
def table(tmp_path: Path) -> DocumentTable:
    """Return 100 documents of 10 tokens each in `a`, and 50 of 20 in `b`."""
    documents = [Document(f"a/{n:03d}", "", "MIT", "en", f"a{n}") for n in range(100)]
    documents += [Document(f"b/{n:03d}", "", "MIT", "en", f"b{n}") for n in range(50)]
    corpus = corpus_of(tmp_path / "corpus", documents, n_parts=1)
    lengths = np.array([10] * 100 + [20] * 50)
    return read_document_table(part_paths(corpus.path), [lengths])


def mixture(**settings: Any) -> MixtureRecipe:
    return validate(settings, MixtureRecipe, "test")


def tokens(table: DocumentTable, draws: tuple[SourceDraw, ...], source: str) -> int:
    return int((table.n_tokens * copies(table, draws, 1))[table.names("source") == source].sum())


def test_without_a_mixture_every_document_comes_once(table: DocumentTable) -> None:
    assert copies(table, plan_draws(table, None, 1), 1).tolist() == [1] * 150


def test_shares_are_shares_of_tokens(table: DocumentTable) -> None:
    draws = plan_draws(table, mixture(weights={"a": 3, "b": 1}, total_tokens=1000), 1)

    assert tokens(table, draws, "a") == 750
    assert tokens(table, draws, "b") == 240
    assert [draw.taken for draw in draws] == [750, 240]


def test_epochs_repeat_every_document_before_any_comes_once_more(table: DocumentTable) -> None:
    recipe = mixture(weights={"a": 1, "b": 1}, total_tokens=5000, max_epochs=3)
    draws = plan_draws(table, recipe, 1)

    times = copies(table, draws, 1)

    assert set(times.tolist()) == {2, 3}
    assert tokens(table, draws, "a") == 2500
    assert [draw.epochs for draw in draws] == [2.5, 2.5]


def test_without_a_total_the_mixture_is_as_large_as_the_epochs_allow(table: DocumentTable) -> None:
    draws = plan_draws(table, mixture(weights={"a": 1, "b": 3}), 1)

    assert tokens(table, draws, "b") == 1000
    assert tokens(table, draws, "a") == 330


def test_a_source_that_has_too_little_stops_the_build(table: DocumentTable) -> None:
    with pytest.raises(
        InputError, match=r"source 'a': the mixture needs 1,500 tokens of it; it has 1,000"
    ) as caught:
        plan_draws(table, mixture(weights={"a": 3, "b": 1}, total_tokens=2000), 1)

    assert "total_tokens=1333" in caught.value.hint


def test_a_source_can_have_a_limit_of_its_own(table: DocumentTable) -> None:
    recipe = mixture(weights={"a": 3, "b": 1}, total_tokens=2000, max_epochs_of={"a": 2})

    assert tokens(table, plan_draws(table, recipe, 1), "a") == 1500


@pytest.mark.parametrize(
    ("weights", "named"),
    [
        ({"a": 1, "b": 1, "c": 1}, "source 'c' has no document"),
        ({"a": 1}, "source 'b' of the corpus has no weight"),
    ],
)
def test_a_mixture_names_the_sources_that_there_are(
    table: DocumentTable, weights: dict[str, float], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        plan_draws(table, mixture(weights=weights), 1)


def test_weight_zero_leaves_a_source_out(table: DocumentTable) -> None:
    draws = plan_draws(table, mixture(weights={"a": 1, "b": 0}), 1)

    assert tokens(table, draws, "b") == 0
    assert tokens(table, draws, "a") == 1000
