"""What a coordinator writes when she opens a way in: read from the form, with what to do about each mistake."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from werkzeug.datastructures import MultiDict

from lms.database import NORWAY, new_id, norwegian_day, now, session
from lms.languages import _
from lms.organisations.models import JoinLink
from lms.people.models import Person
from lms.people.names import one_line

LABEL_LENGTH = 80
TEAM_LENGTH = 80
DOMAIN_LENGTH = 100
LARGEST_CAP = 100_000
LONGEST_DEADLINE = 365
DAYS_FOR_NEW_HIRES = 14
LAST_YEAR = 9000
DOMAIN = re.compile(r"[^\s@.,/]+(\.[^\s@.,/]+)+")


class Invalid(Exception):
    """The form cannot be used as it is; `errors` says for each field what to do."""

    def __init__(self, errors: Mapping[str, str]):
        self.errors = dict(errors)


class ForgedChoice(Exception):
    """Something was chosen that the page does not offer."""


@dataclass(frozen=True)
class Invitation:
    """A join link to be: what it is called, whom it is for, and when it closes."""

    label: str
    team: str
    is_leader: bool
    courses: list[str]
    expires_at: datetime | None
    cap: int | None
    mail_domain: str
    due_days: int | None
    allows_unnamed: bool = False

    @classmethod
    def read(cls, form: MultiDict[str, str], offered: list[str]) -> "Invitation":
        """The invitation in the form. Raises Invalid, and ForgedChoice for a course that was not `offered`."""
        errors: dict[str, str] = {}
        label = one_line(form.get("label", ""))
        if not label:
            errors["label"] = _("Give the link a name, so that you know it again.")
        elif len(label) > LABEL_LENGTH:
            errors["label"] = _("The name can have at most %(number)s characters.", number=LABEL_LENGTH)
        team = one_line(form.get("team", ""))
        if len(team) > TEAM_LENGTH:
            errors["team"] = _("The team can have at most %(number)s characters.", number=TEAM_LENGTH)
        courses = form.getlist("courses")
        if not set(courses) <= set(offered):
            raise ForgedChoice
        invitation = cls(
            label=label,
            team=team,
            is_leader="is_leader" in form,
            courses=[course for course in offered if course in courses],
            expires_at=read_last_day(form.get("last_day", ""), errors),
            cap=_cap(form.get("cap", "").strip(), errors),
            mail_domain=_mail_domain(form.get("mail_domain", ""), errors),
            due_days=read_due_days(form.get("due_days", ""), errors),
            allows_unnamed="allows_unnamed" in form,
        )
        if invitation.allows_unnamed and invitation.is_leader:
            errors["allows_unnamed"] = _("Leaders take the courses with their names. Choose one of the two.")
        elif invitation.allows_unnamed and invitation.mail_domain:
            errors["allows_unnamed"] = _("A link that asks for an address lets nobody in without a name.")
        if errors:
            raise Invalid(errors)
        return invitation

    def open(self, organisation_id: UUID, by: Person) -> JoinLink:
        """The link itself."""
        link = JoinLink(
            id=new_id(),
            organisation_id=organisation_id,
            label=self.label,
            team=self.team,
            is_leader=self.is_leader,
            courses=self.courses,
            expires_at=self.expires_at,
            cap=self.cap,
            mail_domain=self.mail_domain,
            allows_unnamed=self.allows_unnamed,
            due_days=self.due_days,
            created_by=by.id,
        )
        session.add(link)
        return link


def read_last_day(written: str, errors: dict[str, str]) -> datetime | None:
    """The end of the day somebody wrote, in Norway; None where there is none, or with what to do in `errors`."""
    written = written.strip()
    if not written:
        return None
    day = read_day(written)
    if day is None:
        errors["last_day"] = _("Write the day as 31.12.2026, or leave the field empty.")
    elif day < norwegian_day(now()):
        errors["last_day"] = _("That day has passed. Choose today or a later day.")
    else:
        return datetime.combine(day + timedelta(days=1), time(), NORWAY)
    return None


def read_due_days(written: str, errors: dict[str, str]) -> int | None:
    """How many days somebody has from entering; None where there is no such time, or with what to do in `errors`."""
    written = written.strip()
    if not written:
        return None
    if (days := whole_number(written, LONGEST_DEADLINE)) is None:
        words = _("Write a number of days from 1 to %(number)s, or leave the field empty.", number=LONGEST_DEADLINE)
        errors["due_days"] = words
    return days


def read_day(written: str) -> date | None:
    """A day as people write it: 31.12.2026, 31.12.26 or 2026-12-31; None for anything else."""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"):
        try:
            day = datetime.strptime(written.replace(" ", ""), form).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
        return day if day.year < LAST_YEAR else None
    return None


def _cap(written: str, errors: dict[str, str]) -> int | None:
    if not written:
        return None
    if (cap := whole_number(written, LARGEST_CAP)) is None:
        words = _("Write how many can enter, from 1 to %(number)s, or leave the field empty.", number=LARGEST_CAP)
        errors["cap"] = words
    return cap


def whole_number(written: str, largest: int) -> int | None:
    """A number from 1 to `largest`; None for anything else."""
    fits = written.isascii() and written.isdecimal() and len(written) <= len(str(largest))
    return int(written) if fits and 0 < int(written) <= largest else None


def _mail_domain(written: str, errors: dict[str, str]) -> str:
    domain = one_line(written).lower().rpartition("@")[2]
    if domain and (len(domain) > DOMAIN_LENGTH or DOMAIN.fullmatch(domain) is None):
        errors["mail_domain"] = _("Write what stands after @ in your addresses, such as teatret.no.")
    return domain
