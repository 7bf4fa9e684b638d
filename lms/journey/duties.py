"""What the worker does across rooms: crews are erased after their event."""

from lms.journey.forgetting import take_name_out
from lms.learning.crews.erasing import erase_due
from lms.mail.duties import duty

# A transaction that erases many keeps others waiting; three thousand are gone within three hours.
MANY = 20


@duty("erase crews after their event", every_seconds=60)
def erase_crews() -> int:
    """Erase the people of crews whose day has come, some at a time; a worker that is killed has erased whole people."""
    return erase_due(MANY, take_name_out)
