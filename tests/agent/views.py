"""A small workspace in memory, with documents that not everybody may read."""

import datetime
from collections.abc import Sequence

from mypt.documents.language import guess_language
from mypt.retrieval.analysis import pieces
from mypt.retrieval.hit import Hit
from mypt.workspace.rows import DocumentRow, Filters, PassageRow

LAW = "daaaaaaaaaaaa"
DEBIAN = "dbbbbbbbbbbbb"
FOREIGN = "dcccccccccccc"

LAW_PAGES = [
    "Das Arbeitsverhältnis kann im ersten Dienstjahr mit einer Kündigungsfrist von einem Monat gekündigt "
    "werden.\n\nIm zweiten bis und mit dem neunten Dienstjahr beträgt die Kündigungsfrist zwei Monate.",
    "Der Arbeitgeber gewährt dem Arbeitnehmer jedes Dienstjahr wenigstens vier Wochen Ferien.",
]
DEBIAN_PAGES = [
    "The apt-get command installs packages. The configuration of its sources lies in "
    "/etc/apt/sources.list.\n\nPackages of the stable release are not changed, except for security updates.",
    "Run apt-get update first. It fetches the lists of packages again.",
    "The command dpkg --purge removes a package with its configuration files.",
]


class MemoryView:
    """What one reader sees: the documents given, and no others."""

    def __init__(self, *documents: tuple[str, str, list[str]]) -> None:
        self.digest = "index"
        self.queries: list[tuple[str, int, Filters]] = []
        self._rows: dict[str, PassageRow] = {}
        self._documents: dict[str, DocumentRow] = {}
        for name, title, pages in documents:
            self._add(name, title, pages)

    def search(self, query: str, top_k: int, filters: Filters) -> list[Hit]:
        self.queries.append((query, top_k, filters))
        wanted = {piece.term for piece in pieces(query) if not piece.is_stop_word}
        hits = [self._hit(row, wanted) for row in self._rows.values()]
        found = [
            hit for hit in hits if hit.score and _passes(self._documents[hit.passage.document_id], filters)
        ]
        return sorted(found, key=lambda hit: (-hit.score, hit.passage.id))[:top_k]

    def documents(self) -> list[DocumentRow]:
        return sorted(self._documents.values(), key=lambda row: (row.title, row.id))

    def document(self, document_id: str) -> DocumentRow | None:
        return self._documents.get(document_id)

    def passages(self, ids: Sequence[str]) -> list[PassageRow]:
        return [self._rows[name] for name in ids if name in self._rows]

    def _add(self, name: str, title: str, pages: list[str]) -> None:
        language = guess_language(" ".join(pages))
        number = 0
        for page, text in enumerate(pages, start=1):
            start = 0
            for part in text.split("\n\n") if text else ():
                number += 1
                span = (start, start + len(part))
                self._rows[f"{name}-{number}"] = PassageRow(
                    f"{name}-{number}", name, number, page, *span, (title,), language, part
                )
                start += len(part) + 2
        self._documents[name] = DocumentRow(
            id=name, origin=f"root/{name}.txt", title=title, format="text", language=language, owner="ann",
            readers=(), sha256="0" * 64, n_bytes=1, modified=datetime.date(2024, 1, 31), status="ready",
            reason="", n_pages=len(pages), n_passages=number,
        )  # fmt: skip

    def _hit(self, row: PassageRow, wanted: set[str]) -> Hit:
        found = [piece for piece in pieces(row.text) if piece.term in wanted and not piece.is_stop_word]
        score = float(len({piece.term for piece in found}))
        matches = tuple((piece.start, piece.end) for piece in found)
        return Hit(row, self._documents[row.document_id].title, score, {"keyword": score}, matches)


def _passes(row: DocumentRow, filters: Filters) -> bool:
    return (not filters.documents or row.id in filters.documents) and (
        not filters.languages or row.language in filters.languages
    )


def small_view() -> MemoryView:
    """Return a view of a German law and an English handbook."""
    return MemoryView((LAW, "Obligationenrecht", LAW_PAGES), (DEBIAN, "Debian handbook", DEBIAN_PAGES))


def long_view(n_pages: int = 3, n_paragraphs: int = 6) -> MemoryView:
    """Return a view of one document with more text than fits in a result."""
    pages = [
        "\n\n".join(
            f"Page {page}, paragraph {number}. {'word ' * 60}".strip() for number in range(n_paragraphs)
        )
        for page in range(1, n_pages + 1)
    ]
    return MemoryView((LAW, "A long one", pages))
