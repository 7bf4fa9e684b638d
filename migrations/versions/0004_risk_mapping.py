"""The risk mapping: its rows and their history, contributions, and what was delivered and decided."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_risk_mapping",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("catalogue_version", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("can_go_wrong", sa.Text(), nullable=False),
        sa.Column("can_prevent", sa.Text(), nullable=False),
        sa.Column("can_soften", sa.Text(), nullable=False),
        sa.Column("framing_revision", sa.Integer(), nullable=False),
        sa.Column("contributions_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["lms_person.id"], name=op.f("fk_lms_risk_mapping_opened_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_risk_mapping_organisation_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_risk_mapping")),
        sa.UniqueConstraint("organisation_id", "round_id", name=op.f("uq_lms_risk_mapping_organisation_id_round_id")),
    )
    op.create_table(
        "lms_shared_count",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people >= 5", name=op.f("ck_lms_shared_count_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_shared_count_organisation_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "round_id", "subject", name=op.f("pk_lms_shared_count")),
    )
    op.create_table(
        "lms_delivered_mapping",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mapping_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivered_by"], ["lms_person.id"], name=op.f("fk_lms_delivered_mapping_delivered_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "mapping_id"],
            ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"],
            name=op.f("fk_lms_delivered_mapping_organisation_id_mapping_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_delivered_mapping")),
        sa.UniqueConstraint(
            "organisation_id",
            "mapping_id",
            "number",
            name=op.f("uq_lms_delivered_mapping_organisation_id_mapping_id_number"),
        ),
    )
    op.create_table(
        "lms_risk",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mapping_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("factor", sa.String(length=60), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("relevant", sa.String(length=10), nullable=False),
        sa.Column("where_and_when", sa.Text(), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("consequence", sa.Integer(), nullable=True),
        sa.Column("already", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("postponed", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(factor IS NULL) = (title <> '')", name=op.f("ck_lms_risk_named_once")),
        sa.CheckConstraint("relevant IN ('', 'yes', 'partly', 'no', 'unknown')", name=op.f("ck_lms_risk_relevant")),
        sa.CheckConstraint("consequence BETWEEN 1 AND 3", name=op.f("ck_lms_risk_consequence")),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 3", name=op.f("ck_lms_risk_likelihood")),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_lms_risk_revision")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "mapping_id"],
            ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"],
            name=op.f("fk_lms_risk_organisation_id_mapping_id"),
        ),
        sa.ForeignKeyConstraint(["removed_by"], ["lms_person.id"], name=op.f("fk_lms_risk_removed_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_risk")),
        sa.UniqueConstraint(
            "organisation_id", "mapping_id", "factor", name=op.f("uq_lms_risk_organisation_id_mapping_id_factor")
        ),
    )
    op.create_table(
        "lms_contribution",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mapping_id", sa.Uuid(), nullable=False),
        sa.Column("risk_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("let_out", sa.Boolean(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "mapping_id"],
            ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"],
            name=op.f("fk_lms_contribution_organisation_id_mapping_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "risk_id"],
            ["lms_risk.organisation_id", "lms_risk.id"],
            name=op.f("fk_lms_contribution_organisation_id_risk_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_contribution_person_id")),
        sa.ForeignKeyConstraint(["set_aside_by"], ["lms_person.id"], name=op.f("fk_lms_contribution_set_aside_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_contribution")),
    )
    op.create_index("ix_lms_contribution_person", "lms_contribution", ["person_id"], unique=False)
    op.create_table(
        "lms_mapping_decision",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("verdict IN ('accepted', 'returned')", name=op.f("ck_lms_mapping_decision_verdict")),
        sa.ForeignKeyConstraint(["decided_by"], ["lms_person.id"], name=op.f("fk_lms_mapping_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["lms_delivered_mapping.organisation_id", "lms_delivered_mapping.id"],
            name=op.f("fk_lms_mapping_decision_organisation_id_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "delivery_id", name=op.f("pk_lms_mapping_decision")),
    )
    op.create_table(
        "lms_risk_change",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("risk_id", sa.Uuid(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("while_writing", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("revision IS NULL OR settled_at IS NULL", name=op.f("ck_lms_risk_change_kept_or_waiting")),
        sa.ForeignKeyConstraint(["by"], ["lms_person.id"], name=op.f("fk_lms_risk_change_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "risk_id"],
            ["lms_risk.organisation_id", "lms_risk.id"],
            name=op.f("fk_lms_risk_change_organisation_id_risk_id"),
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["lms_person.id"], name=op.f("fk_lms_risk_change_settled_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_risk_change")),
        sa.UniqueConstraint(
            "organisation_id", "risk_id", "revision", name=op.f("uq_lms_risk_change_organisation_id_risk_id_revision")
        ),
    )
    op.create_index("ix_lms_risk_change_risk", "lms_risk_change", ["organisation_id", "risk_id", "at"], unique=False)
    op.create_table(
        "lms_published_mapping",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["lms_person.id"], name=op.f("fk_lms_published_mapping_ended_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["lms_delivered_mapping.organisation_id", "lms_delivered_mapping.id"],
            name=op.f("fk_lms_published_mapping_organisation_id_delivery_id"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["lms_person.id"], name=op.f("fk_lms_published_mapping_published_by")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "delivery_id", name=op.f("pk_lms_published_mapping")),
    )
    op.create_table(
        "lms_set_aside_text",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mapping_id", sa.Uuid(), nullable=False),
        sa.Column("risk_id", sa.Uuid(), nullable=True),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_aside_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "mapping_id"],
            ["lms_risk_mapping.organisation_id", "lms_risk_mapping.id"],
            name=op.f("fk_lms_set_aside_text_organisation_id_mapping_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "risk_id"],
            ["lms_risk.organisation_id", "lms_risk.id"],
            name=op.f("fk_lms_set_aside_text_organisation_id_risk_id"),
        ),
        sa.ForeignKeyConstraint(["set_aside_by"], ["lms_person.id"], name=op.f("fk_lms_set_aside_text_set_aside_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_set_aside_text")),
    )
    op.create_index(
        "ix_lms_set_aside_text_mapping", "lms_set_aside_text", ["organisation_id", "mapping_id"], unique=False
    )


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_set_aside_text")
    op.drop_table("lms_published_mapping")
    op.drop_table("lms_risk_change")
    op.drop_table("lms_mapping_decision")
    op.drop_table("lms_contribution")
    op.drop_table("lms_risk")
    op.drop_table("lms_delivered_mapping")
    op.drop_table("lms_shared_count")
    op.drop_table("lms_risk_mapping")
