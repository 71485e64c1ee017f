"""What a reader of a chat sees of the model's ids, while they arrive."""

from collections.abc import Mapping

from mypt.conversation.special_tokens import Tag, get_tags_by_id, is_model_written, is_text
from mypt.inference.text_stream import TextStream
from mypt.tokenizer.tokenizer import Tokenizer

_HIDDEN_UNTIL: Mapping[Tag, Tag] = {
    Tag.THINK_OPEN: Tag.THINK_CLOSE,
    Tag.TOOLCALL_OPEN: Tag.TOOLCALL_CLOSE,
    Tag.CITE_OPEN: Tag.CITE_CLOSE,
}


class AnswerStream:
    """Lets the answer through: no tags, no thoughts, no calls, no citations, nothing after its end.

    All pieces together are the `answer` that `conversation.parse` finds in the same ids.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tags = get_tags_by_id(tokenizer.base_vocab_size)
        self._text = TextStream(tokenizer)
        self._open: Tag | None = None
        self._is_over = False

    def feed(self, token: int) -> str:
        """Return the visible text that an id completes, often none."""
        if self._is_over:
            return ""
        if is_text(token, self._tokenizer):
            return "" if self._open else self._text.feed(token)
        self._read_tag(self._tags.get(token))
        return self._text.finish()

    def finish(self) -> str:
        """Return what an unfinished last character leaves: U+FFFD or nothing."""
        return self._text.finish()

    def _read_tag(self, tag: Tag | None) -> None:
        """Hide what a block holds until it is closed, by its own tag or by any other."""
        is_own_close = self._open is not None and tag is _HIDDEN_UNTIL[self._open]
        self._open = None
        if tag is None or not is_model_written(tag) or tag in (Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN):
            self._is_over = True
        elif tag in _HIDDEN_UNTIL and not is_own_close:
            self._open = tag
