"""The words of the brief that its page and its sheet of paper share."""

from lms.courses.packs import Library
from lms.group_sessions.brief.brief import Brief
from lms.group_sessions.readiness import Blocker
from lms.languages import _, language, ngettext

Line = tuple[str, str]


def verdict_of(brief: Brief) -> str:
    """The verdict in a few words."""
    return {
        "ready": _("Ready for the group session"),
        "ready_with_exceptions": _("Ready, with exceptions"),
        "not_ready": _("Not ready yet"),
    }[brief.readiness.verdict]


def reasons_of(brief: Brief, library: Library) -> list[str]:
    """What stands in the way, a sentence each."""
    return [_reason(blocker, library) for blocker in brief.readiness.blockers]


def _reason(blocker: Blocker, library: Library) -> str:
    if blocker.kind in ("leaders", "staff"):
        course = title_of(blocker.course, library)
        if blocker.kind == "leaders":
            return ngettext(
                "%(num)s more leader must complete %(course)s.",
                "%(num)s more leaders must complete %(course)s.",
                blocker.missing,
                course=course,
            )
        return ngettext(
            "%(num)s more employee must complete %(course)s.",
            "%(num)s more employees must complete %(course)s.",
            blocker.missing,
            course=course,
        )
    return {
        "no_courses": _("No courses have been chosen."),
        "nobody_entered": _("Nobody has entered yet."),
        "roster_not_confirmed": _("Nobody has confirmed that the roster is whole."),
        "no_channel": _("The organisation's own reporting channel is not known."),
        "no_date": _("The group session has no date."),
        "no_place": _("The group session has no place or link."),
        "no_facilitator": _("The group session has no facilitator."),
    }[blocker.kind]


def expected_in_words(brief: Brief) -> list[str]:
    """Who is expected, a sentence each."""
    expected = brief.expected
    lines = [ngettext("%(num)s person is expected.", "%(num)s people are expected.", expected.coming)]
    if expected.has_place is not None:
        lines.append(_("There are several sessions: this is how many have a place in this one."))
    if expected.cannot_come:
        cannot = expected.cannot_come
        lines.append(ngettext("%(num)s has said no.", "%(num)s have said no.", cannot))
    if expected.capacity is not None:
        lines.append(ngettext("There is room for %(num)s.", "There is room for %(num)s.", expected.capacity))
    return lines


def how_far(brief: Brief, library: Library) -> list[tuple[str, str, str, str]]:
    """Each course, and how many leaders, others and under way."""
    facts = brief.readiness.facts
    return [
        (
            title_of(course.course, library),
            _("%(done)s of %(all)s", done=course.leaders_done, all=course.leaders),
            _("%(done)s of %(all)s", done=course.staff_done, all=course.staff + facts.off_the_roster),
            str(course.begun),
        )
        for course in facts.courses
    ]


def agenda_in_words() -> dict[str, Line]:
    """What each part of the agenda is called, and what it is for."""
    return {
        "welcome": (
            _("Welcome, and rules for the talk"),
            _("Who we are, why we meet, and what we agree on before we begin."),
        ),
        "pictures": (
            _("How we answered"),
            _("The pictures on the screen: where do we agree, where not, and what might lie behind it?"),
        ),
        "cards": (_("Conversation cards"), _("In groups of four to six, leaders and others mixed. Anybody may pass.")),
        "pause": (_("Pause"), ""),
        "mapping": (
            _("We begin the risk mapping"),
            _("Where could it happen here, when, and what helps? Keep notes as you talk."),
        ),
        "closing": (
            _("Closing"),
            _("What happens now, who carries it on, and whom to turn to with something one has met."),
        ),
    }


def not_shown(brief: Brief) -> list[str]:
    """What the brief leaves out, and why."""
    lines = []
    if not brief.round.shows_names:
        lines.append(_("Who has completed what: the organisation has not chosen to show names."))
    if brief.themes.shares:
        lines.append(
            _("Answers that fewer than five have given, and changes by fewer than five: a number could be somebody.")
        )
        lines.append(_("Texts that are shared without a name: they are read in the room, on the day, by everybody."))
    else:
        lines.append(_("What people have answered: they are fewer than five, so nothing is gathered."))
    lines.append(_("Private texts, time, and what somebody skipped: nobody but the person herself ever sees that."))
    return lines


def channel_of(brief: Brief) -> str:
    """The organisation's own reporting channel, as it wrote it."""
    return brief.organisation.reporting_channel.strip() or _("The organisation has not said who it is. Ask.")


def title_of(key: str, library: Library) -> str:
    """The title of a course, also when its pack is gone."""
    course = library.course(key)
    return course.title(language()) if course else key
