"""GPT-2's vocabulary in the form that others keep it: printable tokens and the merges that make them."""

from functools import cache
from itertools import pairwise

from mypt.tokenizer.gpt2_bpe import Gpt2Bpe

END_OF_TEXT = "<|endoftext|>"
_N_BYTES = 256


@cache
def printable_tokens() -> tuple[str, ...]:
    """Return each token in order of its id, one printable character a byte, end-of-text last."""
    names = _byte_names()
    return (*("".join(names[byte] for byte in token) for token in _tokens()), END_OF_TEXT)


@cache
def merges() -> tuple[tuple[str, str], ...]:
    """Return the pairs that are joined, most frequent first, in printable form.

    Rank files do not hold them: a token's pair is what is left when all
    joins of lower rank are done.
    """
    names = _byte_names()
    ranks = {token: rank for rank, token in enumerate(_tokens())}
    pairs = (_last_two(token, ranks) for token in _tokens()[_N_BYTES:])
    return tuple(
        ("".join(names[byte] for byte in left), "".join(names[byte] for byte in right))
        for left, right in pairs
    )


def _tokens() -> list[bytes]:
    tokenizer = Gpt2Bpe()
    return [tokenizer.decode_bytes([token]) for token in range(tokenizer.end_of_text)]


def _last_two(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        joined = [ranks.get(left + right, len(ranks)) for left, right in pairwise(parts)]
        at = joined.index(min(joined))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts[0], parts[1]


def _byte_names() -> dict[int, str]:
    """Return GPT-2's character for each byte: itself when it can be seen, else one from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(_N_BYTES) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(_N_BYTES + i) for i, byte in enumerate(hidden)}
