"""What the worker does for learning: completes what has nothing left, and forgets what nobody needs."""

from flask import current_app
from sqlalchemy import and_, func, select

from lms.courses.packs import Course
from lms.database import now, session
from lms.learning.credit import TABS_ARE_KEPT, forget_old_tabs
from lms.learning.models import Enrolment, LessonProgress
from lms.learning.receipts.taking import UNNAMED_ARE_KEPT, forget_unnamed
from lms.learning.roster_import.models import DRAFTS_ARE_KEPT, UNDO_IS_KEPT, forget_acts, forget_drafts
from lms.mail.duties import duty
from lms.organisations.models import Employee

MANY = 500


@duty("complete courses that have lost a lesson", every_seconds=600)
def complete_what_has_nothing_left() -> None:
    """Complete the enrolments whose last open lesson has left its pack: nobody will press done for them."""
    for course in current_app.extensions["lms"].library.courses:
        for is_leader in (True, False):
            taken = course.taken_by(is_leader)
            for enrolment in _with_nothing_left(taken, is_leader):
                enrolment.complete_course(taken)


def _with_nothing_left(course: Course, is_leader: bool) -> list[Enrolment]:
    asked = [lesson.slug for lesson in course.written_lessons]
    if not asked:
        return []
    done = (
        select(func.count())
        .select_from(LessonProgress)
        .where(
            LessonProgress.organisation_id == Enrolment.organisation_id,
            LessonProgress.enrolment_id == Enrolment.id,
            LessonProgress.done_at.is_not(None),
            LessonProgress.lesson.in_(asked),
        )
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(Enrolment)
            .join(
                Employee,
                and_(Employee.organisation_id == Enrolment.organisation_id, Employee.id == Enrolment.employee_id),
            )
            .where(
                Employee.is_leader.is_(is_leader),
                Enrolment.course == course.key,
                Enrolment.begun_at.is_not(None),
                Enrolment.completed_at.is_(None),
                done == len(asked),
            )
            .limit(MANY)
        )
    )


@duty("forget closed pages", every_seconds=3600)
def forget_closed_pages() -> None:
    """Forget the last report of pages that were closed long ago."""
    forget_old_tabs(now() - TABS_ARE_KEPT)


@duty("forget places without a name", every_seconds=3600)
def forget_places_left_behind() -> int:
    """Forget those who came without a name and have not taken a code in a year: nobody else can ask for it."""
    return forget_unnamed(now() - UNNAMED_ARE_KEPT, MANY)


@duty("forget lists of people", every_seconds=3600)
def forget_lists() -> None:
    """Forget the lists nobody has decided about in a day, and how to undo those of a month ago."""
    forget_drafts(now() - DRAFTS_ARE_KEPT)
    forget_acts(now() - UNDO_IS_KEPT)
