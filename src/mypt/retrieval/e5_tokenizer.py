"""Text to the ids that multilingual-e5 reads: characters made alike, then the likeliest pieces of words."""

import re

from mypt.retrieval.e5_weights import E5Vocabulary
from mypt.retrieval.unigram import Unigram

_SPACES = re.compile(" {2,}")
_WORD_START = "\u2581"


class E5Tokenizer:
    """Cuts texts into pieces, as the reference does, down to which of two equal cuts it takes."""

    def __init__(self, vocabulary: E5Vocabulary) -> None:
        self._replacements = dict(vocabulary.replacements)
        self._unigram = Unigram(vocabulary.letters, vocabulary.ends, vocabulary.scores, vocabulary.unknown)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without those of begin and end."""
        text = text.encode("utf-8", "replace").decode()  # half a pair of surrogates is no character
        text = _SPACES.sub(" ", text.translate(self._replacements))
        start = "" if text.startswith(" ") else _WORD_START
        return self._unigram.encode((start + text.replace(" ", _WORD_START)).encode())
