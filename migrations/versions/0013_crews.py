"""Crews: codes for what people have completed without a name."""

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


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_receipt")
