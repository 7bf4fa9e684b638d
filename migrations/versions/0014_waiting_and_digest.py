"""Waiting lists of full sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"


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


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_waiting_place")
