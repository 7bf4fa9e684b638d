"""Tables as files for a spreadsheet: Excel in Norway opens them as they are, and no cell becomes a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from flask import make_response
from werkzeug.wrappers import Response

from lms.database import norwegian_day, now
from lms.languages import in_brief

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Cell = str | int | date
# What a spreadsheet takes for a formula, or for the end of the cell before it.
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST, NARROWEST = 34, 12
LONGEST_TITLE = 31


def handed_out(
    kind: str, name: str, title: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()
) -> Response:
    """The rows as a file of this kind, `csv` or `xlsx`; see `as_csv` and `as_workbook`.

    Its name has letters that a header may hold, which are the English ones, and the day.
    """
    response = make_response(as_csv(rows) if kind == "csv" else as_workbook(title, rows, widths))
    response.content_type = KINDS[kind]
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{norwegian_day(now()).isoformat()}.{kind}"
    return response


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Semicolons, a mark that says UTF-8, days in words; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    # A day is the day of many, and to write it in words takes longer than all the rest.
    days: dict[date, str] = {}
    for row in rows:
        for cell in row:
            if isinstance(cell, date) and cell not in days:
                days[cell] = in_brief(cell)
        writer.writerow([days[cell] if isinstance(cell, date) else guarded(str(cell)) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_workbook(title: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> bytes:
    """A workbook in which days are days, and nothing that people are called becomes a formula, a number or a link.

    The first row is the heading. `widths` of the first columns are in characters; the others follow their heading.
    """
    # Two megabytes of every worker, for what one of them does now and then.
    from xlsxwriter import Workbook

    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    # Row by row: a hundred thousand people are not held twice in memory.
    with Workbook(out, {**plain, "constant_memory": True}) as book:
        sheet = book.add_worksheet(title[:LONGEST_TITLE].rstrip("?"))
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy", "align": "left"})
        sheet.freeze_panes(1, 1)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if number == 0:
                    by_heading = min(WIDEST, max(NARROWEST, len(str(cell)) + 2))
                    sheet.set_column(column, column, widths[column] if column < len(widths) else by_heading)
                    sheet.write_string(number, column, str(cell), bold)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell)
    return out.getvalue()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(BEGINS_A_FORMULA) else cell
