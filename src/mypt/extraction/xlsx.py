"""Spreadsheets: one page a sheet, one block a row, formulas by the values they last had."""

import datetime
import io
from collections.abc import Iterator

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from mypt.extraction.archive import check_all, open_archive
from mypt.extraction.compose import Composer
from mypt.extraction.pages import Extracted, Reason, Unextractable
from mypt.extraction.rows import add_rows
from mypt.extraction.source_file import SourceFile

_DIGITS = 15  # what a spreadsheet itself shows of a number


def read(source: SourceFile) -> Extracted:
    """Return a spreadsheet; raises Unextractable when it is damaged, a bomb, or empty."""
    composer = Composer(source.limits)
    with open_archive(source.data, source.limits) as archive:
        check_all(archive)
        title = archive.title()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as book:
            for sheet in book.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet:
                    if sheet.visible != SheetVisibleEnum.Visible:
                        composer.warn(f"the hidden sheet {sheet.name!r} is read too")
                    composer.begin_page(sheet.name)
                    add_rows(_rows(book, sheet.name), composer)
    except CalamineError as error:
        reason: Reason = "encrypted" if "password" in str(error).lower() else "malformed"
        raise Unextractable(reason, str(error)) from error
    return composer.finish("xlsx", (title, source.stem), "no sheet holds text")


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    for row in book.get_sheet_by_name(name).to_python():
        yield [_written(cell) for cell in row]


def _written(cell: object) -> str:
    """Return a cell as people read it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.{_DIGITS}g}"
    if isinstance(cell, datetime.datetime):
        is_day = cell.time() == datetime.time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)
