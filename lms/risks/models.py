"""The risk mapping of a round and its rows; what somebody writes in a row is never lost to somebody else's words."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    and_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session
from lms.organisations.models import Round, current_round
from lms.organisations.names_left import ErasedMeanwhile, fields_named_in, pass_on
from lms.people.models import Person
from lms.risks.catalogue import catalogue
from lms.risks.changes import RiskChange, changes_waiting, pass_by
from lms.risks.words import EMPTY, FIELDS, UNKNOWN, merged, score_of, state_of

MOST_ROWS = 60


class MappingClosed(Exception):
    """The mapping is with the scheme; what was delivered stays as it was."""


class EnoughRows(Exception):
    """Nobody can talk through more rows than this."""


class ChangedMeanwhile(Exception):
    """Somebody else has written since the page was opened; the page shows both."""


class RiskMapping(Model):
    """One round of asking: where could harassment and discrimination happen here, and what hinders it?"""

    __tablename__ = "lms_risk_mapping"
    __table_args__ = (
        UniqueConstraint("organisation_id", "round_id"),
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who opened the risk mapping, and who asked for contributions.",
        retention="As long as the round, which the award rests on.",
        person="opened_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID]
    catalogue_version: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("lms_person.id"))
    can_go_wrong: Mapped[str] = mapped_column(Text, default="")
    can_prevent: Mapped[str] = mapped_column(Text, default="")
    can_soften: Mapped[str] = mapped_column(Text, default="")
    framing_revision: Mapped[int] = mapped_column(default=0)
    contributions_until: Mapped[datetime | None]
    # From the moment it is delivered until it is returned, if it is.
    closed_at: Mapped[datetime | None]

    def must_be_open(self) -> None:
        """Raises MappingClosed once the mapping is with the scheme."""
        if self.closed_at is not None:
            raise MappingClosed

    @property
    def asks_for_contributions(self) -> bool:
        """Whether employees can contribute now."""
        return self.closed_at is None and self.contributions_until is not None and self.contributions_until > now()

    @property
    def last_day_of_contributions(self) -> date | None:
        """The last day in Norway on which employees can contribute; None when they were never asked."""
        return norwegian_day(self.contributions_until - timedelta(microseconds=1)) if self.contributions_until else None

    def answer_framing(self, answers: Mapping[str, str], based_on: int) -> bool:
        """Keep the answers to the three questions that frame the rows; True when that changed something.

        Raises ChangedMeanwhile when somebody else has written since revision `based_on`, MappingClosed.
        """
        self.must_be_open()
        if all(getattr(self, name) == answer for name, answer in answers.items()):
            return False
        if based_on != self.framing_revision:
            raise ChangedMeanwhile
        for name, answer in answers.items():
            setattr(self, name, answer)
        self.framing_revision += 1
        return True

    def add_own(self, title: str, by: Person) -> "Risk":
        """A row for a risk factor of the organisation's own. Raises EnoughRows, MappingClosed.

        The same words twice are the same row: an impatient finger presses twice.
        """
        self.must_be_open()
        rows = rows_of(self)
        there = next((row for row in rows if row.factor is None and row.title == title), None)
        if there is not None:
            return there
        if len(rows) >= MOST_ROWS:
            raise EnoughRows
        row = Risk(
            organisation_id=self.organisation_id, id=new_id(), mapping_id=self.id, place=len(rows) + 1, title=title
        )
        session.add(row)
        session.flush()
        row.begin(by)
        return row


class Risk(Model):
    """A row of the mapping: one risk factor, from the catalogue or the organisation's own, as it is here."""

    __tablename__ = "lms_risk"
    __table_args__ = (
        UniqueConstraint("organisation_id", "mapping_id", "factor"),
        ForeignKeyConstraint(
            ["organisation_id", "mapping_id"], ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"]
        ),
        CheckConstraint("relevant IN ('', 'yes', 'partly', 'no', 'unknown')", name="relevant"),
        CheckConstraint("likelihood BETWEEN 1 AND 3", name="likelihood"),
        CheckConstraint("consequence BETWEEN 1 AND 3", name="consequence"),
        CheckConstraint("(factor IS NULL) = (title <> '')", name="named_once"),
        CheckConstraint("revision >= 0", name="revision"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who took an own risk factor out of the mapping; a row names roles, not people.",
        retention="As long as the round, which the award rests on.",
        person="removed_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mapping_id: Mapped[UUID]
    place: Mapped[int]
    factor: Mapped[str | None] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200), default="")
    relevant: Mapped[str] = mapped_column(String(10), default="")
    where_and_when: Mapped[str] = mapped_column(Text, default="")
    likelihood: Mapped[int | None]
    consequence: Mapped[int | None]
    already: Mapped[str] = mapped_column(Text, default="")
    proposed: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(120), default="")
    deadline: Mapped[date | None]
    postponed: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    def name(self, locale: str) -> str:
        """The factor in the reader's language, or in the organisation's own words."""
        factor = catalogue().factor(self.factor)
        return factor.title(locale) if factor else self.title or self.factor or ""

    def suggested(self, locale: str) -> tuple[str, ...]:
        """Measures that others have taken against this."""
        factor = catalogue().factor(self.factor)
        return factor.suggested(locale) if factor else ()

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the row, as JSON can hold it."""
        return {
            **{field: getattr(self, field) for field in FIELDS},
            "deadline": self.deadline.isoformat() if self.deadline else None,
        }

    @property
    def score(self) -> int | None:
        """Likelihood times consequence, for sorting only; None until both are given."""
        return score_of(self.values)

    @property
    def state(self) -> str:
        """Where the talk about this row is: new, postponed, begun or done."""
        return state_of(self.values)

    def begin(self, by: Person) -> None:
        """The first line of the history of an own factor: who thought of it."""
        self._let_be(self.values)
        session.add(self._change(self.values, 0, by, revision=self.revision))

    def change(
        self,
        wanted: Mapping[str, Any],
        based_on: int,
        by: Person,
        while_writing: bool = False,
        told_at: int = 0,
    ) -> RiskChange | None:
        """Let the row be as somebody wants it, who had revision `based_on` before her.

        What nobody else has touched meanwhile is kept at once. Where two have written different words in one field,
        both wait until somebody chooses: the change that waits is returned. Raises ErasedMeanwhile where what she
        wrote may hold the name of somebody who was erased since, unless she was told at revision `told_at`. Whoever
        calls holds the mapping.
        """
        named = self.fields_to_look_at(wanted, max(based_on, told_at))
        if named:
            raise ErasedMeanwhile(named)
        kept, clashing = merged(self._values_at(based_on), self.values, wanted)
        if kept != self.values:
            pass_by(self, by.id)
            self._let_be(kept)
            session.add(self._change(kept, based_on, by, revision=self.revision, while_writing=while_writing))
        if not clashing:
            return None
        waits = changes_waiting(self)
        waiting = next((one for one in waits if one.values == dict(wanted)), None)
        if waiting is None:
            # The page stopped saving when the two met; what she wrote before and after that is one text.
            waiting = next((one for one in waits if (one.by, one.based_on) == (by.id, based_on)), None)
            if waiting is not None and waiting.while_writing:
                waiting.values, waiting.at = dict(wanted), now()
            else:
                waiting = self._change(wanted, based_on, by, revision=None, while_writing=while_writing)
                session.add(waiting)
        return waiting

    def fields_to_look_at(self, wanted: Mapping[str, Any], seen: int) -> list[str]:
        """Where what somebody wants may name somebody who was erased since revision `seen`; nothing names nobody."""
        if seen >= self.revision:
            return []
        named = fields_named_in(self.organisation_id, "risk", self.id, seen)
        return [field for field in FIELDS if field in named and wanted[field] not in ("", self.values[field])]

    def clashing_with(self, waiting: RiskChange) -> list[str]:
        """The fields in which a change that waits says something else than the row."""
        return merged(self._values_at(waiting.based_on), self.values, waiting.values)[1]

    def choose(self, waiting: RiskChange, picked: Mapping[str, str], seen: int, by: Person) -> None:
        """Settle a change that waits: for each field the row's words (`there`), the other's (`hers`), or `both`.

        Raises ChangedMeanwhile when the row is no longer at the revision that was `seen`.
        """
        if waiting.settled_at is not None:
            return
        if seen != self.revision:
            raise ChangedMeanwhile
        values = self.values
        for field in self.clashing_with(waiting):
            hers = waiting.values[field]
            if picked[field] == "both":
                values[field] = "\n\n".join(filter(None, (values[field], hers)))
            elif picked[field] == "hers":
                values[field] = hers
        waiting.settled_at, waiting.settled_by = now(), by.id
        if values != self.values:
            seen = self.revision
            self._let_be(values)
            session.add(self._change(values, seen, by, revision=self.revision))
        # Both were kept until now. What nobody chose is nobody's to read, nor to be forgotten in one by one.
        waiting.values = self.values

    def remove(self, by: Person) -> None:
        """Take an own factor out of the form; its words stay in the history, and it can be put back."""
        if self.factor is None and self.removed_at is None:
            self.removed_at, self.removed_by = now(), by.id

    def put_back(self) -> None:
        """Have the row in the form again."""
        self.removed_at = self.removed_by = None

    def _let_be(self, values: Mapping[str, Any]) -> None:
        for field in FIELDS:
            setattr(self, field, values[field])
        self.deadline = date.fromisoformat(values["deadline"]) if values["deadline"] else None
        self.revision += 1

    def _values_at(self, revision: int) -> Mapping[str, Any]:
        if revision == self.revision:
            return self.values
        there = session.scalar(
            select(RiskChange).where(*RiskChange.of(self), RiskChange.revision == revision, RiskChange.revision > 0)
        )
        if there is not None:
            return there.values
        return {**EMPTY, "title": self.title} if revision == 0 else UNKNOWN

    def _change(
        self, values: Mapping[str, Any], based_on: int, by: Person, revision: int | None, while_writing: bool = False
    ) -> RiskChange:
        return RiskChange(
            organisation_id=self.organisation_id,
            id=new_id(),
            risk_id=self.id,
            values=dict(values),
            based_on=based_on,
            revision=revision,
            by=by.id,
            while_writing=while_writing,
        )


def open_mapping(organisation_id: UUID, by: Person) -> tuple[RiskMapping, bool]:
    """The mapping of the organisation's round, opened now with a row for each factor of the catalogue if need be.

    Whoever calls holds the roster, so that two who open at once open one.
    """
    there = mapping_in(organisation_id)
    if there is not None:
        return there, False
    mapping = RiskMapping(
        organisation_id=organisation_id,
        id=new_id(),
        round_id=current_round(organisation_id).id,
        catalogue_version=catalogue().version,
        opened_by=by.id,
    )
    session.add(mapping)
    session.flush()
    session.add_all(
        Risk(organisation_id=organisation_id, mapping_id=mapping.id, place=place, factor=factor.key)
        for place, factor in enumerate(catalogue().factors, 1)
    )
    session.flush()
    taken_on = {before: mapping.add_own(title, by).id for before, title in _own_titles_before(organisation_id)}
    session.flush()
    pass_on(organisation_id, "risk", taken_on, {"title": "title"})
    return mapping, True


def _own_titles_before(organisation_id: UUID) -> list[tuple[UUID, str]]:
    """The organisation's own risk factors in the mapping of the round before: id and words alone."""
    before = (
        select(RiskMapping.id)
        .join(Round, and_(Round.organisation_id == RiskMapping.organisation_id, Round.id == RiskMapping.round_id))
        .where(RiskMapping.organisation_id == organisation_id, Round.ended_at.is_not(None))
        .order_by(Round.ended_at.desc())
        .limit(1)
    )
    own = Risk.factor.is_(None), Risk.removed_at.is_(None), Risk.relevant != "no"
    here = Risk.organisation_id == organisation_id, Risk.mapping_id == before.scalar_subquery()
    rows = session.execute(select(Risk.id, Risk.title).where(*here, *own).order_by(Risk.place, Risk.id))
    return [(row.id, row.title) for row in rows]


def mapping_in(organisation_id: UUID, to_change: bool = False) -> RiskMapping | None:
    """The mapping of the organisation's current round; held until the end when it is going `to_change`."""
    asked = (
        select(RiskMapping)
        .join(Round, and_(Round.organisation_id == RiskMapping.organisation_id, Round.id == RiskMapping.round_id))
        .where(RiskMapping.organisation_id == organisation_id, Round.ended_at.is_(None))
        .execution_options(populate_existing=to_change)
    )
    return session.scalar(asked.with_for_update(of=RiskMapping, key_share=True) if to_change else asked)


def hold_mapping(organisation_id: UUID, mapping_id: UUID) -> None:
    """Let everybody who writes in one mapping follow one another until the transaction ends."""
    here = RiskMapping.organisation_id == organisation_id, RiskMapping.id == mapping_id
    session.execute(select(RiskMapping.id).where(*here).with_for_update(key_share=True))


def rows_of(mapping: RiskMapping, removed: bool = False) -> list[Risk]:
    """The rows in the order of the form; or those that were taken out."""
    gone = Risk.removed_at.is_not(None) if removed else Risk.removed_at.is_(None)
    return list(
        session.scalars(
            select(Risk)
            .where(Risk.organisation_id == mapping.organisation_id, Risk.mapping_id == mapping.id, gone)
            .order_by(Risk.place, Risk.id)
        )
    )


def row_of(mapping: RiskMapping, risk_id: UUID) -> Risk | None:
    """This row, if it belongs to the mapping."""
    row = session.get(Risk, (mapping.organisation_id, risk_id), populate_existing=True)
    return row if row is not None and row.mapping_id == mapping.id else None
