"""Bytes of a text file to characters, with a warning where something had to be guessed."""

from mypt.documents.decode import decode, encoding_of_mark
from mypt.extraction.compose import Composer
from mypt.extraction.detect import looks_like_utf16
from mypt.extraction.limits import Limits
from mypt.extraction.pages import Unextractable


def decode_text(data: bytes, composer: Composer, limits: Limits) -> str:
    """Return the text; what no encoding explains is read as UTF-8 or Windows-1252, with marks for losses.

    Raises Unextractable for more text than a file may give.
    """
    if len(data) > 4 * limits.text_bytes:  # no encoding takes more bytes than that
        raise Unextractable("too large", f"more than {limits.text_bytes} bytes of text")
    wide = "" if encoding_of_mark(data) else looks_like_utf16(data)
    if wide:
        composer.warn("the encoding was guessed: UTF-16")
        return data.decode(wide, "replace")
    try:
        return decode(data)
    except UnicodeDecodeError:
        return _guess(data, composer)


def _guess(data: bytes, composer: Composer) -> str:
    as_utf8 = data.decode("utf-8", "replace")
    n_lost = as_utf8.count("\ufffd")
    n_sequences = len(data) - len(as_utf8)
    if n_lost <= n_sequences:
        composer.warn(f"the encoding was guessed: UTF-8, in which {n_lost} places are damaged")
        return as_utf8
    composer.warn("the encoding was guessed: Windows-1252")
    return data.decode("cp1252", "replace")
