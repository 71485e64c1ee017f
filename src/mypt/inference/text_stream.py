"""Ids → text while they arrive: no half of a character is ever shown."""

import codecs

from mypt.tokenizer.tokenizer import Tokenizer


class TextStream:
    """Holds back the bytes of an unfinished character until its last id has come."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, token: int) -> str:
        """Return the text that an id completes, often none; InputError for an id that is not text."""
        return self._decoder.decode(self._tokenizer.decode_bytes([token]))

    def finish(self) -> str:
        """Return U+FFFD when a character was left unfinished, and start anew."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest
