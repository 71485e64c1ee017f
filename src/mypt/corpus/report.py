"""What was kept and what was left out, counted for the manifest."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mypt.corpus.drop import Drop
from mypt.corpus.listing import Listing
from mypt.documents.document import Document


@dataclass
class Report:
    """Counts that grow while a corpus is built."""

    drops: list[Drop] = field(default_factory=list)
    licences: Counter[str] = field(default_factory=Counter)
    _languages: dict[str, Counter[str]] = field(default_factory=dict)

    def add_document(self, document: Document) -> None:
        """Count a document that was kept."""
        counter = self._languages.setdefault(document.language, Counter())
        counter.update(documents=1, characters=len(document.text), bytes=len(document.text.encode()))
        self.licences[document.licence] += 1

    def add_drop(self, drop: Drop) -> None:
        """Remember a file that was left out."""
        self.drops.append(drop)

    def counts(self, listings: Iterable[Listing]) -> dict[str, Any]:
        """Return all counts: in total, by language, dropped and ignored by reason."""
        ignored: Counter[str] = Counter()
        for listing in listings:
            ignored.update(listing.ignored)
        return {
            **sum(self._languages.values(), Counter()),
            "languages": {language: dict(counter) for language, counter in self._languages.items()},
            "dropped": dict(Counter(drop.reason for drop in self.drops)),
            "ignored": dict(ignored),
        }
