"""Random seeds as functions of what they are for, never of hidden state."""

import hashlib


def derive_seed(*parts: int | str) -> int:
    """Return a 63-bit seed for a purpose, for example `derive_seed(seed, "dropout", step)`.

    The same parts give the same seed on every machine and in every process.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1
