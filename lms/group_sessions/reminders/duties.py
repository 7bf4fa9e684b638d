"""What the worker does for reminders: it writes those that are due, and takes back those that are no longer true."""

from lms.database import now
from lms.group_sessions.reminders.sending import write_reminders
from lms.mail.duties import duty

WRITING = "write reminders"


@duty(WRITING, every_seconds=60)
def write_what_is_due() -> int:
    """A batch a minute: 3 000 people have their letters in six minutes, and nobody waits for a long transaction."""
    return write_reminders(now())
