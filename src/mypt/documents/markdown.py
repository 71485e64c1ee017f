"""Markdown to plain text: what a reader of the rendered page sees.

cmark renders it as GitHub does, and the page becomes text as any other page: soft line
breaks are spaces, bullets, numbers, nesting and the `>` of quotations stay, code stays to the
letter without its fences, table rows are lines with ` | ` between the cells, links and
images are their text. Front matter goes.
"""

import importlib.metadata
import re

from cmarkgfm import markdown_to_html_with_extensions
from cmarkgfm.cmark import Options

from mypt.documents.html import HTML
from mypt.documents.raw_file import RawFile

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_EXTENSIONS = ["table", "strikethrough"]


class Markdown:
    """Markdown files, CommonMark with tables."""

    name = "markdown"
    version = f"2 cmarkgfm {importlib.metadata.version('cmarkgfm')}, {HTML.version}"
    reads_neighbours = False

    def to_text(self, file: RawFile) -> str:
        """Return the text, one blank line between blocks and a line feed at its end."""
        body = _FRONT_MATTER.sub("", file.text)
        # Unsafe means: HTML in it is passed on. Nothing of it is ever run.
        page = markdown_to_html_with_extensions(
            body, options=Options.CMARK_OPT_UNSAFE, extensions=_EXTENSIONS
        )
        return HTML.to_text(RawFile(file.name, page.encode()))
