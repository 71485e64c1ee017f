"""The rows of the conversation tags before anything was learned of them.

In pretraining no tag is ever a target, so its row only ever learned to be unlikely. The mean of
the other rows is likely and unlikely alike, and a little noise tells one tag from another.
"""

import torch

from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.model.gpt import GPT

NOISE = 0.1
"""Of the spread of the other rows, column by column."""


def set_special_rows(model: GPT, base_vocab_size: int, seed: int) -> None:
    """Set the tags' rows, of the embedding and of a head of its own, to the mean of the rows before them."""
    generator = torch.Generator().manual_seed(seed)
    tags = slice(base_vocab_size, base_vocab_size + len(SPECIAL_TOKENS))
    tables = [model.token_embedding, *([] if model.unembedding is None else [model.unembedding])]
    with torch.no_grad():
        for table in tables:
            others = table.weight[:base_vocab_size]
            noise = torch.randn(len(SPECIAL_TOKENS), others.shape[1], generator=generator)
            table.weight[tags] = others.mean(dim=0) + NOISE * others.std(dim=0) * noise
        if model.head_bias is not None:
            model.head_bias[tags] = model.head_bias[:base_vocab_size].mean()
