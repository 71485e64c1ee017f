"""Tables as text: separated by commas, semicolons, tabs or bars; each row is a block."""

import csv
import io
from collections import Counter
from itertools import islice

from mypt.extraction.clean import clean
from mypt.extraction.compose import Composer
from mypt.extraction.decode_text import decode_text
from mypt.extraction.pages import Extracted, Unextractable
from mypt.extraction.rows import add_rows
from mypt.extraction.source_file import SourceFile

_SEPARATORS = ",;\t|"
_LOOKED_AT = 100
_LEAST_ALIKE = 0.6


def read(source: SourceFile) -> Extracted:
    """Return a table; raises Unextractable when it is none, or empty."""
    composer = Composer(source.limits)
    text, n_invisible = clean(decode_text(source.data, composer, source.limits))
    composer.count_invisible(n_invisible)
    text, separator = _declared(text)
    csv.field_size_limit(source.limits.text_bytes)
    try:
        add_rows(csv.reader(io.StringIO(text), delimiter=separator or _separator(text)), composer)
    except csv.Error as error:
        raise Unextractable("malformed", str(error)) from error
    return composer.finish("csv", (source.stem,), "no row holds text")


def _declared(text: str) -> tuple[str, str]:
    """Spreadsheets write `sep=;` into the first line."""
    first, _, rest = text.partition("\n")
    if len(first) == 5 and first.lower().startswith("sep="):
        return rest, first[4]
    return text, ""


def _separator(text: str) -> str:
    """Return the sign that cuts most of the first lines into the same number of cells, and into most."""
    best, chosen = (0.0, 0), ","
    for separator in _SEPARATORS:
        rows = islice(csv.reader(io.StringIO(text), delimiter=separator), _LOOKED_AT)
        widths = Counter(len(row) for row in rows if row)
        width, n_rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        share = n_rows / max(1, sum(widths.values()))
        if width > 1 and share >= _LEAST_ALIKE and (round(share, 1), width) > best:
            best, chosen = (round(share, 1), width), separator
    return chosen
