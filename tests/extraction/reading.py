"""Short ways to read made-up files in tests."""

from mypt.extraction.limits import Limits
from mypt.extraction.pages import Extracted, Page
from mypt.extraction.read import read


def read_bytes(data: bytes | str, name: str, **limits: int) -> Extracted:
    """Return what a file holds, read in this process."""
    raw = data if isinstance(data, bytes) else data.encode()
    return read(raw, name, Limits(**limits))  # type: ignore[arg-type]


def blocks(page: Page) -> list[tuple[str, str]]:
    """Return kind, with its level if it has one, and text of each block."""
    return [(f"{b.kind}{b.level or ''}", page.text[b.start : b.end]) for b in page.blocks]
