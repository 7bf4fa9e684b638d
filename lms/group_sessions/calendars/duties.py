"""What the worker does for group sessions: tells people when they are, and when that changes."""

from lms.group_sessions.calendars.telling import look_again, tell_what_is_due
from lms.mail.duties import duty


@duty("tell people about group sessions", every_seconds=15)
def tell_people() -> int:
    """Write the invitations, changes and cancellations that are due."""
    return tell_what_is_due()


@duty("look who has come since the invitations", every_seconds=3600)
def look_who_has_come() -> None:
    """Whoever has come, left or confirmed an address since the invitations went out is told within the hour."""
    look_again()
