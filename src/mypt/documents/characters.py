"""One form for each character: line ends, spaces, accents; everything else stays as it is."""

import unicodedata

_LOOKALIKES = str.maketrans(
    {
        "\ufeff": None,  # byte order mark
        "\u00ad": None,  # soft hyphen
        "\u00a0": " ",  # no-break space
        "\u202f": " ",  # narrow no-break space, between a number and its unit
    }
)


def normalise_characters(raw: str) -> str:
    """Return text in NFC with line feeds, without byte order marks, soft hyphens and no-break spaces.

    Quotation marks, dashes, indentation and blank lines stay, or a model could never write them.
    """
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines.translate(_LOOKALIKES))
