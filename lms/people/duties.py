"""What the worker does for people: forgets links that work no longer."""

from lms.database import now
from lms.mail.duties import duty
from lms.people.links import LINKS_ARE_KEPT, forget_links


@duty("forget mailed links", every_seconds=3600)
def forget_mailed_links() -> None:
    """A day after a link stopped working, nobody needs to know that it was asked for."""
    forget_links(now() - LINKS_ARE_KEPT)
