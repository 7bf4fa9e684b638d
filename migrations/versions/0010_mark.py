"""The mark: requests, what was decided about them, awards, and the organisations' own words."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_own_words",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("words_nb", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("in_register", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_own_words_changed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_own_words_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_lms_own_words")),
    )
    op.create_table(
        "lms_mark_request",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_mark_request_organisation_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["lms_person.id"], name=op.f("fk_lms_mark_request_requested_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_mark_request")),
        sa.UniqueConstraint(
            "organisation_id", "round_id", "number", name=op.f("uq_lms_mark_request_organisation_id_round_id_number")
        ),
    )
    op.create_index("ix_lms_mark_request_at", "lms_mark_request", ["requested_at"], unique=False)
    op.create_table(
        "lms_mark_decision",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("in_spite", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("verdict IN ('awarded', 'returned')", name=op.f("ck_lms_mark_decision_verdict")),
        sa.CheckConstraint(
            "seconded_by IS NULL OR seconded_by <> decided_by", name=op.f("ck_lms_mark_decision_four_eyes")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["lms_person.id"], name=op.f("fk_lms_mark_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["lms_mark_request.organisation_id", "lms_mark_request.id"],
            name=op.f("fk_lms_mark_decision_organisation_id_request_id"),
        ),
        sa.ForeignKeyConstraint(["seconded_by"], ["lms_person.id"], name=op.f("fk_lms_mark_decision_seconded_by")),
        sa.PrimaryKeyConstraint("organisation_id", "request_id", name=op.f("pk_lms_mark_decision")),
    )
    op.create_table(
        "lms_mark_proposal",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("in_spite", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["lms_mark_request.organisation_id", "lms_mark_request.id"],
            name=op.f("fk_lms_mark_proposal_organisation_id_request_id"),
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["lms_person.id"], name=op.f("fk_lms_mark_proposal_proposed_by")),
        sa.PrimaryKeyConstraint("organisation_id", "request_id", name=op.f("pk_lms_mark_proposal")),
    )
    op.create_table(
        "lms_award",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("awarded_by", sa.Uuid(), nullable=True),
        sa.Column("seconded_by", sa.Uuid(), nullable=True),
        sa.Column("requirements_version", sa.String(length=40), nullable=False),
        sa.Column("catalogue_version", sa.String(length=40), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_because = '')",
            name=op.f("ck_lms_award_withdrawn_by_somebody_because"),
        ),
        sa.CheckConstraint(
            "(imported_at IS NULL) = (imported_by IS NULL)", name=op.f("ck_lms_award_imported_by_somebody")
        ),
        sa.CheckConstraint("(replaced_by IS NULL) = (replaced_on IS NULL)", name=op.f("ck_lms_award_replaced_on")),
        sa.CheckConstraint("request_id IS NOT NULL OR imported_at IS NOT NULL", name=op.f("ck_lms_award_grounds")),
        sa.CheckConstraint(
            "request_id IS NULL OR awarded_by IS NOT NULL", name=op.f("ck_lms_award_awarded_by_somebody")
        ),
        sa.CheckConstraint("valid_until > awarded_on", name=op.f("ck_lms_award_valid_until")),
        sa.ForeignKeyConstraint(["awarded_by"], ["lms_person.id"], name=op.f("fk_lms_award_awarded_by")),
        sa.ForeignKeyConstraint(["imported_by"], ["lms_person.id"], name=op.f("fk_lms_award_imported_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "replaced_by"],
            ["lms_award.organisation_id", "lms_award.id"],
            name=op.f("fk_lms_award_organisation_id_replaced_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["lms_mark_decision.organisation_id", "lms_mark_decision.request_id"],
            name=op.f("fk_lms_award_organisation_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_award_organisation_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_award_organisation_id")
        ),
        sa.ForeignKeyConstraint(["seconded_by"], ["lms_person.id"], name=op.f("fk_lms_award_seconded_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["lms_person.id"], name=op.f("fk_lms_award_withdrawn_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_award")),
        sa.UniqueConstraint("code", name=op.f("uq_lms_award_code")),
        sa.UniqueConstraint("organisation_id", "request_id", name=op.f("uq_lms_award_organisation_id_request_id")),
    )
    op.create_index("ix_lms_award_valid", "lms_award", ["valid_until", "awarded_on"], unique=False)
    op.create_index(op.f("ix_lms_award_awarded_by"), "lms_award", ["awarded_by"], unique=False)
    op.create_index(op.f("ix_lms_award_seconded_by"), "lms_award", ["seconded_by"], unique=False)
    op.create_index(op.f("ix_lms_award_imported_by"), "lms_award", ["imported_by"], unique=False)
    op.create_index(op.f("ix_lms_award_withdrawn_by"), "lms_award", ["withdrawn_by"], unique=False)
    op.create_index(op.f("ix_lms_own_words_changed_by"), "lms_own_words", ["changed_by"], unique=False)


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_award")
    op.drop_table("lms_mark_proposal")
    op.drop_table("lms_mark_decision")
    op.drop_table("lms_mark_request")
    op.drop_table("lms_own_words")
