"""What the worker does for guidelines: it writes the letters that coordinators have pressed for."""

from lms.database import now
from lms.mail.duties import duty
from lms.measures.guidelines.reminding import write_letters


@duty("remind of guidelines", every_seconds=60)
def write_what_was_asked_for() -> int:
    """A batch a minute, so that nobody waits for a long transaction."""
    return write_letters(now())
