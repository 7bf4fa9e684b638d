"""What the worker does for the year: it writes to those who see to what is near."""

from lms.database import now
from lms.mail.duties import duty
from lms.measures.year_wheel.reminding import write_letters


@duty("remind of the year's activities", every_seconds=600)
def write_what_is_near() -> int:
    """Some organisations each time, so that nobody waits for a long transaction."""
    return write_letters(now())
