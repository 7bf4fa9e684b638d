"""Crews: codes for what people have completed without a name, the shifts of a link, and when it is erased."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_receipt",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.String(length=60), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("redeemed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_receipt_organisation_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "digest", name=op.f("pk_lms_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lms_shift_code",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("join_link_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "join_link_id"],
            ["lms_join_link.organisation_id", "lms_join_link.id"],
            name=op.f("fk_lms_shift_code_organisation_id_join_link_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "join_link_id", "code", name=op.f("pk_lms_shift_code")),
        sa.UniqueConstraint(
            "organisation_id", "join_link_id", "team", name=op.f("uq_lms_shift_code_organisation_id_join_link_id_team")
        ),
    )
    op.create_table(
        "lms_crew_erasure",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("join_link_id", sa.Uuid(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("days > 0", name=op.f("ck_lms_crew_erasure_days")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "join_link_id"],
            ["lms_join_link.organisation_id", "lms_join_link.id"],
            name=op.f("fk_lms_crew_erasure_organisation_id_join_link_id"),
        ),
        sa.ForeignKeyConstraint(["set_by"], ["lms_person.id"], name=op.f("fk_lms_crew_erasure_set_by")),
        sa.PrimaryKeyConstraint("organisation_id", "join_link_id", name=op.f("pk_lms_crew_erasure")),
    )
    op.create_table(
        "lms_crew_count",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("join_link_id", sa.Uuid(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("completed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "join_link_id"],
            ["lms_join_link.organisation_id", "lms_join_link.id"],
            name=op.f("fk_lms_crew_count_organisation_id_join_link_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "join_link_id", "erase_on", "team", name=op.f("pk_lms_crew_count")),
    )


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_crew_count")
    op.drop_table("lms_crew_erasure")
    op.drop_table("lms_shift_code")
    op.drop_table("lms_receipt")
