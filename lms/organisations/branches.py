"""Branches: local youth clubs of one house, departments of another; each walks by itself, and its parent sees how far.

There is one storey: a branch has no branches.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select

from lms.database import session
from lms.organisations.events import record
from lms.organisations.models import Organisation, current_round, found_organisation
from lms.organisations.profile import OrganisationProfile, is_closed, profile_of
from lms.people.models import Person

MOST_BRANCHES = 200

Why = Literal["itself", "of_a_branch", "has_branches", "elsewhere", "enough", "closed"]


class CannotBeABranch(Exception):
    """This organisation cannot be a branch of that one; `why` says what stands in the way."""

    def __init__(self, why: Why):
        self.why = why


@dataclass(frozen=True)
class Seed:
    """What a new branch begins with: its name, and how many people it says it has (0 where nobody has said)."""

    name: str
    people: int


def make_branch(branch: Organisation, parent: Organisation, by: Person) -> None:
    """From now on the parent follows how far this organisation has come. Raises CannotBeABranch.

    Nothing else changes: its people, choices and pages stay its own.
    """
    _hold(branch.id, parent.id)
    if branch.parent_id == parent.id:
        return
    if branch.id == parent.id:
        raise CannotBeABranch("itself")
    if branch.parent_id is not None:
        raise CannotBeABranch("elsewhere")
    if count_branches(branch.id, with_closed=True):
        raise CannotBeABranch("has_branches")
    _make_room(parent)
    _join(branch, parent, by)


def found_branches(parent: Organisation, seeds: list[Seed], by: Person) -> list[Organisation]:
    """New organisations as branches, in this order, with the parent's courses and field. Raises CannotBeABranch.

    All of them or none: the caller keeps or throws away the whole transaction.
    """
    _hold(parent.id)
    _make_room(parent, len(seeds))
    round, above = current_round(parent.id), profile_of(parent.id)
    founded = []
    for seed in seeds:
        branch = found_organisation(seed.name, list(round.courses))
        current_round(branch.id).declared_head_count = seed.people
        session.add(
            OrganisationProfile(
                organisation_id=branch.id,
                country=above.country if above else "NO",
                field=above.field if above else "",
                facilitator_id=above.facilitator_id if above else None,
                employees=seed.people,
            )
        )
        record(branch.id, "organisation.founded", by, parent=str(parent.id))
        _join(branch, parent, by)
        founded.append(branch)
    session.flush()
    return founded


def leave_parent(branch: Organisation, by: Person) -> None:
    """The organisation is a branch no longer; who was its parent sees nothing of it."""
    _hold(branch.id)
    if branch.parent_id is not None:
        record(branch.parent_id, "branch.left", by, branch=str(branch.id))
        record(branch.id, "branch.left", by, parent=str(branch.parent_id))
        branch.parent_id = None


def hold_branches(parent: Organisation) -> None:
    """Let whoever brings branches to this parent follow one another until the transaction ends."""
    _hold(parent.id)


def branch_of(parent: Organisation, branch_id: UUID) -> Organisation | None:
    """This organisation, if it is a branch of that one and walks still."""
    mine = Organisation.id == branch_id, Organisation.parent_id == parent.id
    return session.scalar(select(Organisation).where(*mine, ~is_closed(Organisation.id)))


def names_of_branches(parent: Organisation) -> list[str]:
    """What its branches are called, also those that are closed."""
    return list(session.scalars(select(Organisation.name).where(Organisation.parent_id == parent.id)))


def count_branches(parent_id: UUID, with_closed: bool = False) -> int:
    """How many branches it has: those that walk, or all there are."""
    mine = select(func.count()).select_from(Organisation).where(Organisation.parent_id == parent_id)
    return session.scalar(mine if with_closed else mine.where(~is_closed(Organisation.id))) or 0


def _make_room(parent: Organisation, many: int = 1) -> None:
    if parent.parent_id is not None:
        raise CannotBeABranch("of_a_branch")
    profile = profile_of(parent.id)
    if profile is not None and profile.closed_at is not None:
        raise CannotBeABranch("closed")
    if count_branches(parent.id) + many > MOST_BRANCHES:
        raise CannotBeABranch("enough")


def _join(branch: Organisation, parent: Organisation, by: Person) -> None:
    branch.parent_id = parent.id
    record(parent.id, "branch.joined", by, branch=str(branch.id))
    record(branch.id, "branch.joined", by, parent=str(parent.id))


def _hold(*organisations: UUID) -> None:
    """Lock these rows, always in the same order, and read them anew: of two at once, the second sees what is so now."""
    session.execute(
        select(Organisation)
        .where(Organisation.id.in_(organisations))
        .order_by(Organisation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
