"""Before somebody is erased: what she was to see to is not hers any more, whichever room has written it down."""

from uuid import UUID

from lms.measures.forgetting import forget_owner
from lms.people.models import Person
from lms.risks.forgetting import forget_owner_of_risks


def take_name_out(person: Person, only_in: UUID | None = None) -> None:
    """Take her name out of plans and mappings, wherever she works; `only_in` one where she keeps her account."""
    forget_owner(person, only_in)
    forget_owner_of_risks(person, only_in)
