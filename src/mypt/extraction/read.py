"""Bytes and a name to pages: the format is recognised, and its reader is asked."""

from dataclasses import replace
from importlib import import_module

from mypt.extraction.detect import Format, detect, suffix_warning
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.source_file import SourceFile

READERS: dict[Format, str] = {
    "pdf": "mypt.extraction.pdf",
    "docx": "mypt.extraction.docx",
    "pptx": "mypt.extraction.pptx",
    "xlsx": "mypt.extraction.xlsx",
    "html": "mypt.extraction.html",
    "markdown": "mypt.extraction.markdown",
    "csv": "mypt.extraction.csv_table",
    "email": "mypt.extraction.mail",
    "text": "mypt.extraction.plain_text",
}
"""Each module has a function `read`. They are imported when a file needs them: a library that is missing or
broken costs one format, and a folder of text files costs no PDF library."""


def read(data: bytes, name: str, limits: Limits, depth: int = 1) -> Extracted:
    """Return what stands in a file; raises Unextractable when it gives nothing."""
    if not data:
        raise Unextractable("no text", "the file is empty")

    def read_inner(inner: bytes, inner_name: str) -> Extracted:
        return read(inner, inner_name, limits, depth + 1)

    source = SourceFile(data, name, limits, read_inner if depth < limits.nesting else None)
    found = detect(source)
    try:
        reader = import_module(READERS[found])
    except ImportError as error:
        raise Unextractable("missing library", f"{found} cannot be read here: {error}") from error
    result: Extracted = reader.read(source)
    warning = suffix_warning(source, found)
    return replace(result, warnings=(warning, *result.warnings)) if warning else result
