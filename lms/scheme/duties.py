"""What the worker does for the scheme: forgets applications that nobody needs any more."""

from datetime import timedelta

from lms.database import now
from lms.mail.duties import duty
from lms.scheme.applications.models import UNCONFIRMED_ARE_KEPT, forget_decided, forget_unconfirmed

DECIDED_ARE_KEPT = timedelta(days=2 * 365)


@duty("forget applications", every_seconds=86_400)
def forget_applications() -> int:
    """A month without a confirmed address, or two years after the decision."""
    return forget_unconfirmed(now() - UNCONFIRMED_ARE_KEPT) + forget_decided(now() - DECIDED_ARE_KEPT)
