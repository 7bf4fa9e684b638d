"""How many an organisation is, as far as its roster and its links can tell: parts of larger questions."""

from typing import Any

from sqlalchemy import exists, func, select

from lms.organisations.models import Employee, JoinLink


def head_count_of(organisation_id: Any) -> Any:
    """How many are on the roster now."""
    return (
        select(func.count())
        .select_from(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.left_at.is_(None))
        .scalar_subquery()
    )


def lets_in_unnamed(organisation_id: Any) -> Any:
    """Whether people can come in by a link without a name, or have been able to until it ran out."""
    return exists().where(
        JoinLink.organisation_id == organisation_id, JoinLink.allows_unnamed, JoinLink.revoked_at.is_(None)
    )
