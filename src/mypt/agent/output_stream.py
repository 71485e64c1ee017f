"""Thoughts and answer of the model while its ids arrive, kept apart."""

from collections.abc import Iterator, Mapping

from mypt.agent.speaker import Delta, DeltaKind
from mypt.conversation.special_tokens import Tag, get_tags_by_id, is_model_written, is_text
from mypt.inference.text_stream import TextStream
from mypt.tokenizer.tokenizer import Tokenizer

_CLOSED_BY: Mapping[Tag, Tag] = {
    Tag.THINK_OPEN: Tag.THINK_CLOSE,
    Tag.TOOLCALL_OPEN: Tag.TOOLCALL_CLOSE,
    Tag.CITE_OPEN: Tag.CITE_CLOSE,
}


class OutputStream:
    """Lets thoughts and the answer through; no tags, no calls, no citations, nothing after the end.

    All pieces of one kind together are the `think` or `answer` that `conversation.parse` finds.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tags = get_tags_by_id(tokenizer.base_vocab_size)
        self._text = TextStream(tokenizer)
        self._open: Tag | None = None
        self._is_over = False

    def feed(self, token: int) -> Iterator[Delta]:
        """Yield the visible text that an id completes, often none."""
        if self._is_over:
            return
        if is_text(token, self._tokenizer):
            yield from self._delta(self._text.feed(token))
            return
        yield from self.finish()
        self._read_tag(self._tags.get(token))

    def finish(self) -> Iterator[Delta]:
        """Yield what an unfinished last character leaves: U+FFFD or nothing."""
        yield from self._delta(self._text.finish())

    def _delta(self, text: str) -> Iterator[Delta]:
        kinds: Mapping[Tag | None, DeltaKind] = {None: "answer", Tag.THINK_OPEN: "think"}
        kind = kinds.get(self._open)
        if text and kind is not None:
            yield Delta(kind, text)

    def _read_tag(self, tag: Tag | None) -> None:
        """Keep a block open until it is closed, by its own tag or by any other."""
        is_own_close = self._open is not None and tag is _CLOSED_BY[self._open]
        self._open = None
        if tag is None or not is_model_written(tag) or tag in (Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN):
            self._is_over = True
        elif tag in _CLOSED_BY and not is_own_close:
            self._open = tag
