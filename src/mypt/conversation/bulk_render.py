"""Many rows as ids at once: the same bytes as `render`, with every distinct text encoded once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8

from mypt.conversation.episode import Episode, Replay
from mypt.conversation.render import Piece, pieces
from mypt.conversation.special_tokens import Tag, get_special_token_ids
from mypt.tokenizer.bulk import Ids, bulk_encoder
from mypt.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True, eq=False)
class RenderedMany:
    """The ids of rows one behind the other, and what is learned of them, as in `Rendered`."""

    ids: Int32[np.ndarray, " ids"]
    mask: UInt8[np.ndarray, " ids"]
    weights: Float32[np.ndarray, " ids"]
    starts: Int64[np.ndarray, " rows_and_1"]
    """Where each row begins, and where the last one ends."""

    def __len__(self) -> int:
        return len(self.starts) - 1


def render_many(rows: Iterable[Episode | Replay], tokenizer: Tokenizer) -> RenderedMany:
    """Return rows as ids with what is learned of them; InputError when the last turn of one is open."""
    encode = bulk_encoder(tokenizer)
    tag_ids = get_special_token_ids(tokenizer.base_vocab_size)
    known: dict[Piece, Ids] = {tag: np.array([tag_ids[tag.value]], dtype=np.uint32) for tag in Tag}
    parts: list[Ids] = [np.zeros(0, dtype=np.uint32)]
    weights, ends = [0.0], [0]
    for row in rows:
        for piece, weight in pieces(row):
            part = known.get(piece)
            if part is None:
                part = known[piece] = encode(str(piece).encode())  # tags are known already
            parts.append(part)
            weights.append(weight)
        ends.append(len(parts) - 1)
    lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
    of_each = np.repeat(np.array(weights, dtype=np.float32), lengths)
    ids = np.concatenate(parts, dtype=np.int32, casting="unsafe")  # no id comes near the sign
    return RenderedMany(ids, (of_each > 0).view(np.uint8), of_each, np.cumsum(lengths)[ends])
