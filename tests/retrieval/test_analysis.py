"""Terms: all forms of a word meet, identifiers stay whole, places are right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mypt.retrieval.analysis import MAX_TERM, TermReader, pieces, stem

any_text = st.text(
    st.sampled_from("ab Z9 12 -./:+@#=~\\_'\u2019§()äÜßéẞ漢か\n\t\0")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


def terms(text: str) -> list[str]:
    return [piece.term for piece in pieces(text)]


def wholes(text: str) -> list[str]:
    return [piece.term for piece in pieces(text) if piece.is_whole]


@pytest.mark.parametrize(
    "forms",
    [
        ("Straße", "Strasse", "STRASSE", "Straßen"),
        ("Häuser", "Haeuser", "Haus", "Hauses"),
        ("Mädchen", "Maedchen", "Ma\u0308dchen"),
        ("installing", "installed", "installation"),
        ("Pakete", "Paket"),
        ("ﬁnden", "finden"),
        ("Café", "cafe"),
        ("dog's", "dogs", "dog\u2019s"),
    ],
)
def test_forms_of_one_word_meet(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("forms", "whole"),
    [
        (("SR 220", "SR220", "sr-220", "(SR 220)"), "sr220"),
        (("RFC 8446", "RFC8446", "rfc 8446,"), "rfc8446"),
        (("Art. 12a", "Artikel 12a", "article 12a", "Art.12a"), "art12a"),
        (("§ 12", "§12", "§§ 12"), "§12"),
        (("CVE-2024-1234", "cve-2024-1234"), "cve20241234"),
        (("libfoo2-dev", "LibFoo2-dev"), "libfoo2dev"),
        (("E-Mail", "Email", "e-mail"), "email"),
        (("--no-install-recommends",), "--no-install-recommends"),
        (("-r",), "-r"),
        (("/etc/ssh/sshd_config.d",), "sshd_config.d"),
        ((".bashrc",), ".bashrc"),
        (("C++",), "c++"),
        (("3.5", "Version 3.5"), "3.5"),
    ],
)
def test_identifiers_are_kept_whole_however_they_are_written(forms: tuple[str, ...], whole: str) -> None:
    assert all(whole in terms(form) for form in forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [("SR 220", "SR 221"), ("v1.2", "v12"), ("libfoo2-dev", "libfoo3-dev"), ("Art. 12", "Art. 12a")],
)
def test_near_twins_have_different_wholes(one: str, other: str) -> None:
    assert not set(wholes(one)) & set(wholes(other))


def test_identifiers_are_found_in_parts_too() -> None:
    assert {"libfoo2", "dev"} <= set(terms("libfoo2-dev"))
    assert {"etc", "fstab"} <= set(terms("/etc/fstab"))


def test_a_word_of_no_meaning_makes_no_reference_of_a_number() -> None:
    assert wholes("in 2019") == []
    assert wholes("Debian 12") == ["debian12"]


def test_stop_words_of_both_languages_are_marked() -> None:
    marked = [piece.term for piece in pieces("Wie kann man the network einrichten") if piece.is_stop_word]

    assert len(marked) == 4


def test_each_piece_says_where_it_stands() -> None:
    text = "Siehe (Art. 12a) in /etc/fstab."

    found = {text[piece.start : piece.end] for piece in pieces(text)}

    assert {"Art. 12a", "Art", "12a", "etc/fstab", "fstab"} <= found


@given(any_text)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_every_span_lies_in_it(text: str) -> None:
    for piece in pieces(text):
        assert 0 <= piece.start < piece.end <= len(text)
        assert 0 < len(piece.term) <= MAX_TERM


@given(st.lists(any_text, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_reader_of_many_texts_gives_the_terms_of_each(texts: list[str]) -> None:
    reader = TermReader()

    read = [reader.read(text) for text in texts]

    by_number = list(reader.numbers)
    assert [[by_number[number] for number in numbers] for numbers in read] == [terms(text) for text in texts]
