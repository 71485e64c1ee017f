"""Each known suffix leads to a transformer that claims it."""

from mypt.documents.transformer import BY_SUFFIX


def test_every_transformer_is_registered_under_the_suffixes_it_claims() -> None:
    claimed = {suffix: reader for reader in BY_SUFFIX.values() for suffix in reader.suffixes}

    assert claimed == BY_SUFFIX


def test_suffixes_are_lower_case_with_their_dot() -> None:
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in BY_SUFFIX)


def test_markdown_and_plain_text_can_be_read() -> None:
    assert BY_SUFFIX[".md"].to_text("# Titel") == "Titel\n"
    assert BY_SUFFIX[".txt"].to_text("# Titel") == "# Titel"
