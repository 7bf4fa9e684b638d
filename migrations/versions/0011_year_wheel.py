"""The year wheel: what was held, which days have been reminded of, and what an organisation has chosen for its year."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_activity_held",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("status_before", sa.String(length=20), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_lms_activity_held_day")),
        sa.ForeignKeyConstraint(["marked_by"], ["lms_person.id"], name=op.f("fk_lms_activity_held_marked_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "measure_id"],
            ["lms_measure.organisation_id", "lms_measure.id"],
            name=op.f("fk_lms_activity_held_organisation_id_measure_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "measure_id", "planned_on", name=op.f("pk_lms_activity_held")),
    )
    op.create_table(
        "lms_activity_reminder",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('ahead', 'after')", name=op.f("ck_lms_activity_reminder_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "measure_id"],
            ["lms_measure.organisation_id", "lms_measure.id"],
            name=op.f("fk_lms_activity_reminder_organisation_id_measure_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "measure_id", "planned_on", "kind", name=op.f("pk_lms_activity_reminder")
        ),
    )
    op.create_index("ix_lms_activity_reminder_queued", "lms_activity_reminder", ["organisation_id", "queued_at"])
    op.create_table(
        "lms_year_wheel",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("feed_digest", sa.String(length=64), nullable=True),
        sa.Column("feed_made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feed_made_by", sa.Uuid(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(feed_digest IS NULL) = (feed_made_at IS NULL)", name=op.f("ck_lms_year_wheel_feed")),
        sa.CheckConstraint("stopped_at IS NOT NULL OR stopped_by IS NULL", name=op.f("ck_lms_year_wheel_stopped")),
        sa.ForeignKeyConstraint(["feed_made_by"], ["lms_person.id"], name=op.f("fk_lms_year_wheel_feed_made_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_year_wheel_organisation_id")
        ),
        sa.ForeignKeyConstraint(["stopped_by"], ["lms_person.id"], name=op.f("fk_lms_year_wheel_stopped_by")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_lms_year_wheel")),
        sa.UniqueConstraint("feed_digest", name=op.f("uq_lms_year_wheel_feed_digest")),
    )


def downgrade() -> None:
    """Take apart."""
    for table in ("lms_year_wheel", "lms_activity_reminder", "lms_activity_held"):
        op.drop_table(table)
