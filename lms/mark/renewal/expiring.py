"""What expires: the awards of a facilitator's organisations, and what is next for each."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

from lms.database import norwegian_day, now, session
from lms.group_sessions.models import GroupSession
from lms.mark.dates import latest_reached
from lms.mark.models import Award, MarkDecision, MarkRequest
from lms.mark.renewal.whose import is_open
from lms.mark.reviews.queue import is_hers
from lms.organisations.models import Organisation, Round
from lms.people.alphabet import alphabetical, folded, folded_letters
from lms.people.lists import ROWS_SHOWN, Look, Screenful, page_in
from lms.people.models import Person
from lms.risks.delivery import DeliveredMapping, MappingDecision
from lms.risks.models import RiskMapping

SHOWS = ("open", "due", "lapsed", "early", "withdrawn", "renewed", "all")
SORTS = ("day", "organisation")
MOST_WORDS = 6


@dataclass(frozen=True)
class Expiring:
    """An award, whose it is, and how far its organisation has come in the round that leads to the next one."""

    award: Award
    organisation: Organisation
    on: date
    has_newer: bool
    begun: bool
    held: bool
    accepted: bool
    waits: bool

    @property
    def state(self) -> str:
        """early, due, lapsed, withdrawn or renewed."""
        state = self.award.state(self.on)
        if state == "valid":
            return "due" if self.award.valid_until <= latest_reached(self.on, 6) else "early"
        # Whoever was awarded it again after it had lapsed has the mark, and nothing is left to do about the old one.
        return "renewed" if state == "expired" and self.has_newer else {"expired": "lapsed"}.get(state, state)

    @property
    def next_action(self) -> str:
        """What is next on the way to the next award; empty where nothing is."""
        if self.state in ("withdrawn", "renewed"):
            return ""
        if self.waits:
            return "answer"
        if not self.begun:
            return "wait" if self.state == "early" else "begin"
        if not self.held:
            return "meet"
        return "ask" if self.accepted else "map"


def expiring(facilitator: Person, look: Look, month: date | None = None) -> Screenful[Expiring]:
    """The page of the list that was asked for, of a month or of all; two questions, however many there are."""
    today = norwegian_day(now())
    found = _followed_by(facilitator, look["show"], today)
    for word in folded_letters(look["text"]).split()[:MOST_WORDS]:
        found = found.where(folded(Organisation.name).contains(word, autoescape=True))
    if month is not None:
        after = (month + timedelta(days=31)).replace(day=1)
        found = found.where(Award.valid_until >= month, Award.valid_until < after)
    in_all = session.scalar(select(func.count()).select_from(found.with_only_columns(Award.id).subquery())) or 0
    page = page_in(look, in_all)
    rows = session.execute(
        _with_what_is_next(found)
        .order_by(*([alphabetical(Organisation.name)] if look["sort"] == "organisation" else []))
        .order_by(Award.valid_until, Award.id)
        .offset((page - 1) * ROWS_SHOWN)
        .limit(ROWS_SHOWN)
    )
    return Screenful([_line(row, today) for row in rows], page, in_all)


def expiring_first(facilitator: Person, many: int) -> tuple[list[Expiring], int]:
    """The first of those that are to be renewed or have lapsed, and how many there are; one question."""
    today = norwegian_day(now())
    found = _with_what_is_next(_followed_by(facilitator, SHOWS[0], today)).add_columns(func.count().over())
    rows = session.execute(found.order_by(Award.valid_until, Award.id).limit(many)).all()
    return [_line(row[:-1], today) for row in rows], rows[0][-1] if rows else 0


def _followed_by(facilitator: Person, show: str, today: date) -> Any:
    hers = is_hers(facilitator, Award.organisation_id), is_open(Award.organisation_id)
    return (
        select(Award, Organisation)
        .join(Organisation, Organisation.id == Award.organisation_id)
        .join(Round, and_(Round.organisation_id == Award.organisation_id, Round.ended_at.is_(None)))
        .where(*hers, *_shown(show, today))
    )


def _line(row: Any, today: date) -> Expiring:
    award, organisation, *rest = row
    return Expiring(award, organisation, today, *(bool(each) for each in rest))


def _newer() -> ColumnElement[bool]:
    newer = aliased(Award)
    return exists().where(newer.organisation_id == Award.organisation_id, newer.awarded_on > Award.awarded_on)


def _shown(show: str, today: date) -> tuple[ColumnElement[bool], ...]:
    """Which awards are in a state today; those of today's states are one of them each."""
    six = latest_reached(today, 6)
    in_force = Award.withdrawn_at.is_(None), Award.replaced_by.is_(None)
    lapsed = and_(Award.valid_until < today, not_(_newer()))
    due = Award.valid_until.between(today, six)
    return {
        "all": (),
        "open": (*in_force, or_(due, lapsed)),
        "due": (*in_force, due),
        "lapsed": (*in_force, lapsed),
        "early": (*in_force, Award.valid_until > six),
        "withdrawn": (Award.withdrawn_at.is_not(None),),
        "renewed": (
            Award.withdrawn_at.is_(None),
            or_(Award.replaced_by.is_not(None), and_(Award.valid_until < today, _newer())),
        ),
    }[show]


def _with_what_is_next(found: Any) -> Any:
    held = exists().where(
        GroupSession.organisation_id == Award.organisation_id, GroupSession.held_at >= Round.started_at
    )
    accepted = exists().where(
        RiskMapping.organisation_id == Award.organisation_id,
        RiskMapping.round_id == Round.id,
        DeliveredMapping.organisation_id == RiskMapping.organisation_id,
        DeliveredMapping.mapping_id == RiskMapping.id,
        MappingDecision.organisation_id == DeliveredMapping.organisation_id,
        MappingDecision.delivery_id == DeliveredMapping.id,
        MappingDecision.verdict == "accepted",
    )
    answered = exists().where(
        MarkDecision.organisation_id == MarkRequest.organisation_id, MarkDecision.request_id == MarkRequest.id
    )
    waits = exists().where(
        MarkRequest.organisation_id == Award.organisation_id, MarkRequest.round_id == Round.id, ~answered
    )
    begun = Award.round_id.is_distinct_from(Round.id)
    return found.add_columns(_newer(), begun, held, accepted, waits)
