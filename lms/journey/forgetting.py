"""Before somebody is erased: her name leaves what others wrote, whichever room it was written down in.

Each room takes it out of what nobody can change any more, and asks the coordinators about the rest; see
`lms/organisations/names_left.py`.
"""

from uuid import UUID

from lms.learning.roster_import.forgetting import forget_in_lists
from lms.mark.forgetting import forget_at_the_mark
from lms.measures.forgetting import forget_in_evidence, forget_in_guidelines, forget_in_plans
from lms.organisations.forgetting import forget_in_channel, forget_in_exceptions
from lms.organisations.names_left import leaving
from lms.people.models import Person
from lms.risks.forgetting import forget_in_mappings, forget_in_notes


def take_name_out(person: Person, only_in: UUID | None = None) -> None:
    """Take her name out of what was written wherever she works; `only_in` one where she keeps her account."""
    who = leaving(person, only_in)
    if not who.name or not who.places:
        return
    forget_in_channel(who)
    forget_in_exceptions(who)
    forget_in_lists(person, who)
    forget_in_mappings(who)
    forget_in_notes(who)
    forget_in_plans(who)
    forget_in_evidence(who)
    forget_in_guidelines(who)
    forget_at_the_mark(who)
