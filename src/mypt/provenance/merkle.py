"""One digest over many that proves each of them: the Merkle tree of RFC 6962."""

import hashlib
from collections.abc import Sequence


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Return the hex root over the leaves in their order; of none, the digest of nothing."""
    return _root(leaves).hex()


def inclusion_proof(leaves: Sequence[bytes], number: int) -> list[str]:
    """Return the digests that lead from leaf `number` to the root, nearest first."""
    if len(leaves) <= 1:
        return []
    middle = _middle(len(leaves))
    if number < middle:
        return [*inclusion_proof(leaves[:middle], number), _root(leaves[middle:]).hex()]
    return [*inclusion_proof(leaves[middle:], number - middle), _root(leaves[:middle]).hex()]


def is_included(leaf: bytes, number: int, n_leaves: int, proof: Sequence[str], root: str) -> bool:
    """Say whether a proof leads from a leaf at its place to the root."""
    sides: list[bool] = []
    low, high = 0, n_leaves
    while high - low > 1:
        middle = low + _middle(high - low)
        sides.append(number < middle)
        low, high = (low, middle) if number < middle else (middle, high)
    if len(sides) != len(proof):
        return False
    digest = _leaf(leaf)
    for is_left, other in zip(reversed(sides), map(bytes.fromhex, proof), strict=True):
        digest = _node(digest, other) if is_left else _node(other, digest)
    return digest.hex() == root


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return _leaf(leaves[0])
    middle = _middle(len(leaves))
    return _node(_root(leaves[:middle]), _root(leaves[middle:]))


def _middle(count: int) -> int:
    """Return the largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
