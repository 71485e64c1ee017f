"""Text without what no reader sees: control characters, zero-width characters, spaces at line ends.

Nothing that says something goes: indentation, short lines, quotation marks, dashes
and copyright lines stay. What spells a control token stays text too, for the
tokenizer makes ordinary ids of it; it is only counted.
"""

import re

from mypt.conversation.special_tokens import SPECIAL_TOKENS

TIDY_VERSION = 1

MAX_BLANK_LINES = 3

_REPLACED = {
    **dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"),
    **dict.fromkeys("\uf0a7\uf0b7\uf0d8\uf0fc\uf076\uf0e0", "\u2022"),  # bullets of symbol fonts
}
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_CONTROLS = bytes(byte for byte in range(128) if _ODD.match(chr(byte)))
# Bold and underlining of old terminals, colours of new ones: they go with what they are drawn with.
_TERMINAL = re.compile(r".\x08|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\)")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e00ff\U000f0000-\U0010ffff]"
    # Between letters of many scripts and inside emoji the others mean something, beside Latin ones nothing.
    "|(?<![^\x00-\u024f\u2000-\u206f])[\u200c-\u200f\ufe00-\ufe0f]"
)
_BLANK_LINES = re.compile(rf"\n{{{MAX_BLANK_LINES + 2},}}")
_CONTROL_TOKENS = re.compile(r"<\|endoftext\|>|" + "|".join(map(re.escape, SPECIAL_TOKENS)))


def tidy(text: str) -> str:
    """Return a text with every visible character and its layout, ending in one line feed if it has any."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_odd(text):
        text = _without_odd(text)
    if " \n" in text or "\t\n" in text or text[-1:] in ("", " ", "\t"):
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    text = text.strip("\n")
    if "\n" * (MAX_BLANK_LINES + 2) in text:
        text = _BLANK_LINES.sub("\n" * (MAX_BLANK_LINES + 1), text)
    return f"{text}\n" if text else ""


def _is_odd(text: str) -> bool:
    """Say whether some character is not simply kept; most text is ASCII, where this is quick."""
    if not text.isascii():
        return _ODD.search(text) is not None
    data = text.encode()
    return len(data.translate(None, _CONTROLS)) < len(data)


def _without_odd(text: str) -> str:
    if "\x08" in text or "\x1b" in text:
        text = _TERMINAL.sub("", text)
    for character, shown in _REPLACED.items():
        text = text.replace(character, shown)
    return _INVISIBLE.sub("", text)


def count_control_tokens(text: str) -> int:
    """Return how many times a text spells a token that means something to the model."""
    if "<|endoftext|>" not in text and "myPT_" not in text:
        return 0
    return len(_CONTROL_TOKENS.findall(text))
