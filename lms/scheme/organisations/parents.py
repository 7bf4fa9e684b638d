"""Which organisation another is to be a branch of: found by what an administrator writes, and why it cannot be."""

from sqlalchemy import or_, select

from lms.database import session
from lms.languages import _
from lms.organisations.branches import MOST_BRANCHES, Why
from lms.organisations.models import Organisation
from lms.organisations.profile import OrganisationProfile, is_closed
from lms.people.alphabet import alphabetical, folded, folded_letters

MOST_OFFERED = 10


def parents_called(written: str, branch: Organisation) -> list[Organisation]:
    """Those that may be meant: with exactly this name or number, else some whose name holds what was written."""
    words = folded_letters(written)
    if not words:
        return []
    may_be = (
        select(Organisation)
        .outerjoin(OrganisationProfile, OrganisationProfile.organisation_id == Organisation.id)
        .where(Organisation.id != branch.id, Organisation.parent_id.is_(None), ~is_closed(Organisation.id))
        .order_by(alphabetical(Organisation.name), Organisation.id)
        .limit(MOST_OFFERED)
    )
    number = "".join(written.split())
    same = may_be.where(or_(folded(Organisation.name) == words, OrganisationProfile.number == number))
    exactly = list(session.scalars(same))
    return exactly or list(session.scalars(may_be.where(folded(Organisation.name).contains(words, autoescape=True))))


def why_not(why: Why) -> str:
    """What stands in the way, and what to do about it."""
    reasons = {
        "itself": _("An organisation cannot be a branch of itself."),
        "of_a_branch": _("This one is a branch itself, and a branch has no branches. Choose its parent."),
        "has_branches": _("It has branches of its own. Take them out first, or make them branches of the same parent."),
        "elsewhere": _("It is a branch of another organisation. Take it out there first."),
        "enough": _("An organisation has at most %(number)s branches.", number=MOST_BRANCHES),
        "closed": _("The parent is closed."),
    }
    return reasons[why]
