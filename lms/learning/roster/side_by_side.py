"""People with all their courses beside them: one row for each, read as it is written, however many there are."""

from datetime import date
from typing import Any

from sqlalchemy import Select, and_
from sqlalchemy.orm import aliased

from lms.learning.models import Enrolment
from lms.organisations.models import Employee, Round

ROWS_AT_ONCE = 2_000


def side_by_side(people: Any, round: Round) -> Select[Any]:
    """The people asked for, and behind what was asked of them whether each chosen course is begun, and when completed.

    Rows come some at a time, so that memory does not grow with the people.
    """
    for course in round.courses:
        hers = aliased(Enrolment)
        people = people.add_columns(hers.begun, hers.completed_on).outerjoin(
            hers,
            and_(
                hers.organisation_id == Employee.organisation_id,
                hers.employee_id == Employee.id,
                hers.round_id == round.id,
                hers.course == course,
            ),
        )
    rows: Select[Any] = people.execution_options(yield_per=ROWS_AT_ONCE)
    return rows


def standings_beside(values: tuple[Any, ...], round: Round) -> dict[str, date | str]:
    """How far she has come, from the end of such a row; a course she is not asked to take is left out."""
    pairs = zip(values[::2], values[1::2], strict=True)
    return {
        course: completed_on or ("begun" if begun else "")
        for course, (begun, completed_on) in zip(round.courses, pairs, strict=True)
        if begun is not None
    }
