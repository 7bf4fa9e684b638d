"""Bringing branches in: each new one with a letter to whoever is to coordinate it."""

from collections.abc import Sequence

from sqlalchemy import select

from lms.database import session
from lms.languages import _, speaking
from lms.organisations.branches import Seed, found_branches
from lms.organisations.models import Employee, Organisation
from lms.organisations.reaching import has_come_in
from lms.people.models import Person
from lms.scheme.branches.entries import Entry
from lms.scheme.organisations.coordinators import invite_coordinator


def bring_in(parent: Organisation, entries: Sequence[Entry], by: Person, reader: str) -> int:
    """Found every branch that is right and not here yet, and say how many. Raises CannotBeABranch.

    Whoever has an address gets a letter that only she can accept; the others are invited from the branch's page.
    """
    new = [entry for entry in entries if entry.change == "new"]
    founded = found_branches(parent, [Seed(entry.name, entry.people) for entry in new], by)
    for branch, entry in zip(founded, new, strict=True):
        if entry.email:
            invite_coordinator(branch, entry.contact or somebody(reader), entry.email, reader, by)
    return len(founded)


def somebody(reader: str) -> str:
    """What whoever is invited is called until she writes her name herself."""
    with speaking(reader):
        return _("coordinator").capitalize()


def may_be_invited_to(branch: Organisation) -> bool:
    """Whether its parent may name a coordinator: only until somebody has come, also where she has left again.

    From then on the branch decides itself, or the scheme for it. Otherwise the parent's coordinator could invite
    herself, to where she reads names, or learn by trying which addresses are known there.
    """
    have_come = (
        select(Person.id)
        .join(Employee, Employee.person_id == Person.id)
        .where(Employee.organisation_id == branch.id, has_come_in())
    )
    return session.scalar(have_come.limit(1)) is None
