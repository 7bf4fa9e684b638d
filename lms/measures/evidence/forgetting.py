"""Forgetting evidence that was removed, and finding the files that belong to none."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from sqlalchemy import or_, select

from lms.database import session
from lms.measures.evidence.models import UNDO_LASTS, Evidence

MANY = 500


def forget_removed(moment: datetime) -> int:
    """Empty what was removed so long ago that nobody can put it back; its file belongs to nothing from then on.

    What the mark was asked for on the ground of stays: a request or an award must not lose what it rests on.
    """
    is_kept = or_(Evidence.url != "", Evidence.stored_key != ""), Evidence.relied_on_at.is_(None)
    old = select(Evidence).where(Evidence.removed_at <= moment - UNDO_LASTS, *is_kept).with_for_update(skip_locked=True)
    forgotten = session.scalars(old.execution_options(populate_existing=True)).all()
    for each in forgotten:
        each.forget()
    return len(forgotten)


def stray_files(keys: Iterable[str]) -> list[str]:
    """Those of these files that belong to no evidence."""
    strays, left = [], iter(keys)
    while some := list(islice(left, MANY)):
        known = set(session.scalars(select(Evidence.stored_key).where(Evidence.stored_key.in_(some))))
        strays += [key for key in some if key not in known]
    return strays
