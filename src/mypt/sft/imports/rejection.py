"""Why a row of public data is not learned from, and a tally of all of them."""

from collections import Counter
from typing import Any

_N_SHOWN = 3


class Rejected(Exception):
    """A row that is left out: for which reason, and because of which field."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Tally:
    """How many rows were read, left out and changed, with the first places of each reason."""

    def __init__(self) -> None:
        self.n_read: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self._n_rejected: Counter[str] = Counter()
        self._first: dict[str, list[dict[str, Any]]] = {}

    def reject(self, file: str, line: int, why: Rejected) -> None:
        """Count a row that is left out."""
        self._n_rejected[why.reason] += 1
        first = self._first.setdefault(why.reason, [])
        if len(first) < _N_SHOWN:
            first.append({"file": file, "line": line, "field": why.field})

    def to_json(self) -> dict[str, Any]:
        """Return the counts for a report, the most frequent reason first."""
        reasons = sorted(self._n_rejected.items(), key=lambda item: (-item[1], item[0]))
        return {
            "read": dict(sorted(self.n_read.items())),
            "changed": dict(sorted(self.changed.items())),
            "rejected": [
                {"reason": reason, "rows": count, "first": self._first[reason]} for reason, count in reasons
            ],
        }
