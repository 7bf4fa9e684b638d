"""Beginning the next round: cloned from the one before, with what people completed and what goes on."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from lms.database import new_id, now, session
from lms.learning.renewing import bring_along
from lms.mark.renewal.models import SIDES, sides_for_anew
from lms.mark.renewal.standing import renewal_of
from lms.measures.carrying import carry_on
from lms.measures.models import plan_in
from lms.organisations.events import record
from lms.organisations.models import Round, hold_roster
from lms.people.models import Person


class NotYet(Exception):
    """The next round begins six months before the last day of the mark, or later."""


def begin_round(organisation_id: UUID, round_id: UUID, keep: Collection[UUID], by: Person) -> Round:
    """End this round and begin the next, with the measures to `keep`. Raises NotYet.

    When somebody else was faster, hers is the round that has begun, and that one is returned as it is.
    """
    hold_roster(organisation_id)
    # Read after the roster is held: of two who press at once, the second finds what the first has begun.
    before = session.scalars(
        select(Round)
        .where(Round.organisation_id == organisation_id, Round.ended_at.is_(None))
        .execution_options(populate_existing=True)
    ).one()
    standing = renewal_of(organisation_id)
    if before.id != round_id or standing.is_begun:
        return before
    if not standing.can_begin:
        raise NotYet
    moment = now()
    before.ended_at = moment
    session.flush()
    after = Round(
        organisation_id=organisation_id,
        id=new_id(),
        started_at=moment,
        courses=list(before.courses),
        leader_share=before.leader_share,
        staff_share=before.staff_share,
        declared_head_count=before.declared_head_count,
        time_share=before.time_share,
        shows_names=before.shows_names,
    )
    session.add(after)
    session.flush()
    everybody_anew = sides_for_anew(organisation_id, before.id) == {*SIDES}
    bring_along(before, after, everybody_anew)
    plan = plan_in(organisation_id, before.id)
    if plan is not None:
        carry_on(plan, keep, by)
    record(
        organisation_id, "renewal.begun", by, before=str(before.id), round=str(after.id), everybody_anew=everybody_anew
    )
    return after
