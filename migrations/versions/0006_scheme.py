"""The scheme's side: applications, what is known of organisations, memberships, and the scheme's own texts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("employees", sa.Integer(), nullable=False),
        sa.Column("freelancers", sa.Integer(), nullable=False),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(length=10), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (verdict = '')", name=op.f("ck_lms_application_decided")),
        sa.CheckConstraint("member IN ('yes', 'no', 'unknown')", name=op.f("ck_lms_application_member")),
        sa.CheckConstraint("verdict IN ('', 'accepted', 'declined')", name=op.f("ck_lms_application_verdict")),
        sa.CheckConstraint(
            "decided_at IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_lms_application_confirmed_first")
        ),
        sa.CheckConstraint(
            "employees >= 0 AND freelancers >= 0 AND volunteers >= 0", name=op.f("ck_lms_application_size")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["lms_person.id"], name=op.f("fk_lms_application_decided_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_application_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_application")),
    )
    op.create_index(op.f("ix_lms_application_contact_email"), "lms_application", ["contact_email"], unique=False)
    op.create_index(
        "ix_lms_application_undecided",
        "lms_application",
        ["confirmed_at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "lms_membership",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("through", sa.Date(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("through IS NULL OR through >= from_on", name=op.f("ck_lms_membership_days")),
        sa.ForeignKeyConstraint(["noted_by"], ["lms_person.id"], name=op.f("fk_lms_membership_noted_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_membership_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_membership")),
    )
    op.create_index(
        "uq_lms_membership_open",
        "lms_membership",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("through IS NULL"),
        postgresql_where=sa.text("through IS NULL"),
    )
    op.create_table(
        "lms_organisation_profile",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("employees", sa.Integer(), nullable=False),
        sa.Column("freelancers", sa.Integer(), nullable=False),
        sa.Column("volunteers", sa.Integer(), nullable=False),
        sa.Column("facilitator_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_lms_organisation_profile_closed")
        ),
        sa.CheckConstraint(
            "employees >= 0 AND freelancers >= 0 AND volunteers >= 0", name=op.f("ck_lms_organisation_profile_size")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["lms_person.id"], name=op.f("fk_lms_organisation_profile_closed_by")),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["lms_person.id"], name=op.f("fk_lms_organisation_profile_facilitator_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_organisation_profile_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_lms_organisation_profile")),
    )
    op.create_index(op.f("ix_lms_organisation_profile_field"), "lms_organisation_profile", ["field"], unique=False)
    op.create_index(op.f("ix_lms_organisation_profile_place"), "lms_organisation_profile", ["place"], unique=False)
    op.create_table(
        "lms_scheme_text",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("language IN ('nb', 'nn', 'en')", name=op.f("ck_lms_scheme_text_language")),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_scheme_text_changed_by")),
        sa.PrimaryKeyConstraint("key", "language", name=op.f("pk_lms_scheme_text")),
    )
    op.create_table(
        "lms_application_message",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["lms_application.id"],
            name=op.f("fk_lms_application_message_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["by"], ["lms_person.id"], name=op.f("fk_lms_application_message_by")),
        sa.PrimaryKeyConstraint("application_id", "id", name=op.f("pk_lms_application_message")),
    )
    op.create_index(
        op.f("ix_lms_organisation_profile_facilitator_id"), "lms_organisation_profile", ["facilitator_id"], unique=False
    )
    op.create_index(
        op.f("ix_lms_organisation_profile_closed_by"), "lms_organisation_profile", ["closed_by"], unique=False
    )


def downgrade() -> None:
    """Take apart."""

    op.drop_table("lms_application_message")
    op.drop_table("lms_scheme_text")
    op.drop_table("lms_organisation_profile")
    op.drop_table("lms_membership")
    op.drop_table("lms_application")
