"""Evidence: the links and files that show that a requirement is met or a measure carried through."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

IS_FOLLOWED = sa.text("kind = 'link' AND removed_at IS NULL")


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_evidence",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("requirement", sa.String(length=40), nullable=True),
        sa.Column("measure_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("relied_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored_key", sa.String(length=100), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("page_digest", sa.String(length=64), nullable=False),
        sa.Column("seen_digest", sa.String(length=64), nullable=False),
        sa.Column("check_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=False),
        sa.Column("known_trouble", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(requirement IS NULL) <> (measure_id IS NULL)", name=op.f("ck_lms_evidence_about_one")),
        sa.CheckConstraint("kind IN ('link', 'file')", name=op.f("ck_lms_evidence_kind")),
        sa.CheckConstraint("kind = 'link' OR url = ''", name=op.f("ck_lms_evidence_link")),
        sa.CheckConstraint("kind = 'file' OR stored_key = ''", name=op.f("ck_lms_evidence_file")),
        sa.CheckConstraint("state IN ('', 'well', 'changed', 'gone')", name=op.f("ck_lms_evidence_state")),
        sa.CheckConstraint(
            "removed_at IS NOT NULL OR url <> '' OR stored_key <> ''", name=op.f("ck_lms_evidence_there")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["lms_person.id"], name=op.f("fk_lms_evidence_added_by")),
        sa.ForeignKeyConstraint(["good_by"], ["lms_person.id"], name=op.f("fk_lms_evidence_good_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "measure_id"],
            ["lms_measure.organisation_id", "lms_measure.id"],
            name=op.f("fk_lms_evidence_organisation_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "plan_id"],
            ["lms_measure_plan.organisation_id", "lms_measure_plan.id"],
            name=op.f("fk_lms_evidence_organisation_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(["removed_by"], ["lms_person.id"], name=op.f("fk_lms_evidence_removed_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_evidence")),
    )
    op.create_index("ix_lms_evidence_plan", "lms_evidence", ["organisation_id", "plan_id"])
    op.create_index(
        "ix_lms_evidence_check",
        "lms_evidence",
        ["check_after"],
        sqlite_where=IS_FOLLOWED,
        postgresql_where=IS_FOLLOWED,
    )
    op.create_index("ix_lms_evidence_stored_key", "lms_evidence", ["stored_key"])


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_evidence")
