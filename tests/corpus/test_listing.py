"""The digest of a listing changes with whatever a corpus could notice."""

import pytest

from mypt.corpus.listing import Listing, SourceFile

FILE = SourceFile("a.md", "00", 2)
LISTING = Listing((FILE,), {"link": 1})


def test_the_same_listing_has_the_same_digest() -> None:
    assert Listing((SourceFile("a.md", "00", 2),), {"link": 1}).digest == LISTING.digest


@pytest.mark.parametrize(
    "other",
    [
        Listing((SourceFile("b.md", "00", 2),), {"link": 1}),
        Listing((SourceFile("a.md", "01", 2),), {"link": 1}),
        Listing((SourceFile("a.md", "00", 3),), {"link": 1}),
        Listing((SourceFile("a.md", "00", 2, "MIT"),), {"link": 1}),
        Listing((SourceFile("a.md", "00", 2, "", "https://h"),), {"link": 1}),
        Listing((FILE, FILE), {"link": 1}),
        Listing((FILE,), {"link": 2}),
        Listing((FILE,), {}),
    ],
)
def test_any_difference_gives_another_digest(other: Listing) -> None:
    assert other.digest != LISTING.digest
