"""A workbook as Excel and its likes save it, read cell by cell, with everything refused that only looks like one.

What a file declares about itself is looked at before anything in it is unpacked, rows and columns are counted while
they are read, and XML is read by defusedxml: a small file can claim to be a very large one.
"""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from lms.languages import _
from lms.learning.roster_import.limits import MOST_COLUMNS, MOST_LINES, Unreadable

MOST_UNPACKED = 60_000_000
MOST_PARTS = 1_000


def rows_of_workbook(content: bytes) -> Iterator[list[str]]:
    """The lines of the first sheet that is shown, as text. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_parts(parts)
            lines, path = _lines(content)
            _check_merged(parts, path)
    except Unreadable:
        raise
    # A broken workbook breaks its reader in any way there is: whatever it is, it is the file's, and the person is told.
    except Exception as error:
        raise Unreadable(
            _("The workbook is damaged. Open it in your spreadsheet program, save it anew as XLSX, and try again.")
        ) from error
    yield from lines


def _check_parts(parts: zipfile.ZipFile) -> None:
    listed = parts.infolist()
    names = {part.filename for part in listed}
    if "xl/workbook.xml" not in names:
        raise Unreadable(_("This is no Excel workbook. Save the list as XLSX or CSV, and try again."))
    types = next((part for part in listed if part.filename == "[Content_Types].xml"), None)
    if len(listed) > MOST_PARTS or sum(part.file_size for part in listed) > MOST_UNPACKED:
        raise Unreadable(_("The workbook unpacks to more than we read. Save only the sheet with the people, as CSV."))
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    if macros or (types is not None and b"macroEnabled" in parts.read(types)):
        raise Unreadable(
            _("The workbook holds macros, and we open none that does. Save it as XLSX or CSV, without them.")
        )


def _lines(content: bytes) -> tuple[list[list[str]], str]:
    """The lines of the first visible sheet, and where it lies in the file."""
    # Six megabytes of every worker, for what one of them does now and then.
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # What the reader leaves out of a workbook (styles, validation) is nothing a roster has.
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
            if sheet is None:
                raise Unreadable(_("There is no sheet with rows in the workbook."))
            # What a sheet says about its own size is often wrong, and sometimes meant to be.
            sheet.reset_dimensions()
            shown = sheet.iter_rows(max_row=MOST_LINES + 1, max_col=MOST_COLUMNS + 1, values_only=True)
            lines = [[as_text(value) for value in line] if any(line) else [] for line in shown]
            return lines, sheet._worksheet_path  # nothing public tells
        finally:
            book.close()


def as_text(value: Any) -> str:
    """A cell as somebody would have written it in a list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _check_merged(parts: zipfile.ZipFile, path: str) -> None:
    """Cells merged downwards say only in their first row what holds for all of them: half a team would be in none."""
    from openpyxl.utils.cell import range_boundaries

    for merged in _merged_in(parts, path):
        _left, top, _right, bottom = range_boundaries(merged)
        if bottom > top:
            message = _("The cells %(cells)s are merged, so that we cannot know whom they are about. Unmerge them.")
            raise Unreadable(message % {"cells": merged})


def _merged_in(parts: zipfile.ZipFile, path: str) -> Iterator[str]:
    # Only for whoever brings a workbook, as the library that reads its cells.
    from defusedxml.ElementTree import iterparse

    with parts.open(path) as sheet:
        for _event, element in iterparse(sheet, events=("end",)):
            if element.tag.endswith("}mergeCell"):
                yield element.get("ref", "A1")
            elif element.tag.endswith("}row"):
                element.clear()
