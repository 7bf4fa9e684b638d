"""Renewal: who was told when, the organisation's general address, and who wants everybody asked anew."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_renewal_notice",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=10), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "occasion IN ('six', 'three', 'one', 'lapsed')", name=op.f("ck_lms_renewal_notice_occasion")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "award_id"],
            ["lms_award.organisation_id", "lms_award.id"],
            name=op.f("fk_lms_renewal_notice_organisation_id_award_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "award_id", "occasion", name=op.f("pk_lms_renewal_notice")),
    )
    op.create_table(
        "lms_renewal_address",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_renewal_address_changed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_renewal_address_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_lms_renewal_address")),
    )
    op.create_table(
        "lms_asked_anew",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("side IN ('organisation', 'scheme')", name=op.f("ck_lms_asked_anew_side")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_asked_anew_organisation_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["wanted_by"], ["lms_person.id"], name=op.f("fk_lms_asked_anew_wanted_by")),
        sa.PrimaryKeyConstraint("organisation_id", "round_id", "side", name=op.f("pk_lms_asked_anew")),
    )


def downgrade() -> None:
    """Take down."""
    for table in ("lms_asked_anew", "lms_renewal_address", "lms_renewal_notice"):
        op.drop_table(table)
