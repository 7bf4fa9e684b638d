"""What the worker does for renewals: it tells in time, each thing once, whoever of the workers comes first."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from lms.database import norwegian_day, now, session, upsert
from lms.mail.duties import duty
from lms.mark.dates import latest_reached
from lms.mark.models import Award
from lms.mark.renewal.letters import tell
from lms.mark.renewal.models import RenewalNotice
from lms.mark.renewal.whose import is_open
from lms.organisations.models import Organisation

TELLING = "tell of renewals"
MANY = 100
# Whoever was imported long after her mark had lapsed is not written to about it.
LAPSED_LATELY = timedelta(days=30)


@duty(TELLING, every_seconds=900)
def tell_of_renewals() -> int:
    """Tell of awards that expire in six, three or one month, and of those that have lapsed; says of how many."""
    today = norwegian_day(now())
    told = 0
    for occasion, first, last in occasions_on(today):
        for award, organisation in _to_tell_of(occasion, first, last):
            row = {"organisation_id": organisation.id, "award_id": award.id, "occasion": occasion, "told_at": now()}
            if upsert(RenewalNotice, row, ("organisation_id", "award_id", "occasion")):
                tell(award, organisation, occasion)
                told += 1
    return told


def occasions_on(today: date) -> list[tuple[str, date, date]]:
    """Which notice an award has reached by its last day: the occasion, and the first and last such day.

    A worker that has stood still tells what is so now, and not what it missed.
    """
    one, three, six = (latest_reached(today, months) for months in (1, 3, 6))
    after = timedelta(days=1)
    return [
        ("lapsed", today - LAPSED_LATELY, today - after),
        ("one", today, one),
        ("three", one + after, three),
        ("six", three + after, six),
    ]


def _to_tell_of(occasion: str, first: date, last: date) -> list[tuple[Award, Organisation]]:
    """The newest awards of their organisations with a last day in between that nobody has been told of yet."""
    told = exists().where(
        RenewalNotice.organisation_id == Award.organisation_id,
        RenewalNotice.award_id == Award.id,
        RenewalNotice.occasion == occasion,
    )
    rows = session.execute(
        select(Award, Organisation)
        .join(Organisation, Organisation.id == Award.organisation_id)
        .where(Award.valid_until.between(first, last), *is_newest_in_force(), is_open(Award.organisation_id), ~told)
        .order_by(Award.valid_until, Award.id)
        .limit(MANY)
    )
    return [(award, organisation) for award, organisation in rows]


def is_newest_in_force() -> tuple[ColumnElement[bool], ...]:
    """Neither withdrawn nor renewed, and no newer award has come after it."""
    newer = aliased(Award)
    later = exists().where(newer.organisation_id == Award.organisation_id, newer.awarded_on > Award.awarded_on)
    return Award.withdrawn_at.is_(None), Award.replaced_by.is_(None), ~later
