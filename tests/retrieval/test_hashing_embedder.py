"""The hashing embedder: the same vectors everywhere, near where texts are written alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.errors import ConfigError
from mypt.retrieval.embedder import Embedder
from mypt.retrieval.hashing_embedder import HashingEmbedder


def test_texts_that_share_words_lie_nearer_than_others() -> None:
    query, same, other = HashingEmbedder().embed(
        [
            "Wie lange gilt die Kündigungsfrist?",
            "Die Kündigungsfristen gelten drei Monate lang.",
            "A kernel module is loaded with modprobe.",
        ],
        "passage",
    )

    assert query @ same > query @ other + 0.1


def test_vectors_are_pinned() -> None:
    vector = HashingEmbedder(8).embed(["Grüezi mitenand"], "query")[0]

    assert vector.tolist() == pytest.approx(PINNED, abs=1e-6)


def test_capitals_and_compatible_forms_make_no_difference() -> None:
    plain, capital, wide = HashingEmbedder().embed(["straße file", "STRASSE FILE", "straße ﬁle"], "query")

    assert plain.tobytes() == capital.tobytes() == wide.tobytes()


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(st.characters(codec=None)), max_size=6))
def test_any_text_has_a_vector_of_length_one_whatever_else_is_in_the_batch(texts: list[str]) -> None:
    embedder = HashingEmbedder(32)

    vectors = embedder.embed(texts, "passage")

    assert vectors.shape == (len(texts), 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert [vector.tobytes() for vector in vectors] == [
        embedder.embed([text], "passage").tobytes() for text in texts
    ]


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\ud800 lone", "a" * 100_000])
def test_odd_texts_have_a_vector(text: str) -> None:
    assert np.linalg.norm(HashingEmbedder().embed([text], "passage")[0]) == pytest.approx(1.0, abs=1e-6)


def test_its_digest_tells_its_length() -> None:
    assert HashingEmbedder(64).digest != HashingEmbedder(32).digest
    assert HashingEmbedder(64).digest == HashingEmbedder(64).digest


def test_too_short_vectors_are_refused() -> None:
    with pytest.raises(ConfigError, match="4 dimensions"):
        HashingEmbedder(4)


def test_it_is_an_embedder() -> None:
    assert isinstance(HashingEmbedder(), Embedder)


PINNED = [-0.405820, -0.401762, 0.417010, 0.284088, -0.305273, 0.390134, 0.305273, 0.284088]
