"""How much one file may cost before it is given up."""

from pydantic import Field

from mypt.config import Section

_MB = 1_000_000


class Limits(Section):
    """What reading one file may take; a file that wants more is refused with the reason."""

    file_bytes: int = Field(default=200 * _MB, ge=1)
    """Largest file that is opened."""
    memory_bytes: int = Field(default=1_500 * _MB, ge=200 * _MB)
    """Address space of the process that reads; not on Windows."""
    cpu_seconds: int = Field(default=60, ge=1)
    """Processor time for one file; not on Windows."""
    wall_seconds: float = Field(default=120.0, gt=0)
    """Time for one file by the clock."""
    text_bytes: int = Field(default=32 * _MB, ge=1)
    """Most text, in UTF-8, that one file may give."""
    blocks: int = Field(default=500_000, ge=1)
    """Most paragraphs, headings and rows that one file may give."""
    pages: int = Field(default=10_000, ge=1)
    """Most pages, slides or sheets of one file."""
    archive_bytes: int = Field(default=400 * _MB, ge=1)
    """Most bytes that a packed format (docx, pptx, xlsx) may unpack to."""
    archive_ratio: int = Field(default=200, ge=2)
    """Most bytes that one packed byte of a part above a megabyte may unpack to."""
    archive_members: int = Field(default=10_000, ge=1)
    """Most parts inside a packed format."""
    nesting: int = Field(default=8, ge=1)
    """Deepest nesting of parts in an e-mail, and of attachments in attachments."""
    attachment_bytes: int = Field(default=20 * _MB, ge=0)
    """Largest attachment of an e-mail that is read too; larger ones are only named."""
    ocr: bool = False
    """Read pages that are images with tesseract, where the machine has it; not on Windows."""
    ocr_pages: int = Field(default=100, ge=1)
    """Most pages of one file that are read so."""
