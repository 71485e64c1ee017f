"""Small episode datasets, tokenised for real, and recipes that learn from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mypt.config import Section, validate
from mypt.conversation.bulk_render import render_many
from mypt.conversation.episode import AssistantMessage, Episode, Replay, UserMessage
from mypt.dataset.episode_shards import episode_writer
from mypt.provenance.artifact import staged
from mypt.tokenizer.registry import save_tokenizer
from mypt.tokenizer.tokenizer import Tokenizer
from mypt.training.sft_recipe import SftRecipe

ROW = 48


class Rows(Section):
    """How the rows of a test were made."""

    row_tokens: int = ROW
    about: str = ""


def say(word: str, **answer: Any) -> Episode:
    """Return a turn of few tokens: what is said to the model, it says."""
    messages = (UserMessage(content=f"say {word}"), AssistantMessage(content=word, **answer))
    return Episode(messages=messages, language="en", source="test", phase=1)


WORDS = ("life", "right", "human", "text", "person", "dignity", "must", "be", "every", "has", "the", "to")
TRAIN: list[Episode | Replay] = [
    *map(say, WORDS),
    say("law", think="the word"),
    Replay(text="Every person has the right to life."),
]
VAL: list[Episode | Replay] = [
    say("persons"),
    say("rights", think="a word"),
    say("texts"),
    Replay(text="Human dignity."),
]


def write_episodes(
    folder: Path,
    tokenizer: Tokenizer,
    train: Sequence[Episode | Replay] = TRAIN,
    val: Sequence[Episode | Replay] = VAL,
    **values: Any,
) -> Path:
    """Seal an episode dataset in a folder."""
    recipe = Rows(**values)
    with staged(folder, "episode_dataset", recipe) as draft:
        for split, rows in (("train", train), ("val", val)):
            with episode_writer(draft.path / split, "uint16", has_weights=True) as writer:
                writer.append(render_many(rows, tokenizer))
                writer.pack(recipe.row_tokens)
        save_tokenizer(draft.path, tokenizer)
        draft.counts["dtype"] = "uint16"
        draft.licences["CC-BY-4.0"] = len(train)
    return folder


def sft_recipe(parent: Path, episodes: Path, **values: Any) -> SftRecipe:
    """Return a phase of 6 steps that takes about a second."""
    training = {
        "steps": 6, "batch_size": 2, "grad_accum_steps": 2, "precision": "fp32", "learning_rate": 1e-3,
        "validate_every": 3, "validation_windows": 32, "checkpoint_every": 2, "copy_sequences": 2, "seed": 3,
    }  # fmt: skip
    return validate(
        {
            "init_from": str(parent), "dataset": str(episodes), "special_rows": True,
            "regularization": {"dropout": 0.1, "neftune_alpha": 5.0},
            **values, "training": training | values.get("training", {}),
        },
        SftRecipe,
        "test",
    )  # fmt: skip
