"""Passages hold all that is on the pages, once, and keep together what belongs together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.extraction.pages import Block, BlockKind, Page
from mypt.workspace.chunk import Chunk, chunk
from tests.workspace.fakes import page_of

SENTENCE = "Jede Person hat Anspruch auf Schutz ihrer persönlichen Daten vor Missbrauch. "


def _texts(*pages: Page) -> list[str]:
    texts = {page.number: page.text for page in pages}
    return [texts[one.page][one.start : one.end] for one in chunk(pages)]


def _page(*pieces: tuple[BlockKind, str]) -> Page:
    text, blocks = "", []
    for kind, piece in pieces:
        blocks.append(Block(kind, len(text), len(text) + len(piece), int(kind == "heading")))
        text += piece + "\n"
    return Page(1, text, tuple(blocks))


def _repeated(kind: BlockKind, piece: str, n: int) -> Page:
    return _page(*((kind, piece) for _ in range(n)))


KINDS: tuple[BlockKind, ...] = ("heading", "paragraph", "list_item", "table_row", "code")


@st.composite
def pages(draw: st.DrawFn) -> list[Page]:
    """Pages with blocks that may leave gaps, touch, overlap or lie outside."""
    made = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        words = draw(
            st.lists(st.sampled_from(["Wort", "end.", "x" * 1500, "\n", "\t", "|", "e\u0301"]), max_size=8)
        )
        text = draw(st.sampled_from([" ", "\n", ""])).join(words) * draw(st.integers(1, 3))
        ends = st.integers(-5, len(text) + 5)
        blocks = [
            Block(draw(st.sampled_from(KINDS)), draw(ends), draw(ends), draw(st.integers(0, 4)))
            for _ in range(draw(st.integers(0, 6)))
        ]
        made.append(Page(number, text, tuple(sorted(blocks, key=lambda block: block.start))))
    return made


@settings(deadline=None)
@given(pages())
def test_each_visible_character_lies_in_exactly_one_passage(pages: list[Page]) -> None:
    found = list(chunk(pages))

    assert found == list(chunk(pages))
    for page in pages:
        spans = [(one.start, one.end) for one in found if one.page == page.number]
        covered = [position for start, end in spans for position in range(start, end)]
        assert covered == sorted(set(covered))
        seen = {position for position, character in enumerate(page.text) if not character.isspace()}
        assert seen <= set(covered)
        assert all(0 < end - start <= 1400 for start, end in spans)
        assert all(page.text[start:end].strip() == page.text[start:end] for start, end in spans)


def test_a_heading_goes_with_what_follows_and_names_the_path() -> None:
    page = page_of(f"# Gesetz\n\n## Art. 1\n\n{SENTENCE}\n\n## Art. 2\n\n{SENTENCE}")

    found = list(chunk([page]))

    assert [one.heading_path for one in found] == [("# Gesetz", "## Art. 1"), ("# Gesetz", "## Art. 2")]


def test_the_path_goes_on_over_pages_and_no_passage_does() -> None:
    first, second = page_of(f"# A\n\n## B\n\n{SENTENCE}", 1), page_of(f"{SENTENCE}\n\n# C\n\n{SENTENCE}", 2)

    found = list(chunk([first, second]))

    assert [(one.page, one.heading_path) for one in found] == [
        (1, ("# A", "## B")),
        (2, ("# A", "## B")),
        (2, ("# C",)),
    ]


def test_a_heading_stays_with_a_paragraph_that_is_nearly_too_long() -> None:
    page = _page(("heading", "Ein Titel " * 9), ("paragraph", (SENTENCE * 18).strip()[:1390]))

    first, *rest = _texts(page)

    assert first.startswith("Ein Titel")
    assert SENTENCE.strip() in first
    assert rest


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    texts = _texts(_page(("paragraph", SENTENCE * 40)))

    assert len(texts) > 2
    assert all(text.startswith("Jede Person") and text.endswith("Missbrauch.") for text in texts)


def test_a_row_of_a_table_stays_whole() -> None:
    row = "Kanton\t" + "Zürich\t" * 60
    texts = _texts(_repeated("table_row", row, 7))

    assert all(text.count("Kanton") == text.count("\n") + 1 for text in texts)
    assert len(texts) == 4


def test_a_row_that_is_too_long_is_cut_between_cells() -> None:
    texts = _texts(_page(("table_row", "eine Zelle mit Text\t" * 200)))

    assert all(text.startswith("eine Zelle") and text.endswith("Text") for text in texts)


def test_code_that_is_too_long_is_cut_between_lines() -> None:
    line = "value = compute(value)  # Noch. Nicht. Fertig."
    texts = _texts(_page(("code", "\n".join([line] * 80))))

    assert len(texts) > 1
    assert {one for text in texts for one in text.splitlines()} == {line}


def test_short_paragraphs_are_joined_and_no_short_rest_is_left() -> None:
    texts = _texts(_repeated("paragraph", SENTENCE, 12))

    assert [len(text) > 300 for text in texts] == [True] * len(texts)
    assert max(map(len, texts)) <= 1400


def test_text_between_blocks_is_kept() -> None:
    page = Page(1, "before inside after", (Block("code", 7, 13),))

    assert _texts(page) == ["before inside after"]


def test_a_word_without_end_is_cut_but_not_before_an_accent() -> None:
    texts = _texts(_page(("paragraph", "e\u0301" * 2000)))

    assert all(text.startswith("e") for text in texts)
    assert "".join(texts) == "e\u0301" * 2000


def test_nothing_comes_of_nothing() -> None:
    assert list(chunk([])) == []
    assert list(chunk([Page(1, " \n\t ", (Block("paragraph", 0, 4),))])) == []


def test_a_long_heading_is_shortened_in_the_path_alone() -> None:
    page = _page(("heading", "Titel " * 60), ("paragraph", "Text."))

    (one,) = chunk([page])

    assert one == Chunk(1, 0, one.end, one.heading_path)
    assert len(one.heading_path[0]) == 200


def test_the_head_of_a_page_is_no_passage_by_itself() -> None:
    page = page_of(f"Handbuch 12 / 248\n\n# A\n\n{SENTENCE}")

    (one,) = chunk([page])

    assert (one.start, one.heading_path) == (0, ("# A",))


def test_a_heading_at_the_foot_of_a_page_is_no_passage_by_itself() -> None:
    page = page_of(f"# A\n\n{SENTENCE}\n\n# B\n\n## C")

    (one,) = chunk([page])

    assert (one.end, one.heading_path) == (len(page.text), ("# A",))


def test_a_short_section_stays_by_itself() -> None:
    page = page_of(f"# Art. 1\n\nAufgehoben.\n\n# Art. 2\n\n{SENTENCE}")

    assert [one.heading_path for one in chunk([page])] == [("# Art. 1",), ("# Art. 2",)]


def test_headings_alone_on_a_page_are_a_passage() -> None:
    first, second = page_of("# Teil", 1), page_of(SENTENCE, 2)

    assert [one.page for one in chunk([first, second])] == [1, 2]
