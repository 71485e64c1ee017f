"""Phrase lists hold as many German phrases as English ones."""

from pathlib import Path

import pytest

from mypt.errors import InputError
from mypt.sft import phrase_lists as module
from mypt.sft.phrase_lists import _checked, phrase_lists, phrases_digest


def test_a_list_is_read_in_both_languages() -> None:
    lists = phrase_lists("operators")

    assert len(lists["copy_train"]["en"]) == len(lists["copy_train"]["de"]) >= 10


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"en": ["a"]}, "expected `en` and `de`"),
        ({"en": ["a", "b"], "de": ["a"]}, "2 phrases in English, 1 in German"),
        ({"en": ["a", "a"], "de": ["a", "b"]}, "a phrase in en comes twice"),
    ],
)
def test_a_list_without_parity_is_refused(lists: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _checked(str(Path("x.json")), lists)


def test_other_phrases_have_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "chat.json").write_text("{}", encoding="utf-8")
    shipped = phrases_digest()
    monkeypatch.setattr(module, "files", lambda _package: tmp_path)

    assert phrases_digest() == shipped  # made once: a program's own files do not change while it runs
    assert phrases_digest.__wrapped__() != shipped
