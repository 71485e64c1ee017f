"""Which part of a context longer than the model is attended.

The window's start moves in jumps of half a block, so that a cache is filled
anew once per half block instead of at each token. Positions count from the
window's start.
"""

from collections.abc import Sequence


def window_start(length: int, block_size: int) -> int:
    """Return the first token attended when a context of this length is continued."""
    if length <= block_size:
        return 0
    jump = max(1, block_size // 2)
    return -(-(length - block_size) // jump) * jump


def window(ids: Sequence[int], block_size: int) -> Sequence[int]:
    """Return the ids that are attended: all of them, or the last ones of a long context."""
    return ids[window_start(len(ids), block_size) :]
