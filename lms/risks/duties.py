"""What the worker does about mappings: it forgets what somebody wrote on her way to what she wrote in the end."""

from lms.mail.duties import duty
from lms.risks.changes import forget_passed


@duty("forget steps in the risk mapping", every_seconds=3600)
def forget_steps() -> None:
    """A day after they were saved, also where nobody writes in the row again."""
    forget_passed()
