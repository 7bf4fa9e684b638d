"""The roster as a file, in the columns that a list is read in: taken out, mended in Excel, and handed in again."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from xlsxwriter import Workbook

from lms.courses.packs import Library
from lms.languages import _, in_brief, language
from lms.learning.roster.people import Line, Search, everybody_found
from lms.learning.roster_import.files import guarded
from lms.organisations.models import Round

WIDTHS = (28, 30, 20, 9, 14, 24)


def roster_as_csv(round: Round, search: Search, library: Library) -> bytes:
    """For Excel in Norway: semicolons, and a mark that says UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for cells in _table(round, search, library):
        writer.writerow([guarded(cell) for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def roster_as_workbook(round: Round, search: Search, library: Library) -> bytes:
    """A workbook in which nothing that people are called becomes a formula, a number or a link."""
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(out, plain) as book:
        sheet = book.add_worksheet(_("Roster"))
        bold = book.add_format({"bold": True})
        for number, cells in enumerate(_table(round, search, library)):
            sheet.write_row(number, 0, cells, bold if number == 0 else None)
        for column, width in enumerate((*WIDTHS, *(22 for _course in round.courses))):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 1)
    return out.getvalue()


def _table(round: Round, search: Search, library: Library) -> Iterator[Sequence[str]]:
    """The heading, and a row for everybody who was looked for."""
    titles = [course.title(language()) if (course := library.course(key)) else key for key in round.courses]
    yield [_("Name"), _("E-mail"), _("Team"), _("Leader"), _("Role"), "Balanse-ID", *titles]
    words = {"coordinator": _("coordinator"), "employee": _("employee")}
    for line, email in everybody_found(round, search):
        yield [
            line.name,
            email,
            line.team,
            _("yes") if line.is_leader else _("no"),
            words[line.role],
            str(line.employee_id),
            *(_standing(line, key) for key in round.courses),
        ]


def _standing(line: Line, course: str) -> str:
    """Not begun, begun, or completed and when: what the coordinator sees on her page, and nothing else."""
    standing: Any = line.courses.get(course)
    if standing is None:
        return _("not asked")
    if standing == "begun":
        return _("begun")
    return _("completed %(day)s", day=in_brief(standing)) if standing else _("not begun")
