"""The address an organisation has for somebody on its roster: where its invitation goes, and nothing more."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.database import Model, Privacy, now


class RosterAddress(Model):
    """What a coordinator has written about where somebody reads her mail.

    It invites and it knows somebody again in the next list. It is no `Address`: it opens no account, and it is never
    compared with the addresses people have confirmed, so that no list tells whose those are.
    """

    __tablename__ = "lms_roster_address"
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        ForeignKeyConstraint(["organisation_id", "employee_id"], ["lms_employee.organisation_id", "lms_employee.id"]),
    )
    privacy: ClassVar[Privacy | None] = Privacy(
        purpose="To invite somebody who is on her organisation's roster, and to know her again in the next list.",
        retention="As long as her place in the organisation.",
        person="employee_id",
        export=("organisation_id", "email", "written_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("lms_person.id"), index=True)
