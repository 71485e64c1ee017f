"""The embedders that are shipped are what the protocol asks for."""

import numpy as np

from mypt.retrieval.embedder import Embedder
from mypt.retrieval.hashing_embedder import HashingEmbedder


def test_an_embedder_gives_unit_vectors_of_its_length() -> None:
    embedder = HashingEmbedder()
    vectors = embedder.embed(["Die Kantone sind souverän.", "The cantons are sovereign."], "passage")

    assert isinstance(embedder, Embedder)
    assert vectors.shape == (2, embedder.n_dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert len(embedder.digest) == 64


def test_what_lacks_a_digest_is_none() -> None:
    assert not isinstance(object(), Embedder)
