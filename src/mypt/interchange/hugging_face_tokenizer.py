"""Our tokenizers with the 19 tags as the `tokenizer.json` of Hugging Face, and back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mypt.conversation.special_tokens import Tag, get_special_token_ids
from mypt.errors import InputError
from mypt.files import read_json, write_json
from mypt.interchange.byte_pairs import END_OF_TEXT, merges, printable_tokens
from mypt.interchange.chat_template import chat_template
from mypt.tokenizer.character import CharacterTokenizer
from mypt.tokenizer.gpt2_bpe import Gpt2Bpe
from mypt.tokenizer.tokenizer import Tokenizer

TOKENIZER_NAME = "tokenizer.json"
CONFIG_NAME = "tokenizer_config.json"
_N_BYTES = 256


def write_tokenizer(folder: Path, tokenizer: Tokenizer, block_size: int) -> None:
    """Write the two files from which others make the same tokenizer."""
    write_json(folder / TOKENIZER_NAME, tokenizer_json(tokenizer))
    write_json(folder / CONFIG_NAME, _config(tokenizer, block_size))


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer of ours that a `tokenizer.json` describes.

    Raises InputError when it is none of ours, or gives our tags other ids.
    """
    values = read_json(path)
    try:
        tokenizer = _recognised(values["model"])
        added = {token["content"]: token["id"] for token in values.get("added_tokens") or []}
        pipeline = {key: values.get(key) for key in ("normalizer", "pre_tokenizer")}
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not the tokenizer.json of Hugging Face: {error!r}") from error
    if tokenizer is None or not _is_same_pipeline(pipeline, tokenizer_json(tokenizer)):
        raise InputError(
            f"{path}: neither GPT-2's byte pairs nor a character tokenizer of MyPT", hint=_OTHERS
        )
    _refuse_other_ids(path, added, tokenizer)
    return tokenizer


def special_ids(tokenizer: Tokenizer) -> dict[str, int]:
    """Return end-of-text and the tags with their ids, in order of the ids."""
    return {END_OF_TEXT: tokenizer.end_of_text, **get_special_token_ids(tokenizer.base_vocab_size)}


def end_ids(tokenizer: Tokenizer) -> list[int]:
    """Return the ids after which a stock loop must stop: of a turn, of a tool call, of a document.

    Our own loop lets the model close its block after a tool call; the template closes it for others.
    """
    ids = special_ids(tokenizer)
    return [ids[Tag.END_OF_TURN.value], ids[Tag.TOOLCALL_CLOSE.value], ids[END_OF_TEXT]]


def tokenizer_json(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return the content of `tokenizer.json`; InputError for a tokenizer that others have no form for."""
    is_bytes = isinstance(tokenizer, Gpt2Bpe)
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    fallback = {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(text, token) for text, token in special_ids(tokenizer).items()],
        "normalizer": None,
        "pre_tokenizer": byte_level if is_bytes else None,
        "post_processor": None,
        "decoder": byte_level if is_bytes else fallback,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": not is_bytes,
            "ignore_merges": False,
            "vocab": {token: number for number, token in enumerate(_tokens(tokenizer))},
            "merges": [f"{left} {right}" for left, right in merges()] if is_bytes else [],
        },
    }


def _tokens(tokenizer: Tokenizer) -> Sequence[str]:
    if isinstance(tokenizer, Gpt2Bpe):
        return printable_tokens()
    if isinstance(tokenizer, CharacterTokenizer):
        return [*(f"<0x{byte:02X}>" for byte in range(_N_BYTES)), *tokenizer.alphabet, END_OF_TEXT]
    raise InputError(f"the tokenizer {tokenizer.name!r} has no form that others can read")


def _added(text: str, token: int) -> dict[str, Any]:
    """Describe a tag that is found in the raw text as it stands, and that takes no space with it."""
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": token, "content": text, **flags, "special": True}


def _config(tokenizer: Tokenizer, block_size: int) -> dict[str, Any]:
    added = {str(token): _added(text, token) for text, token in special_ids(tokenizer).items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": Tag.END_OF_TURN.value,
        "pad_token": END_OF_TEXT,
        "additional_special_tokens": [tag.value for tag in Tag],
        "added_tokens_decoder": {
            number: {key: value for key, value in token.items() if key != "id"}
            for number, token in added.items()
        },
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": False,
        "model_max_length": block_size,
        "chat_template": chat_template(),
    }


def _recognised(model: Mapping[str, Any]) -> Tokenizer | None:
    """Return the tokenizer whose tokens and merges these are."""
    if model["type"] != "BPE":
        return None
    by_id = sorted(model["vocab"], key=model["vocab"].__getitem__)
    is_dense = sorted(model["vocab"].values()) == list(range(len(by_id)))
    joined = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair) for pair in model["merges"]]
    if not is_dense:
        return None
    if tuple(by_id) == printable_tokens() and tuple(joined) == merges():
        return Gpt2Bpe()
    alphabet = "".join(by_id[_N_BYTES:-1])
    if joined or alphabet != "".join(sorted(set(alphabet))):
        return None
    tokenizer = CharacterTokenizer(alphabet)
    return tokenizer if by_id == list(_tokens(tokenizer)) and model.get("byte_fallback") else None


def _is_same_pipeline(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Compare what is done to text before it meets the vocabulary, whatever is said of offsets."""
    if theirs["normalizer"] is not None:
        return False
    said, wanted = theirs["pre_tokenizer"], ours["pre_tokenizer"]
    if said is None or wanted is None:
        return said is None and wanted is None
    return (said["type"], said["add_prefix_space"], said.get("use_regex", True)) == ("ByteLevel", False, True)


def _refuse_other_ids(path: Path, added: Mapping[str, int], tokenizer: Tokenizer) -> None:
    known = special_ids(tokenizer)
    for text, token in added.items():
        if known.get(text) != token:
            wanted = f"that is {known[text]} in MyPT" if text in known else "which is no tag of MyPT"
            raise InputError(f"{path}: adds the token {text!r} as id {token}, {wanted}", hint=_OTHERS)


_OTHERS = "only models with GPT-2's tokenizer, or with one that MyPT exported, can be imported"
