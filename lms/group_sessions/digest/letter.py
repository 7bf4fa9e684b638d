"""The weekly letter itself: the week in words, in the language that is being spoken."""

from collections.abc import Callable, Sequence

from lms.group_sessions.digest.week import NAMED, NewHere, Week
from lms.languages import _, clock_time, in_words, ngettext


def body_of(
    organisation: str, name: str, week: Week, titled: Callable[[str], str], page: str, stop_address: str
) -> str:
    """The letter to a coordinator; `titled` gives a course's title, `page` is where she sees all of it."""
    new, completed, late = week.new, week.completed, week.late
    parts = (
        _part(
            ngettext("%(num)s person has come:", "%(num)s people have come:", len(new)),
            [f"{each.name}: {_standing(each)}" for each in new[:NAMED]],
            len(new),
        ),
        _part(
            ngettext(
                "%(num)s person has completed a course:", "%(num)s people have completed a course:", len(completed)
            ),
            [f"{who}: {', '.join(titled(course) for course in courses)}" for who, courses in completed[:NAMED]],
            len(completed),
        ),
        _part(
            ngettext("%(num)s person is past her day:", "%(num)s people are past their day:", week.late_in_all),
            [f"{who}: {in_words(day)}" for who, day in late],
            week.late_in_all,
        ),
    )
    paragraphs = (
        _("Hello, %(name)s", name=name),
        _("This has happened at %(organisation)s since %(day)s.", organisation=organisation, day=in_words(week.since)),
        *(part for part in parts if part),
        "\n".join(_next(week)),
        _("All of it:") + f"\n{page}",
        _("No more weekly e-mails from %(organisation)s? One press stops them:", organisation=organisation)
        + f" {stop_address}",
        _("Regards from Balanse"),
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _part(heading: str, lines: Sequence[str], in_all: int) -> str:
    if not in_all:
        return ""
    rest = in_all - len(lines)
    more = [ngettext("and %(num)s more", "and %(num)s more", rest)] if rest > 0 else []
    return "\n".join([heading, *(f"– {line}" for line in (*lines, *more))])


def _standing(new: NewHere) -> str:
    if new.asked == 0:
        return _("no courses to take")
    if new.completed == new.asked:
        return _("completed")
    if not new.begun:
        return _("not begun")
    return _("begun, %(completed)s of %(asked)s completed", completed=new.completed, asked=new.asked)


def _next(week: Week) -> list[str]:
    lines = []
    if week.soon_due:
        many = week.soon_due
        lines.append(
            ngettext(
                "%(num)s person is due in the next seven days.", "%(num)s people are due in the next seven days.", many
            )
        )
    if week.meeting is not None and week.meeting.starts_at is not None:
        when = week.meeting.starts_at
        lines.append(_("The next group session is %(day)s at %(time)s.", day=in_words(when), time=clock_time(when)))
    return lines
