"""Source code stays as it is."""

from mypt.documents.raw_file import RawFile
from mypt.documents.source_code import SourceCode


def test_only_line_ends_and_the_mark_change() -> None:
    raw = "\ufeffdef f():\r\n\tif x:  \r\n\r\n    return 'e\u0301\u00a0'\r"

    text = SourceCode().to_text(RawFile("a.py", raw.encode()))

    assert text == "def f():\n\tif x:  \n\n    return 'e\u0301\u00a0'\n"
