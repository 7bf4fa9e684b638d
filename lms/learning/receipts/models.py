"""Receipts: what an organisation is shown by somebody who completed a course and will not give her name.

Nothing in the database leads from a receipt to a person. The row has no id of hers, no time but the Monday of its
week, and lies where its own digest puts it; and in the transaction that writes it, her place, her answers and, unless
she has more here, her account are deleted. There is nobody left to lead to.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, norwegian_day, now, session, upsert
from lms.people.models import keyed_digest


class Receipt(Model):
    """One course completed by somebody without a name, in one round; it counts when the organisation has redeemed it.

    On SQLite the table has no row numbers, which would tell in which order codes were given.
    """

    __tablename__ = "lms_receipt"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "round_id"], ["lms_round.organisation_id", "lms_round.id"]),
        {"sqlite_with_rowid": False},
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[UUID]
    course: Mapped[str] = mapped_column(String(60))
    week: Mapped[date]  # its Monday
    redeemed: Mapped[bool] = mapped_column(default=False)


def give_receipt(organisation_id: UUID, round_id: UUID, course: str, code: str) -> bool:
    """Let this code stand for a completed course; False when by chance it stands for another one already."""
    today = norwegian_day(now())
    row = {
        "organisation_id": organisation_id,
        "digest": _digest(organisation_id, code),
        "round_id": round_id,
        "course": course,
        "week": today - timedelta(days=today.weekday()),
        "redeemed": False,
    }
    return upsert(Receipt, row, ("organisation_id", "digest"))


def receipts_with(organisation_id: UUID, codes: list[str]) -> dict[str, Receipt]:
    """What these codes stand for in this organisation; one question."""
    by_digest = {_digest(organisation_id, code): code for code in codes}
    rows = session.scalars(
        select(Receipt).where(Receipt.organisation_id == organisation_id, Receipt.digest.in_(by_digest))
    )
    return {by_digest[row.digest]: row for row in rows}


def redeem(receipt: Receipt) -> bool:
    """Count it from now on; False when somebody was faster."""
    redeemed = session.execute(
        update(Receipt)
        .where(
            Receipt.organisation_id == receipt.organisation_id,
            Receipt.digest == receipt.digest,
            Receipt.redeemed.is_(False),
        )
        .values(redeemed=True)
        .returning(Receipt.digest)
    )
    return redeemed.first() is not None


def redeemed_in(organisation_id: UUID) -> dict[UUID, dict[str, dict[date, int]]]:
    """How many codes have been redeemed, by round, course and week; one question."""
    rows = session.execute(
        select(Receipt.round_id, Receipt.course, Receipt.week, func.count())
        .where(Receipt.organisation_id == organisation_id, Receipt.redeemed)
        .group_by(Receipt.round_id, Receipt.course, Receipt.week)
    )
    counted: dict[UUID, dict[str, dict[date, int]]] = {}
    for round_id, course, week, codes in rows:
        counted.setdefault(round_id, {}).setdefault(course, {})[week] = codes
    return counted


def _digest(organisation_id: UUID, code: str) -> str:
    return keyed_digest(f"receipt {organisation_id} {code}")
