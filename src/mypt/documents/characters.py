"""One form for each character: line ends, spaces, accents; everything else stays as it is."""

import unicodedata

_LOOKALIKES = {
    "\r\n": "\n",
    "\r": "\n",
    "\ufeff": "",  # byte order mark
    "\u00ad": "",  # soft hyphen
    "\u00a0": " ",  # no-break space
    "\u202f": " ",  # narrow no-break space, between a number and its unit
}
"""In this order; replacing one after the other is ten times as fast as one table for all."""


def normalise_characters(raw: str) -> str:
    """Return text in NFC with line feeds, without byte order marks, soft hyphens and no-break spaces.

    Quotation marks, dashes, indentation and blank lines stay, or a model could never write them.
    """
    for found, wanted in _LOOKALIKES.items():
        raw = raw.replace(found, wanted)
    return unicodedata.normalize("NFC", raw)
