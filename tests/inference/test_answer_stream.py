"""What a reader sees of an answer."""

from hypothesis import given
from hypothesis import strategies as st

from mypt.conversation.parse import parse
from mypt.conversation.special_tokens import Tag, get_special_token_ids, get_tags_by_id
from mypt.inference.answer_stream import AnswerStream
from mypt.tokenizer.character import CharacterTokenizer

TOKENIZER = CharacterTokenizer("")
TAG_IDS = get_special_token_ids(TOKENIZER.base_vocab_size)


def _ids(*parts: str | Tag) -> list[int]:
    return [
        token
        for part in parts
        for token in (TOKENIZER.encode(part) if isinstance(part, str) else [TAG_IDS[part.value]])
    ]


def _visible(ids: list[int]) -> str:
    stream = AnswerStream(TOKENIZER)
    return "".join(stream.feed(token) for token in ids) + stream.finish()


def test_only_the_answer_is_visible() -> None:
    ids = _ids(
        Tag.THINK_OPEN, "secret", Tag.THINK_CLOSE, "Ja, ", "ü.", Tag.CITE_OPEN, "doc#1", Tag.CITE_CLOSE,
        Tag.ASSISTANT_CLOSE, Tag.END_OF_TURN,
    )  # fmt: skip

    assert _visible(ids) == "Ja, ü."


def test_what_spells_a_tag_is_visible_text() -> None:
    assert _visible(_ids("<myPT_think>")) == "<myPT_think>"


def test_nothing_is_visible_after_the_end() -> None:
    assert _visible(_ids("a", Tag.ASSISTANT_CLOSE, "b", Tag.END_OF_TURN, "c")) == "a"
    assert _visible([*_ids("a"), TOKENIZER.end_of_text, *_ids("b")]) == "a"
    assert _visible(_ids("a", Tag.USER_OPEN, "b")) == "a"


def test_a_tag_ends_an_unfinished_character() -> None:
    assert _visible([0xC3, *_ids(Tag.CITE_OPEN, "x", Tag.CITE_CLOSE), ord("y")]) == "\ufffdy"


_TOKENS = st.one_of(
    st.sampled_from(sorted(get_tags_by_id(TOKENIZER.base_vocab_size))),
    st.integers(0, 255),
    st.sampled_from([*"aü".encode(), TOKENIZER.end_of_text, TOKENIZER.base_vocab_size + 19]),
)


@given(ids=st.lists(_TOKENS, max_size=30))
def test_whatever_the_model_writes_the_parsed_answer_is_what_was_visible(ids: list[int]) -> None:
    assert _visible(ids) == parse(ids, TOKENIZER).answer
