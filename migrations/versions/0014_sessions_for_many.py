"""Waiting lists of full sessions, and the weekly letter."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_waiting_place",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_waiting_place_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_waiting_place_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", name=op.f("pk_lms_waiting_place")),
    )
    op.create_index(
        "ix_lms_waiting_place_session",
        "lms_waiting_place",
        ["organisation_id", "group_session_id", "since"],
        unique=False,
    )
    op.create_table(
        "lms_weekly_letter",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_weekly_letter_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_weekly_letter_person_id")),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name=op.f("pk_lms_weekly_letter")),
    )


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_weekly_letter")
    op.drop_table("lms_waiting_place")
