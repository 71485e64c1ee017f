"""Thoughts and answer while ids arrive: together what the parser finds."""

from hypothesis import given
from hypothesis import strategies as st

from mypt.agent.output_stream import OutputStream
from mypt.conversation.parse import parse
from mypt.conversation.special_tokens import Tag, get_special_token_ids
from mypt.tokenizer.character import CharacterTokenizer

TOKENIZER = CharacterTokenizer("")
TAGS = get_special_token_ids(TOKENIZER.base_vocab_size)


def streamed(ids: list[int]) -> dict[str, str]:
    stream = OutputStream(TOKENIZER)
    deltas = [delta for token in ids for delta in stream.feed(token)] + list(stream.finish())
    return {kind: "".join(d.text for d in deltas if d.kind == kind) for kind in ("think", "answer")}


def written(*parts: str | Tag) -> list[int]:
    return [
        token
        for part in parts
        for token in ([TAGS[part.value]] if isinstance(part, Tag) else TOKENIZER.encode(part))
    ]


def test_thoughts_calls_and_citations_are_kept_out_of_the_answer() -> None:
    ids = written(
        Tag.THINK_OPEN, "hm", Tag.THINK_CLOSE, "Grüezi", Tag.CITE_OPEN, "d-1", Tag.CITE_CLOSE,
        Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN, "more",
    )  # fmt: skip

    assert streamed(ids) == {"think": "hm", "answer": "Grüezi"}


def test_nothing_of_a_call_is_shown() -> None:
    assert streamed(written(Tag.TOOLCALL_OPEN, '{"name"', Tag.TOOLCALL_CLOSE)) == {"think": "", "answer": ""}


@given(st.lists(st.integers(0, TOKENIZER.base_vocab_size + 21), max_size=40))
def test_all_pieces_are_what_the_parser_finds(ids: list[int]) -> None:
    output = parse(ids, TOKENIZER)
    shown = streamed(ids)

    assert shown["answer"] == output.answer
    assert shown["think"] == (output.think or "")
