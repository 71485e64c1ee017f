"""Every format fills the seam."""

from mypt.documents.formats import BY_NAME


def test_every_format_has_a_name_and_a_version() -> None:
    assert all(name == reader.name and reader.version for name, reader in BY_NAME.items())
