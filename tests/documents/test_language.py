"""Languages are told by words, offline, the same in every thread; what has too few words is unknown."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mypt.documents import language
from mypt.documents.formats import BY_NAME
from mypt.documents.language import LANGUAGE_PATTERN, guess_language
from mypt.documents.raw_file import RawFile
from mypt.errors import InputError

SAMPLE = Path(__file__).parents[2] / "data" / "sample"

GERMAN = [
    "Das Schweizervolk und die Kantone bilden die Eidgenossenschaft.",
    "STAND AM 1. JANUAR UND SPÄTER",
    "Bundesgesetz über den Datenschutz",
    "Verordnung über die Strassenverkehrsregeln",
    "Die Behörde schliesst das Gebäude gemäss Artikel 12 Absatz 3bis.",
    "ls - Verzeichnisinhalte auflisten",
]
ENGLISH = [
    "The people and the cantons form the Confederation.",
    "THIS IS WRITTEN IN ENGLISH CAPITALS",
    "Federal Act on Data Protection",
    "passwd - change user password",
]
OTHERS = {
    "fr": "Le peuple et les cantons forment la Confédération suisse.",
    "it": "Il popolo e i Cantoni formano la Confederazione Svizzera.",
    "nl": "De kat zit op de mat en kijkt naar buiten.",
    "ru": "Народ и кантоны образуют Швейцарскую Конфедерацию.",
    "ja": "スイス国民と諸州は、スイス連邦を構成する。全ての人は法の前に平等である。",
    "th": "ประชาชนและรัฐต่างๆ รวมกันเป็นสมาพันธรัฐ ทุกคนเท่าเทียมกัน",
    "hi": "सभी मनुष्य जन्म से स्वतंत्र और समान हैं, और उनके अधिकार बराबर हैं।",
}
CODE = """package sort

// Insertion sort sorts data[a:b] using insertion sort.
func insertionSort_func(data lessSwap, a, b int) {
\tfor i := a + 1; i < b; i++ {
\t\tfor j := i; j > a && data.Less(j, j-1); j-- {
\t\t\tdata.Swap(j, j-1)
\t\t}
\t}
}
"""


@pytest.mark.parametrize("text", GERMAN)
def test_german_is_known(text: str) -> None:
    assert guess_language(text) == "de"


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_known(text: str) -> None:
    assert guess_language(text) == "en"


@pytest.mark.parametrize(("code", "text"), OTHERS.items())
def test_other_languages_and_scripts_have_their_own_code(code: str, text: str) -> None:
    assert guess_language(text) == code


@pytest.mark.parametrize(
    "text", ["", " \n", "Art. 1", "1 2 3 4 5 6 7 8", "x = y\n", "😀 😀 😀 😀 😀 😀 😀", "║│╬" * 9]
)
def test_what_is_too_short_to_tell_is_unknown(text: str) -> None:
    assert guess_language(text) == "unknown"


def test_code_is_in_the_language_of_its_comments_or_in_none() -> None:
    bare = "\n".join(line for line in CODE.splitlines() if not line.startswith("//"))

    assert guess_language(CODE) == "en"
    assert guess_language(bare) in ("en", "unknown")


@pytest.mark.parametrize("separator", [" ", "\n", "\n    $ "])
def test_addresses_and_commands_around_it_do_not_change_the_language_of_a_text(separator: str) -> None:
    noise = separator.join(
        f"https://example.org/a{n}/b_{n}.html x{n}=0x{n:08x} --flag-{n}" for n in range(60)
    )

    assert guess_language(f"{GERMAN[0]}\n{noise}\n{GERMAN[2]}") == "de"


def test_a_long_text_is_judged_by_beginning_middle_and_end() -> None:
    licence = "This program is free software; you can redistribute it and modify it. " * 12

    assert guess_language(licence + " ".join(GERMAN * 40)) == "de"


def test_a_language_without_a_code_of_two_letters_is_unknown() -> None:
    cebuano = "Ang mga tawo ug ang mga kanton naglangkob sa panaghiusa sa nasod ug sa mga lungsod."

    assert guess_language(cebuano) == "unknown"


def test_every_document_of_the_sample_is_told_apart() -> None:
    files = [path for folder in ("en", "de") for path in sorted((SAMPLE / folder).iterdir())]

    guesses = {
        path: guess_language(BY_NAME["markdown"].to_text(RawFile(path.name, path.read_bytes())))
        for path in files
    }

    assert {path.name for path, guess in guesses.items() if guess != path.parent.name} == set()


def test_threads_agree() -> None:
    texts = [*GERMAN, *ENGLISH, *OTHERS.values(), CODE] * 20
    alone = [guess_language(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(guess_language, texts))

    assert together == alone
    assert all(re.fullmatch(LANGUAGE_PATTERN, code) for code in alone)


def test_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    language._model.cache_clear()

    assert guess_language(GERMAN[0]) == "de"


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_MODEL_SHA256", "0" * 64)
    language._model.cache_clear()

    with pytest.raises(InputError, match="not the model"):
        guess_language(GERMAN[0])
