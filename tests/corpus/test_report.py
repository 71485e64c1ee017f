"""Counts by language, licence and reason."""

from mypt.corpus.drop import Drop
from mypt.corpus.listing import Listing
from mypt.corpus.report import Report
from mypt.documents.document import Document


def test_documents_are_counted_in_total_and_by_language() -> None:
    report = Report()
    report.add_document(Document("a/1", "", "MIT", "de", "für"))
    report.add_document(Document("a/2", "", "MIT", "en", "for"))
    report.add_document(Document("a/3", "", "CC0-1.0", "en", "x"))

    counts = report.counts([])

    assert counts["languages"] == {
        "de": {"documents": 1, "characters": 3, "bytes": 4},
        "en": {"documents": 2, "characters": 4, "bytes": 4},
    }
    assert (counts["documents"], counts["characters"], counts["bytes"]) == (3, 7, 8)
    assert report.licences == {"MIT": 2, "CC0-1.0": 1}


def test_drops_and_ignored_files_are_counted_by_reason() -> None:
    report = Report()
    for number in range(2):
        report.add_drop(Drop(f"a/{number}", "duplicate"))
    report.add_drop(Drop("a/3", "empty"))

    counts = report.counts([Listing((), {"link": 1}), Listing((), {"link": 2, "suffix .png": 3})])

    assert counts["dropped"] == {"duplicate": 2, "empty": 1}
    assert counts["ignored"] == {"link": 3, "suffix .png": 3}
