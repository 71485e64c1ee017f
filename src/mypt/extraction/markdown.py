"""Markdown: read as the page that it becomes, so that text stays readable and code stays to the letter."""

import re

from cmarkgfm import markdown_to_html_with_extensions
from cmarkgfm.cmark import Options

from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.html import add_html
from mypt.extraction.pages import Extracted
from mypt.extraction.source_file import SourceFile

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"""^title[ \t]*:[ \t]*["']?(.*?)["']?[ \t]*\r?$""", re.MULTILINE | re.IGNORECASE)
_EXTENSIONS = ["table", "strikethrough"]


def read(source: SourceFile) -> Extracted:
    """Return a Markdown file; raises Unextractable when it holds no text."""
    composer = Composer(source.limits)
    text = decode_text(source.data, composer, source.limits).replace("\0", "")
    matter = _FRONT_MATTER.match(text)
    title = _TITLE.search(matter[1]) if matter else None
    body = text[matter.end() :] if matter else text
    # Unsafe means: HTML in it is passed on, to the reader of HTML that leaves out scripts. Nothing is run.
    page = markdown_to_html_with_extensions(body, options=Options.CMARK_OPT_UNSAFE, extensions=_EXTENSIONS)
    add_html(page, composer)
    return composer.finish("markdown", (title[1] if title else "", source.stem), "only white space")
