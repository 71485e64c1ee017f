"""The tags' rows start where the others are on average, a little apart from each other."""

import pytest
import torch

from mypt.conversation.special_tokens import SPECIAL_TOKENS
from mypt.model.gpt import GPT
from mypt.training.special_rows import set_special_rows
from tests.training.models import TINY, make_model

BASE = 13
END = BASE + len(SPECIAL_TOKENS)
CONFIG = TINY.model_copy(update={"vocab_size": END, "vocab_multiple": 64, "n_embd": 64})


def prepared(**changed: object) -> tuple[GPT, GPT]:
    before, after = (make_model(CONFIG.model_copy(update=changed)) for _ in range(2))
    set_special_rows(after, BASE, seed=1)
    return before, after


@pytest.mark.parametrize("tables", [["token_embedding"], ["token_embedding", "unembedding"]])
def test_rows_of_tags_become_the_mean_with_small_noise_and_nothing_else_changes(tables: list[str]) -> None:
    before, after = prepared(tie_weights=len(tables) == 1)

    old = before.state_dict()
    for name, new in after.state_dict().items():
        if name.removesuffix(".weight") not in tables:
            assert torch.equal(new, old[name]), name
            continue
        assert torch.equal(new[:BASE], old[name][:BASE])
        assert torch.equal(new[END:], old[name][END:]), "padding stays"
        away = new[BASE:END] - old[name][:BASE].mean(dim=0)
        spread = old[name][:BASE].std(dim=0)
        assert 0.05 < float((away / spread).std()) < 0.2
        assert len(new[BASE:END].unique(dim=0)) == len(SPECIAL_TOKENS)


def test_a_bias_of_the_head_is_neither_for_nor_against_tags() -> None:
    model = make_model(CONFIG.model_copy(update={"head_bias": True}))
    assert model.head_bias is not None
    model.head_bias.data[:BASE] = torch.arange(BASE).float()

    set_special_rows(model, BASE, seed=1)

    assert model.head_bias[BASE:END].tolist() == [6.0] * len(SPECIAL_TOKENS)


def test_the_seed_decides() -> None:
    one, other = (prepared()[1].token_embedding.weight for _ in range(2))
    third = make_model(CONFIG)
    set_special_rows(third, BASE, seed=2)

    assert torch.equal(one, other)
    assert not torch.equal(one, third.token_embedding.weight)
