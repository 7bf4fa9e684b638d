"""Organisations, their people, the links people enter by, and the two-year round they walk."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, new_id, norwegian_day, now, session
from lms.organisations.join_codes import new_join_code
from lms.organisations.profile import is_closed, only_read
from lms.people.models import BY_NAME, Person, by_whose_it_is

FEWEST_FOR_SHARING = 5


class JoinLinkClosed(Exception):
    """Nobody can enter by this link now; `why` is expired, revoked or full."""

    def __init__(self, why: str):
        self.why = why


class WrongMailDomain(Exception):
    """The link is for addresses at one domain, and this is not one of them."""


class LastCoordinator(Exception):
    """An organisation must always have somebody who can open its pages."""


class Organisation(Model):
    """Who walks the steps: a theatre, a festival, an orchestra, a publisher, a venue."""

    __tablename__ = "lms_organisation"
    __table_args__ = (
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="own_parent"),
        Index("ix_lms_organisation_parent_id", "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("lms_organisation.id"))
    reporting_channel: Mapped[str] = mapped_column(Text, default="")
    channel_revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Round(Model):
    """One two-year walk through the four steps, with what the organisation chose for it."""

    __tablename__ = "lms_round"
    __table_args__ = (
        Index(
            "uq_lms_round_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("leader_share BETWEEN 0 AND 100", name="leader_share"),
        CheckConstraint("staff_share BETWEEN 0 AND 100", name="staff_share"),
        CheckConstraint("time_share BETWEEN 0 AND 100", name="time_share"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    courses: Mapped[list[str]] = mapped_column(default=list)
    leader_share: Mapped[int] = mapped_column(default=100)
    staff_share: Mapped[int] = mapped_column(default=80)
    declared_head_count: Mapped[int] = mapped_column(default=0)
    time_share: Mapped[int] = mapped_column(default=0)
    # Whether the facilitator sees who has completed what, and not only how many.
    shows_names: Mapped[bool] = mapped_column(default=False)
    roster_confirmed_at: Mapped[datetime | None]
    roster_confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who said that the roster is whole.",
        retention="As long as the round, which the award rests on.",
        person="roster_confirmed_by",
        erase="keep",
    )

    def confirm_roster(self, by: Person) -> None:
        """Somebody who knows says: these are all of us."""
        self.roster_confirmed_at, self.roster_confirmed_by = now(), by.id


class Employee(Model):
    """A person's place in one organisation: also freelancers, volunteers and the board."""

    __tablename__ = "lms_employee"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id"),
        # The place in the alphabet is the person's: it follows her when she is called something else, or erased.
        ForeignKeyConstraint(["person_id", "by_name"], ["lms_person.id", "lms_person.by_name"], onupdate="CASCADE"),
        # A page of a list by name is read from here, whatever the head count, and only then looked up.
        Index("ix_lms_employee_by_name", "organisation_id", "by_name", "id", "left_at"),
        # How many are here, and how many came and left since: answered from the index alone.
        Index("ix_lms_employee_here", "organisation_id", "left_at", "joined_at"),
        CheckConstraint("role IN ('employee', 'coordinator', 'unnamed')", name="role"),
        CheckConstraint("role <> 'unnamed' OR left_at IS NOT NULL", name="unnamed"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who is to take the courses, and who may open the organisation's pages.",
        retention="Two years after the round in which she left.",
        person="person_id",
        export=("organisation_id", "role", "is_leader", "team", "joined_at", "left_at"),
        erase="blank",
        blanks=("team",),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(index=True)
    by_name: Mapped[str] = mapped_column(BY_NAME, default=by_whose_it_is)
    role: Mapped[str] = mapped_column(String(20), default="employee")
    is_leader: Mapped[bool] = mapped_column(default=False)
    team: Mapped[str] = mapped_column(String(80), default="")
    join_link_id: Mapped[UUID | None]
    joined_at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]

    def change(self, role: str, is_leader: bool, team: str) -> None:
        """Set role, leadership and team. Raises LastCoordinator rather than lock everybody out."""
        if self.role == "coordinator" and role != "coordinator" and _is_last_coordinator(self):
            raise LastCoordinator
        self.role, self.is_leader, self.team = role, is_leader, team

    def belong_to(self, person: Person) -> None:
        """Let the place be another person's from now on."""
        self.person_id, self.by_name = person.id, person.by_name

    def leave(self) -> None:
        """The person has left the organisation; what she completed stays in its history."""
        if _is_last_coordinator(self):
            raise LastCoordinator
        if self.left_at is None:
            self.left_at = now()

    def come_back(self) -> None:
        """Undo leaving."""
        self.left_at = None


class JoinLink(Model):
    """An organisation's link or QR code through which people enter."""

    __tablename__ = "lms_join_link"
    __table_args__ = (
        CheckConstraint("cap IS NULL OR used <= cap", name="cap"),
        CheckConstraint("due_days > 0", name="due_days"),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To know who opened and closed a way into the organisation.",
        retention="As long as the round it belongs to.",
        person="created_by",
        erase="keep",
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("lms_organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40), unique=True, default=new_join_code)
    label: Mapped[str] = mapped_column(String(80))
    team: Mapped[str] = mapped_column(String(80), default="")
    is_leader: Mapped[bool] = mapped_column(default=False)
    courses: Mapped[list[str]] = mapped_column(default=list)
    expires_at: Mapped[datetime | None]
    cap: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    mail_domain: Mapped[str] = mapped_column(String(100), default="")
    allows_unnamed: Mapped[bool] = mapped_column(default=False)  # whoever enters may keep her name to herself
    due_days: Mapped[int | None]  # how long somebody who enters has to complete the courses
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"))

    @property
    def closed(self) -> str | None:
        """Why nobody can enter now: revoked, expired or full; None while it is open."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now():
            return "expired"
        return "full" if self.cap is not None and self.used >= self.cap else None

    @property
    def last_day(self) -> date | None:
        """The last day in Norway on which somebody can enter; None when no day has been set."""
        return norwegian_day(self.expires_at - timedelta(microseconds=1)) if self.expires_at else None

    def is_for(self, email: str) -> bool:
        """Whether the link lets somebody with this address in."""
        return not self.mail_domain or email.rpartition("@")[2].lower() == self.mail_domain.lower()

    def courses_in(self, round: Round) -> list[str]:
        """What those who enter are to take: the link's own choice, as far as the organisation still asks for it."""
        return [course for course in round.courses if course in self.courses] or list(round.courses)

    def due_on(self, entered: datetime) -> date | None:
        """By which day in Norway somebody who entered then is to be done; None where the link sets no time."""
        return norwegian_day(entered) + timedelta(days=self.due_days) if self.due_days else None

    def admit(self, person: Person, email: str = "", team: str = "") -> Employee:
        """Let a person in, to her team or the link's; once, however often she presses.

        Raises JoinLinkClosed, WrongMailDomain.

        Somebody who is in already keeps her place. Somebody who had left comes back as an employee: a link that
        anybody may have kept must not give the coordinator's pages back.
        """
        already = employee_of(person, self.organisation_id)
        if already is not None and already.left_at is None:
            return already
        if self.closed:
            raise JoinLinkClosed(self.closed)
        if not self.is_for(email):
            raise WrongMailDomain
        self.take_a_place()
        if already is not None:
            hold_roster(self.organisation_id)
            already.come_back()
            if already.role == "unnamed":
                already.team, already.is_leader = self.team, self.is_leader
            already.team = team or already.team
            already.role, already.join_link_id, already.joined_at = "employee", self.id, now()
            return already
        employee = Employee(
            id=new_id(),
            organisation_id=self.organisation_id,
            person_id=person.id,
            by_name=person.by_name,
            is_leader=self.is_leader,
            team=team or self.team,
            join_link_id=self.id,
        )
        session.add(employee)
        return employee

    def take_a_place(self) -> None:
        """Count somebody who enters. Raises JoinLinkClosed for one more than there is room for."""
        taken = session.execute(
            update(JoinLink)
            .where(
                JoinLink.organisation_id == self.organisation_id,
                JoinLink.id == self.id,
                JoinLink.revoked_at.is_(None),
                or_(JoinLink.cap.is_(None), JoinLink.used < JoinLink.cap),
            )
            .values(used=JoinLink.used + 1)
            .returning(JoinLink.id)
        )
        if taken.first() is None:
            raise JoinLinkClosed("full")

    def revoke(self, by: Person) -> None:
        """Close the link for good; those who entered by it stay."""
        if self.revoked_at is None:
            self.revoked_at, self.revoked_by = now(), by.id

    def renew(self, by: Person, expires_at: datetime | None = None) -> "JoinLink":
        """A fresh link with the same purpose in place of this one, which is closed."""
        self.revoke(by)
        fresh = JoinLink(
            id=new_id(),
            organisation_id=self.organisation_id,
            label=self.label,
            team=self.team,
            is_leader=self.is_leader,
            courses=list(self.courses),
            expires_at=expires_at,
            cap=self.cap,
            mail_domain=self.mail_domain,
            allows_unnamed=self.allows_unnamed,
            due_days=self.due_days,
            created_by=by.id,
        )
        session.add(fresh)
        return fresh


def found_organisation(name: str, courses: list[str], coordinator: Person | None = None) -> Organisation:
    """A new organisation with its first round, and whoever founds it as its coordinator."""
    organisation = Organisation(id=new_id(), name=name)
    session.add(organisation)
    session.flush()
    session.add(Round(organisation_id=organisation.id, courses=courses))
    if coordinator is not None:
        session.add(Employee(organisation_id=organisation.id, person_id=coordinator.id, role="coordinator"))
    session.flush()
    return organisation


def places_of(person: Person, only_in: UUID | None = None) -> Select[UUID]:
    """The organisations where she is or was on the roster, for a question; or one of them alone."""
    places = select(Employee.organisation_id).where(Employee.person_id == person.id)
    return places if only_in is None else places.where(Employee.organisation_id == only_in)


def employee_in(organisation_id: UUID, employee_id: UUID) -> Employee | None:
    """Somebody's place in this organisation; one without a name is nobody's to find."""
    employee = session.get(Employee, (organisation_id, employee_id))
    return employee if employee is not None and employee.role != "unnamed" else None


def employee_to_change(organisation_id: UUID, employee_id: UUID) -> Employee | None:
    """Somebody's place in this organisation, with the roster held until the change is kept.

    Two coordinators who both step down at once follow one another, and so do two who change the same person.
    """
    hold_roster(organisation_id)
    employee = session.get(Employee, (organisation_id, employee_id), populate_existing=True)
    return employee if employee is not None and employee.role != "unnamed" else None


def hold_roster(organisation_id: UUID) -> None:
    """Let changes of one roster follow one another until the transaction ends; new rows are not in the way."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))


def employee_of(person: Person, organisation_id: UUID) -> Employee | None:
    """The person's place in this organisation, also if she has left."""
    return session.scalar(
        select(Employee).where(Employee.organisation_id == organisation_id, Employee.person_id == person.id)
    )


def organisations_coordinated_by(person: Person) -> list[Organisation]:
    """Where the person may open the organisation's pages."""
    return list(
        session.scalars(
            select(Organisation)
            .join(Employee, Employee.organisation_id == Organisation.id)
            .where(Employee.person_id == person.id, Employee.role == "coordinator", Employee.left_at.is_(None))
            .order_by(Organisation.name)
        )
    )


def organisation_coordinated_by(person: Person, organisation_id: UUID) -> Organisation | None:
    """This organisation, if the person is a coordinator there. Raises OrganisationClosed where she could write."""
    row = session.execute(
        select(Organisation, is_closed(Organisation.id))
        .join(Employee, Employee.organisation_id == Organisation.id)
        .where(
            Organisation.id == organisation_id,
            Employee.person_id == person.id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
        )
    ).first()
    if row is not None and row[1]:
        only_read()
    return row[0] if row else None


def current_round(organisation_id: UUID) -> Round:
    """The round the organisation is walking now."""
    return session.scalars(
        select(Round).where(Round.organisation_id == organisation_id, Round.ended_at.is_(None))
    ).one()


def _is_last_coordinator(employee: Employee) -> bool:
    others = session.scalar(
        select(func.count())
        .select_from(Employee)
        .join(Person, Person.id == Employee.person_id)
        .where(
            Employee.organisation_id == employee.organisation_id,
            Employee.role == "coordinator",
            Employee.left_at.is_(None),
            Employee.id != employee.id,
            Person.erased_at.is_(None),
        )
    )
    return employee.role == "coordinator" and employee.left_at is None and others == 0
