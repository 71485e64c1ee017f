"""What a reader is given."""

from mypt.extraction.limits import Limits
from mypt.extraction.source_file import SourceFile


def test_a_name_has_a_stem_and_a_suffix_in_lower_case() -> None:
    source = SourceFile(b"", "Annual Report.PDF", Limits())

    assert (source.stem, source.suffix) == ("Annual Report", ".pdf")


def test_a_name_without_a_suffix_is_its_own_stem() -> None:
    source = SourceFile(b"", "README", Limits())

    assert (source.stem, source.suffix) == ("README", "")
