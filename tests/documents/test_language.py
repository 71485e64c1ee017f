"""English, German, or unknown."""

from pathlib import Path

import pytest

from mypt.documents.language import guess_language
from mypt.documents.transformer import BY_SUFFIX

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.mark.parametrize(
    "text",
    ["Das Schweizervolk und die Kantone bilden die Eidgenossenschaft.", "STAND AM 1. JANUAR UND SPÄTER"],
)
def test_german_is_known(text: str) -> None:
    assert guess_language(text) == "de"


@pytest.mark.parametrize(
    "text", ["The people and the cantons form the Confederation.", "THIS IS WRITTEN IN ENGLISH CAPITALS"]
)
def test_english_is_known(text: str) -> None:
    assert guess_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Le peuple et les cantons forment la Confédération suisse.",
        "Il popolo e i Cantoni formano la Confederazione Svizzera.",
        "De kat zit op de mat en kijkt naar buiten.",
        "Народ и кантоны образуют Швейцарскую Конфедерацию.",
    ],
)
def test_another_language_is_not_forced_into_one_of_the_two(text: str) -> None:
    assert guess_language(text) == "unknown"


@pytest.mark.parametrize("text", ["", " \n", "Art. 1", "1 2 3 4 5 6 7 8", "x = y\n", "😀"])
def test_what_is_too_short_to_tell_is_unknown(text: str) -> None:
    assert guess_language(text) == "unknown"


def test_every_document_of_the_sample_is_told_apart() -> None:
    files = [path for folder in ("en", "de") for path in sorted((SAMPLE / folder).iterdir())]

    guesses = {
        path: guess_language(BY_SUFFIX[path.suffix].to_text(path.read_text(encoding="utf-8")[:4000]))
        for path in files
    }

    assert {path.name for path, guess in guesses.items() if guess != path.parent.name} == set()
