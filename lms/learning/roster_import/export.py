"""The roster as a file, in the columns that a list is read in: taken out, mended in Excel, and handed in again."""

from collections.abc import Iterator, Sequence
from typing import Any

from lms.courses.packs import Library
from lms.languages import _, in_brief, language
from lms.learning.roster.people import everybody_found
from lms.organisations.models import Round
from lms.people.lists import Look

WIDTHS = (28, 30, 20, 9, 14, 24)


def roster_table(round: Round, look: Look, library: Library) -> Iterator[Sequence[str]]:
    """The heading, and a row for everybody who was looked for."""
    titles = [course.title(language()) if (course := library.course(key)) else key for key in round.courses]
    yield [_("Name"), _("E-mail"), _("Team"), _("Leader"), _("Role"), "Balanse-ID", *titles]
    roles = {"coordinator": _("coordinator"), "employee": _("employee")}
    leads = {True: _("yes"), False: _("no")}
    # What a hundred thousand people have in common is put in words once.
    standings: dict[Any, str] = {None: _("not asked"), "": _("not begun"), "begun": _("begun")}
    for line, email in everybody_found(round, look):
        cells = []
        for key in round.courses:
            standing: Any = line.courses.get(key)
            if standing not in standings:
                standings[standing] = _("completed %(day)s", day=in_brief(standing))
            cells.append(standings[standing])
        yield [
            line.name,
            email,
            line.team,
            leads[line.is_leader],
            roles[line.role],
            str(line.employee_id),
            *cells,
        ]
