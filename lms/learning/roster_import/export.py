"""The roster as a file, in the columns that a list is read in: taken out, mended in Excel, and handed in again."""

from collections.abc import Iterator, Sequence
from typing import Any

from lms.courses.packs import Library
from lms.languages import _, in_brief, language
from lms.learning.roster.people import Line, everybody_found
from lms.organisations.models import Round
from lms.people.lists import Look

WIDTHS = (28, 30, 20, 9, 14, 24)


def roster_table(round: Round, look: Look, library: Library) -> Iterator[Sequence[str]]:
    """The heading, and a row for everybody who was looked for."""
    titles = [course.title(language()) if (course := library.course(key)) else key for key in round.courses]
    yield [_("Name"), _("E-mail"), _("Team"), _("Leader"), _("Role"), "Balanse-ID", *titles]
    words = {"coordinator": _("coordinator"), "employee": _("employee")}
    for line, email in everybody_found(round, look):
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
