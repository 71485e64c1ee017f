"""A document's place as a function of the seed and its own text: nothing else can move it."""

import numpy as np
from jaxtyping import UInt64

from mypt.dataset.order import mix
from mypt.seeds import derive_seed

Keys = UInt64[np.ndarray, " n"]


def keyed(texts: Keys, seed: int, *purpose: int | str) -> Keys:
    """Return an even draw of 64 bits for each text, another one for each seed and purpose.

    `texts` are the first 64 bits of the texts' sha256.
    """
    return mix(mix(texts ^ np.uint64(derive_seed(seed, *purpose))))


def text_keys(sha256: list[bytes]) -> Keys:
    """Return the first 64 bits of digests."""
    return np.frombuffer(b"".join(digest[:8] for digest in sha256), dtype="<u8")
