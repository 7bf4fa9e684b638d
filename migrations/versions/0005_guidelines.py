"""Guidelines: their versions, who uses and who has confirmed them, and letters about them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_guideline",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        sa.Column("offer_code", sa.String(length=20), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('against_harassment', 'code_of_conduct', 'reporting_routine')", name=op.f("ck_lms_guideline_kind")
        ),
        sa.ForeignKeyConstraint(["begun_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_begun_by")),
        sa.ForeignKeyConstraint(["offered_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_offered_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_guideline_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_guideline")),
        sa.UniqueConstraint("offer_code", name=op.f("uq_lms_guideline_offer_code")),
    )
    op.create_table(
        "lms_guideline_version",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guideline_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title_nb", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("text_nb", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("counts_from", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "text_nb <> '' OR text_en <> '' OR link <> ''", name=op.f("ck_lms_guideline_version_written")
        ),
        sa.CheckConstraint("title_nb <> '' OR title_en <> ''", name=op.f("ck_lms_guideline_version_titled")),
        sa.CheckConstraint(
            "(published_at IS NULL) = (counts_from IS NULL)", name=op.f("ck_lms_guideline_version_counted")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (number IS NULL)", name=op.f("ck_lms_guideline_version_published")
        ),
        sa.CheckConstraint("counts_from BETWEEN 1 AND number", name=op.f("ck_lms_guideline_version_counts_from")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "guideline_id"],
            ["lms_guideline.organisation_id", "lms_guideline.id"],
            name=op.f("fk_lms_guideline_version_organisation_id_guideline_id"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_version_published_by")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_version_written_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_guideline_version")),
        sa.UniqueConstraint(
            "organisation_id",
            "guideline_id",
            "number",
            name=op.f("uq_lms_guideline_version_organisation_id_guideline_id_number"),
        ),
    )
    op.create_index(
        "uq_lms_guideline_version_draft",
        "lms_guideline_version",
        ["organisation_id", "guideline_id"],
        unique=True,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "lms_guideline_use",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("guideline_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_up_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_guideline_use_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id", "guideline_id", "number"],
            [
                "lms_guideline_version.organisation_id",
                "lms_guideline_version.guideline_id",
                "lms_guideline_version.number",
            ],
            name=op.f("fk_lms_guideline_use_owner_id_guideline_id_number"),
        ),
        sa.ForeignKeyConstraint(["taken_up_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_use_taken_up_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_use_withdrawn_by")),
        sa.PrimaryKeyConstraint("organisation_id", "guideline_id", name=op.f("pk_lms_guideline_use")),
    )
    op.create_index("ix_lms_guideline_use_owner", "lms_guideline_use", ["owner_id", "guideline_id"], unique=False)
    op.create_table(
        "lms_guideline_confirmation",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("guideline_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_lms_guideline_confirmation_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_guideline_confirmation_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "guideline_id"],
            ["lms_guideline_use.organisation_id", "lms_guideline_use.guideline_id"],
            name=op.f("fk_lms_guideline_confirmation_organisation_id_guideline_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "guideline_id", "employee_id", "number", name=op.f("pk_lms_guideline_confirmation")
        ),
    )
    op.create_table(
        "lms_guideline_reminder",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guideline_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("written_through", sa.Uuid(), nullable=True),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("letters >= 0", name=op.f("ck_lms_guideline_reminder_letters")),
        sa.ForeignKeyConstraint(["asked_by"], ["lms_person.id"], name=op.f("fk_lms_guideline_reminder_asked_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "guideline_id"],
            ["lms_guideline_use.organisation_id", "lms_guideline_use.guideline_id"],
            name=op.f("fk_lms_guideline_reminder_organisation_id_guideline_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_guideline_reminder")),
    )
    op.create_index(
        "ix_lms_guideline_reminder_asked",
        "lms_guideline_reminder",
        ["organisation_id", "guideline_id", "asked_at"],
        unique=False,
    )
    op.create_index(
        "ix_lms_guideline_reminder_waiting",
        "lms_guideline_reminder",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_lms_guideline_confirmation_employee",
        "lms_guideline_confirmation",
        ["organisation_id", "employee_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_guideline_reminder")
    op.drop_table("lms_guideline_confirmation")
    op.drop_table("lms_guideline_use")
    op.drop_table("lms_guideline_version")
    op.drop_table("lms_guideline")
