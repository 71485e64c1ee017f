"""What the agent says itself, in both languages."""

from mypt.agent.phrases import ENDINGS, honest_end


def test_both_languages_have_every_phrase() -> None:
    assert set(ENDINGS["en"]) == set(ENDINGS["de"])


def test_an_honest_end_names_what_was_found() -> None:
    assert honest_end("steps", "de", [("OR", 3)]) == (
        "Ich konnte nicht zu Ende kommen: Die erlaubte Zahl von Schritten ist aufgebraucht.\n"
        "Bis hierher gefunden:\n- OR, Seite 3"
    )
    assert honest_end("no answer", "en", []) == "The model gave no answer. Nothing was found."


def test_another_language_is_told_in_english() -> None:
    assert honest_end("no answer", "fr", []) == honest_end("no answer", "en", [])
