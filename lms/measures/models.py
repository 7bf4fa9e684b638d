"""The plan of a round and its measures; the risks an organisation lives with; and the talk with the scheme about it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session
from lms.measures.catalogue import catalogue
from lms.organisations.events import record
from lms.organisations.models import Round, current_round
from lms.people.models import Person
from lms.risks.words import owner_meant

STATUSES = ("planned", "started", "done", "continuing", "not_relevant")
BEGUN = ("started", "done", "continuing")
TIMES_A_YEAR = {"monthly": 12, "quarterly": 4, "half-yearly": 2, "yearly": 1}
MOST_MEASURES = 200
FIELDS = ("what", "why", "owner", "due", "recurring", "requirement", "already")


class EnoughMeasures(Exception):
    """Nobody can carry through more measures than this."""


class ChangedMeanwhile(Exception):
    """Somebody else has written since the page was opened; the page shows both."""


class MeasurePlan(Model):
    """What an organisation will do in a round: its measures, and what it has handed to the scheme."""

    __tablename__ = "lms_measure_plan"
    __table_args__ = (
        UniqueConstraint("organisation_id", "round_id"),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        CheckConstraint("answered_at IS NULL OR handed_in_at IS NOT NULL", name="answered_what_was_asked"),
        # The queue of the scheme asks for those that wait, the longest wait first.
        Index("ix_lms_measure_plan_waiting", "answered_at", "handed_in_at"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who opened the plan of measures, who handed it in, and who in the scheme answered.",
        retention="As long as the award that rests on it, and one round more.",
        person="opened_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID]
    requirements_version: Mapped[str] = mapped_column(String(40))
    catalogue_version: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    # The last time the organisation asked the scheme to look, and the answer to it.
    handed_in_at: Mapped[datetime | None]
    handed_in_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    # When each side was last told by mail that the other had written.
    organisation_told_at: Mapped[datetime | None]
    scheme_told_at: Mapped[datetime | None]

    def add(self, wanted: Mapping[str, Any], risks: Collection[UUID], example: str | None, by: Person) -> "Measure":
        """A new measure of the plan, as an answer to these risks. Raises EnoughMeasures.

        The same words twice are the same measure, unless for another day: an impatient finger presses twice, and
        four talks a year may be called the same. Whoever calls holds the plan.
        """
        there = measures_of(self)
        alike = ("what", "owner", "due", "recurring")
        same = next((one for one in there if all(getattr(one, field) == wanted[field] for field in alike)), None)
        if same is not None:
            return same
        if len(there) >= MOST_MEASURES:
            raise EnoughMeasures
        measure = Measure(
            organisation_id=self.organisation_id,
            id=new_id(),
            plan_id=self.id,
            example=example,
            # What exists already goes on until somebody says otherwise.
            status="continuing" if wanted["already"] else "planned",
            added_by=by.id,
            changed_by=by.id,
            **{field: wanted[field] for field in FIELDS},
        )
        session.add(measure)
        session.flush()
        session.add_all(
            MeasureRisk(organisation_id=self.organisation_id, measure_id=measure.id, risk_id=risk_id)
            for risk_id in risks
        )
        record(self.organisation_id, "measure.added", by, measure=str(measure.id))
        session.flush()
        return measure

    @property
    def waits(self) -> bool:
        """Whether the organisation has asked the scheme to look, and nobody has answered."""
        return self.handed_in_at is not None and self.answered_at is None

    def hand_in(self, by: Person) -> bool:
        """Ask the scheme to look; False when it has been asked already."""
        if self.waits:
            return False
        self.handed_in_at, self.handed_in_by = now(), by.id
        self.answered_at = self.answered_by = None
        record(self.organisation_id, "plan.handed_in", by)
        return True

    def answer(self, by: Person) -> bool:
        """The scheme has looked; False when somebody has answered already, or nobody asked."""
        if not self.waits:
            return False
        self.answered_at, self.answered_by = now(), by.id
        record(self.organisation_id, "plan.answered", by)
        return True


class Measure(Model):
    """Something the organisation does, or will do, against harassment and discrimination."""

    __tablename__ = "lms_measure"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "plan_id"], ["lms_measure_plan.organisation_id", "lms_measure_plan.id"]
        ),
        CheckConstraint("recurring IN ('', 'monthly', 'quarterly', 'half-yearly', 'yearly')", name="recurring"),
        CheckConstraint(
            "status IN ('planned', 'started', 'done', 'continuing', 'not_relevant')",
            name="status",
        ),
        CheckConstraint("status <> 'not_relevant' OR status_because <> ''", name="not_relevant_because"),
        CheckConstraint("revision >= 0", name="revision"),
        Index("ix_lms_measure_plan_id", "organisation_id", "plan_id"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who wrote down a measure and who changed it last; its owner is named by role.",
        retention="As long as the award; the name of somebody who is erased is taken out of the owner's field.",
        person="added_by",
        export=("what", "why", "owner", "due", "status", "added_at"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID]
    requirement: Mapped[str | None] = mapped_column(String(40))
    example: Mapped[str | None] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    # A role if they can, as the field says; what stands here may still be somebody's name.
    owner: Mapped[str] = mapped_column(String(120), default="")
    due: Mapped[date | None]
    recurring: Mapped[str] = mapped_column(String(20), default="")
    # It was there before this plan.
    already: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default="planned")
    status_because: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(default=now)
    added_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    revision: Mapped[int] = mapped_column(default=0)

    @property
    def is_begun(self) -> bool:
        """Whether something has happened already."""
        return self.status in BEGUN

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed in Norway, and it is neither done nor given up."""
        return self.due is not None and self.due < norwegian_day(now()) and self.status in ("planned", "started")

    @property
    def times_a_year(self) -> int:
        """How often it happens within a year, as planned: what recurs by its rhythm, what has a day once."""
        return TIMES_A_YEAR.get(self.recurring, 1 if self.due else 0)

    def change(self, wanted: Mapping[str, Any], risks: Collection[UUID], seen: int, by: Person) -> bool:
        """Let the measure be as somebody wants it, an answer to these `risks`; True when that changed something.

        Raises ChangedMeanwhile when it is no longer at the revision that was `seen`. Whoever calls holds the plan.
        """
        wanted = {**wanted, "owner": owner_meant(wanted["owner"], self.owner)}
        changed = [field for field in FIELDS if getattr(self, field) != wanted[field]]
        before = risks_of(self)
        if before != {*risks}:
            changed.append("risks")
        if not changed:
            return False
        if seen != self.revision:
            raise ChangedMeanwhile
        for field in FIELDS:
            setattr(self, field, wanted[field])
        for risk_id in before - {*risks}:
            session.delete(session.get_one(MeasureRisk, (self.organisation_id, self.id, risk_id)))
        for risk_id in {*risks} - before:
            session.add(MeasureRisk(organisation_id=self.organisation_id, measure_id=self.id, risk_id=risk_id))
        self.changed_at, self.changed_by = now(), by.id
        self.revision += 1
        record(self.organisation_id, "measure.changed", by, measure=str(self.id), fields=changed)
        return True

    def become(self, status: str, because: str, by: Person) -> None:
        """Give it a status; `because` is kept where the measure is not relevant. Raises ValueError without one then."""
        because = because if status == "not_relevant" else ""
        if status == "not_relevant" and not because:
            raise ValueError("not relevant needs a reason")
        if (self.status, self.status_because) == (status, because):
            return
        before, self.status, self.status_because = self.status, status, because
        # Not a new revision: a press must not cost somebody the words she is writing meanwhile.
        self.changed_at, self.changed_by = now(), by.id
        record(self.organisation_id, "measure.status", by, measure=str(self.id), before=before, status=status)

    def remove(self, by: Person) -> None:
        """Take it out of the plan; it can be put back."""
        if self.removed_at is None:
            self.removed_at, self.removed_by = now(), by.id
            record(self.organisation_id, "measure.removed", by, measure=str(self.id))

    def put_back(self, by: Person) -> None:
        """Have it in the plan again."""
        if self.removed_at is not None:
            self.removed_at = self.removed_by = None
            record(self.organisation_id, "measure.put_back", by, measure=str(self.id))


class MeasureRisk(Model):
    """A risk of the mapping that a measure is an answer to."""

    __tablename__ = "lms_measure_risk"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "measure_id"], ["lms_measure.organisation_id", "lms_measure.id"]),
        ForeignKeyConstraint(["organisation_id", "risk_id"], ["lms_risk.organisation_id", "lms_risk.id"]),
        Index("ix_lms_measure_risk_risk", "organisation_id", "risk_id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure_id: Mapped[UUID] = mapped_column(primary_key=True)
    risk_id: Mapped[UUID] = mapped_column(primary_key=True)


class LivesWith(Model):
    """A high risk that the organisation answers without a measure, and why."""

    __tablename__ = "lms_lives_with"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "risk_id"], ["lms_risk.organisation_id", "lms_risk.id"]),
        CheckConstraint("because <> ''", name="because"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who answered for the organisation that it lives with a risk.",
        retention="As long as the round, which the award rests on.",
        person="said_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    risk_id: Mapped[UUID] = mapped_column(primary_key=True)
    because: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(default=now)
    said_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


class Remark(Model):
    """A line in the talk between organisation and scheme: about a measure, a requirement, or the plan as a whole."""

    __tablename__ = "lms_plan_remark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "plan_id"], ["lms_measure_plan.organisation_id", "lms_measure_plan.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "measure_id"], ["lms_measure.organisation_id", "lms_measure.id"]),
        CheckConstraint("measure_id IS NULL OR requirement IS NULL", name="about_one_thing"),
        Index("ix_lms_plan_remark_plan", "organisation_id", "plan_id", "written_at"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To let organisation and scheme talk about the plan where it stands.",
        retention="As long as the award that rests on the plan, and one round more.",
        person="written_by",
        export=("written_at", "text"),
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID]
    measure_id: Mapped[UUID | None]
    requirement: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    from_scheme: Mapped[bool]
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))


def open_plan(organisation_id: UUID, by: Person) -> MeasurePlan:
    """The plan of the organisation's round, opened now if need be.

    Whoever calls holds the roster, so that two who open at once open one.
    """
    there = plan_in(organisation_id)
    if there is not None:
        return there
    plan = MeasurePlan(
        organisation_id=organisation_id,
        id=new_id(),
        round_id=current_round(organisation_id).id,
        requirements_version=catalogue().requirements_version,
        catalogue_version=catalogue().version,
        opened_by=by.id,
    )
    session.add(plan)
    record(organisation_id, "plan.opened", by)
    session.flush()
    return plan


def plan_in(organisation_id: UUID, round_id: UUID | None = None, to_change: bool = False) -> MeasurePlan | None:
    """The plan of a round, or of the one the organisation walks now; held until the end when it will change."""
    asked = select(MeasurePlan).where(MeasurePlan.organisation_id == organisation_id)
    if round_id is not None:
        asked = asked.where(MeasurePlan.round_id == round_id)
    else:
        same = and_(Round.organisation_id == MeasurePlan.organisation_id, Round.id == MeasurePlan.round_id)
        asked = asked.join(Round, same).where(Round.ended_at.is_(None))
    asked = asked.execution_options(populate_existing=to_change)
    return session.scalar(asked.with_for_update(of=MeasurePlan, key_share=True) if to_change else asked)


def measures_of(plan: MeasurePlan, removed: bool = False) -> list[Measure]:
    """The measures of a plan in the order they were added; or those that were taken out."""
    gone = Measure.removed_at.is_not(None) if removed else Measure.removed_at.is_(None)
    return list(
        session.scalars(
            select(Measure)
            .where(Measure.organisation_id == plan.organisation_id, Measure.plan_id == plan.id, gone)
            .order_by(Measure.added_at, Measure.id)
        )
    )


def measure_of(plan: MeasurePlan, measure_id: UUID) -> Measure | None:
    """This measure, if it belongs to the plan."""
    measure = session.get(Measure, (plan.organisation_id, measure_id), populate_existing=True)
    return measure if measure is not None and measure.plan_id == plan.id else None


def risks_of(measure: Measure) -> set[UUID]:
    """The risks that a measure is an answer to."""
    here = MeasureRisk.organisation_id == measure.organisation_id, MeasureRisk.measure_id == measure.id
    return set(session.scalars(select(MeasureRisk.risk_id).where(*here)))
