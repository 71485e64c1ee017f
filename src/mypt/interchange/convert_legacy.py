"""A checkpoint of the earlier MyPT becomes a sealed model folder with the same logits."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeGuard

import torch

from mypt.config import Section
from mypt.conversation.special_tokens import BASE_VOCAB_SIZE, SPECIAL_TOKENS
from mypt.errors import InputError
from mypt.files import sha256_file
from mypt.interchange.layout import ROWS
from mypt.interchange.legacy import LegacyCheckpoint, our_config, our_weights, read_legacy
from mypt.interchange.seal import write_model
from mypt.model.gpt import GPT
from mypt.model.init_weights import init_weights
from mypt.provenance.artifact import Artifact, find, open_artifact, staged
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

_VOCAB_MULTIPLE = 128
_N_BYTES = 256
_UNLIKELY = -20.0
"""The bias of an id that the checkpoint does not have: never drawn beside ids that it was trained on."""


class ConvertRecipe(Section):
    """One conversion; the files themselves are bound by digest in the manifest."""

    kind: Literal["convert"] = "convert"
    seed: int = 0
    """Decides the rows of ids that the checkpoint does not have."""


def convert_legacy(path: Path, out: Path, *, replace: bool = False) -> Artifact:
    """Return a model whose logits are those of the checkpoint, over the ids that mean something.

    Raises InputError when it is no checkpoint of the earlier MyPT, and CheckpointError
    when it is torn, asks to run code, or its weights are not those of its configuration.
    """
    found, recipe = read_legacy(path), ConvertRecipe()
    sources = {file.name: sha256_file(file) for file in found.files}
    if (made := find(out, "model", recipe, sources=sources, replace=replace)) is not None:
        return made
    tokenizer = _tokenizer(found)
    rows = _row_of_each_id(found, tokenizer)
    model = _fill(found, rows, recipe.seed)
    with staged(out, "model", recipe, sources=sources, replace=replace) as draft:
        write_model(draft, model, tokenizer, rows_added=rows.count(None))
    return open_artifact(out, "model")


def _tokenizer(found: LegacyCheckpoint) -> Tokenizer:
    state = found.tokenizer or {"token_kind": "gpt2"}
    kind, characters = state.get("token_kind"), state.get("chars")
    if kind == "gpt2" and found.config.vocab_size >= BASE_VOCAB_SIZE:
        return Gpt2Bpe()
    if kind == "char" and _are_characters(characters) and len(characters) <= found.config.vocab_size:
        return CharacterTokenizer("".join(characters))
    raise InputError(
        f"{found.where}: a tokenizer of kind {kind!r} does not go with {found.config.vocab_size} ids",
        hint="give the folder with its tokenizer.json, as it was saved",
    )


def _are_characters(values: object) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(text, str) and len(text) == 1 for text in values)


def _row_of_each_id(found: LegacyCheckpoint, tokenizer: Tokenizer) -> list[int | None]:
    """Return which row of the checkpoint is each id of ours; none for ids that it does not have."""
    if isinstance(tokenizer, CharacterTokenizer):
        characters = range(len(tokenizer.alphabet))
        return [*[None] * _N_BYTES, *characters, *[None] * (1 + len(SPECIAL_TOKENS))]
    return [*range(BASE_VOCAB_SIZE), *_rows_of_tags(found)]


def _rows_of_tags(found: LegacyCheckpoint) -> Sequence[int | None]:
    """Return the row of each tag: early checkpoints had fewer tags, in another order."""
    n_rows = found.config.vocab_size
    said = (found.tokenizer or {}).get("special_token_encoder")
    ids: Mapping[str, Any] = (
        said
        if isinstance(said, dict)
        else {tag: BASE_VOCAB_SIZE + place for place, tag in enumerate(SPECIAL_TOKENS)}
    )
    rows = [ids.get(tag) for tag in SPECIAL_TOKENS]
    wrong = [row for row in rows if row is not None and not isinstance(row, int)]
    if wrong:
        raise InputError(f"{found.where}: its tokenizer gives a tag the id {wrong[0]!r}")
    return [row if row is not None and BASE_VOCAB_SIZE <= row < n_rows else None for row in rows]


def _fill(found: LegacyCheckpoint, rows: Sequence[int | None], seed: int) -> GPT:
    theirs = our_config(found)
    weights = our_weights(found, theirs)
    known = torch.tensor([number for number, row in enumerate(rows) if row is not None])
    taken = torch.tensor([row for row in rows if row is not None])
    wanted = theirs.model_copy(update={"vocab_size": len(rows), "vocab_multiple": _VOCAB_MULTIPLE})
    if not weights["head_bias"][taken].any() and len(taken) == len(rows):
        del weights["head_bias"]
        wanted = wanted.model_copy(update={"head_bias": False})
    model = init_weights(GPT(wanted), seed)
    own = model.state_dict()
    if wanted.head_bias:
        own["head_bias"].fill_(_UNLIKELY)
    for name in ROWS & weights.keys():
        own[name][known] = weights[name][taken].float()
    model.load_state_dict({**weights, **{name: own[name] for name in ROWS & weights.keys()}})
    return model.eval()
