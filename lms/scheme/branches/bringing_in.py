"""Bringing branches in: each new one with a letter to whoever is to coordinate it."""

from collections.abc import Sequence

from lms.languages import _, speaking
from lms.organisations.branches import Seed, found_branches
from lms.organisations.models import Organisation
from lms.people.models import Person
from lms.scheme.branches.entries import Entry
from lms.scheme.organisations.coordinators import coordinators_of, invite_coordinator


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
    """Whether its parent may name a coordinator: only until one has come.

    From then on the branch decides itself. Otherwise the parent's coordinator could invite herself at any time, to
    where she reads names.
    """
    return not any(coordinator.has_come for coordinator in coordinators_of(branch))
