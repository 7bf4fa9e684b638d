"""What the worker does about the week: it writes to the coordinators who want the weekly letter."""

from lms.database import now
from lms.group_sessions.digest.sending import write_weekly_letters
from lms.mail.duties import duty

WRITING = "write weekly letters"


@duty(WRITING, every_seconds=600)
def write_what_is_due() -> int:
    """From Monday morning on; a worker that was down on Monday writes when it is back."""
    return write_weekly_letters(now())
