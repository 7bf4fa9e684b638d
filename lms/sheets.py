"""Tables as files for a spreadsheet: Excel in Norway opens them as they are, and no cell becomes a formula."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO

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
# What is larger waits on the disk: the file of a hundred thousand people takes no more memory than that of a hundred.
MOST_IN_MEMORY, PIECE = 1_000_000, 64_000


def handed_out(
    kind: str, name: str, title: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()
) -> Response:
    """The rows as a file of this kind, `csv` or `xlsx`; see `write_csv` and `write_workbook`.

    It is written whole before the first of it is sent: trouble on the way is a page that says so, and the database has
    not to wait for whoever fetches it. Its name has letters that a header may hold, the English ones, and the day.
    """
    file = SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115  closed when the last of it has been sent
    if kind == "csv":
        write_csv(file, rows)
    else:
        write_workbook(file, title, rows, widths)
    length = file.tell()
    file.seek(0)
    response = Response(_pieces(file), content_type=KINDS[kind])
    response.content_length = length
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{norwegian_day(now()).isoformat()}.{kind}"
    return response


def write_csv(file: IO[bytes], rows: Iterable[Sequence[Cell]]) -> None:
    """Semicolons, a mark that says UTF-8, days in words; no cell is taken for a formula."""
    out = codecs.getwriter("utf-8")(file)
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    # A day is the day of many, and to write it in words takes longer than all the rest.
    days: dict[date, str] = {}
    for row in rows:
        for cell in row:
            if isinstance(cell, date) and cell not in days:
                days[cell] = in_brief(cell)
        writer.writerow([days[cell] if isinstance(cell, date) else guarded(str(cell)) for cell in row])


def write_workbook(file: IO[bytes], title: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int] = ()) -> None:
    """A workbook in which days are days, and nothing that people are called becomes a formula, a number or a link.

    The first row is the heading. `widths` of the first columns are in characters; the others follow their heading.
    """
    # Two megabytes of every worker, for what one of them does now and then.
    from xlsxwriter import Workbook

    plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    # Row by row: a hundred thousand people are not held in memory.
    with Workbook(file, {**plain, "constant_memory": True}) as book:
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


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(BEGINS_A_FORMULA) else cell
