"""The plan of measures: its measures and the risks they answer, the risks lived with, and the talk about it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_measure_plan",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("requirements_version", sa.String(length=40), nullable=False),
        sa.Column("catalogue_version", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_in_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("organisation_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheme_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR handed_in_at IS NOT NULL", name=op.f("ck_lms_measure_plan_answered_what_was_asked")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["lms_person.id"], name=op.f("fk_lms_measure_plan_answered_by")),
        sa.ForeignKeyConstraint(["handed_in_by"], ["lms_person.id"], name=op.f("fk_lms_measure_plan_handed_in_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["lms_person.id"], name=op.f("fk_lms_measure_plan_opened_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_measure_plan_organisation_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_measure_plan")),
        sa.UniqueConstraint("organisation_id", "round_id", name=op.f("uq_lms_measure_plan_organisation_id_round_id")),
    )
    op.create_index("ix_lms_measure_plan_waiting", "lms_measure_plan", ["answered_at", "handed_in_at"])

    op.create_table(
        "lms_measure",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("requirement", sa.String(length=40), nullable=True),
        sa.Column("example", sa.String(length=40), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("recurring", sa.String(length=20), nullable=False),
        sa.Column("already", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_because", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "recurring IN ('', 'monthly', 'quarterly', 'half-yearly', 'yearly')", name=op.f("ck_lms_measure_recurring")
        ),
        sa.CheckConstraint(
            "status <> 'not_relevant' OR status_because <> ''", name=op.f("ck_lms_measure_not_relevant_because")
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'started', 'done', 'continuing', 'not_relevant')", name=op.f("ck_lms_measure_status")
        ),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_lms_measure_revision")),
        sa.ForeignKeyConstraint(["added_by"], ["lms_person.id"], name=op.f("fk_lms_measure_added_by")),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_measure_changed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "plan_id"],
            ["lms_measure_plan.organisation_id", "lms_measure_plan.id"],
            name=op.f("fk_lms_measure_organisation_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(["removed_by"], ["lms_person.id"], name=op.f("fk_lms_measure_removed_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_measure")),
    )
    op.create_index("ix_lms_measure_plan_id", "lms_measure", ["organisation_id", "plan_id"])

    op.create_table(
        "lms_lives_with",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("risk_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("because <> ''", name=op.f("ck_lms_lives_with_because")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "risk_id"],
            ["lms_risk.organisation_id", "lms_risk.id"],
            name=op.f("fk_lms_lives_with_organisation_id_risk_id"),
        ),
        sa.ForeignKeyConstraint(["said_by"], ["lms_person.id"], name=op.f("fk_lms_lives_with_said_by")),
        sa.PrimaryKeyConstraint("organisation_id", "risk_id", name=op.f("pk_lms_lives_with")),
    )
    op.create_table(
        "lms_measure_risk",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("risk_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "measure_id"],
            ["lms_measure.organisation_id", "lms_measure.id"],
            name=op.f("fk_lms_measure_risk_organisation_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "risk_id"],
            ["lms_risk.organisation_id", "lms_risk.id"],
            name=op.f("fk_lms_measure_risk_organisation_id_risk_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "measure_id", "risk_id", name=op.f("pk_lms_measure_risk")),
    )
    op.create_index("ix_lms_measure_risk_risk", "lms_measure_risk", ["organisation_id", "risk_id"])

    op.create_table(
        "lms_plan_remark",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=True),
        sa.Column("requirement", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("from_scheme", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "measure_id IS NULL OR requirement IS NULL", name=op.f("ck_lms_plan_remark_about_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "measure_id"],
            ["lms_measure.organisation_id", "lms_measure.id"],
            name=op.f("fk_lms_plan_remark_organisation_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "plan_id"],
            ["lms_measure_plan.organisation_id", "lms_measure_plan.id"],
            name=op.f("fk_lms_plan_remark_organisation_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(["written_by"], ["lms_person.id"], name=op.f("fk_lms_plan_remark_written_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_plan_remark")),
    )
    op.create_index("ix_lms_plan_remark_plan", "lms_plan_remark", ["organisation_id", "plan_id", "written_at"])


def downgrade() -> None:
    """Take apart."""
    for table in ("lms_plan_remark", "lms_measure_risk", "lms_lives_with", "lms_measure", "lms_measure_plan"):
        op.drop_table(table)
