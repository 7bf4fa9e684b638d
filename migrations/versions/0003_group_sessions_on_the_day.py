"""Who is expected in which group session, who has been told, and who came."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_seat",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("cannot_come_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["placed_by"], ["lms_person.id"], name=op.f("fk_lms_seat_placed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_seat_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_seat_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", name=op.f("pk_lms_seat")),
    )
    op.create_index("ix_lms_seat_session", "lms_seat", ["organisation_id", "group_session_id"], unique=False)
    op.create_table(
        "lms_calendar_letter",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("said", sa.Integer(), nullable=False),
        sa.Column("cancels", sa.Boolean(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_calendar_letter_person_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_calendar_letter_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "group_session_id", "person_id", name=op.f("pk_lms_calendar_letter")
        ),
    )
    op.create_table(
        "lms_calendar_feed",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('mine', 'led')", name=op.f("ck_lms_calendar_feed_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_calendar_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_lms_calendar_feed")),
        sa.UniqueConstraint("digest", name=op.f("uq_lms_calendar_feed_digest")),
    )
    op.create_table(
        "lms_attendance",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["marked_by"], ["lms_person.id"], name=op.f("fk_lms_attendance_marked_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_attendance_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_attendance_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "group_session_id", "employee_id", name=op.f("pk_lms_attendance")),
    )
    op.create_index(op.f("ix_lms_calendar_letter_person_id"), "lms_calendar_letter", ["person_id"], unique=False)
    op.create_index(op.f("ix_lms_attendance_marked_by"), "lms_attendance", ["marked_by"], unique=False)
    op.create_index(op.f("ix_lms_seat_placed_by"), "lms_seat", ["placed_by"], unique=False)
    op.create_index("ix_lms_attendance_employee", "lms_attendance", ["organisation_id", "employee_id"], unique=False)


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_attendance")
    op.drop_table("lms_calendar_feed")
    op.drop_table("lms_calendar_letter")
    op.drop_table("lms_seat")
