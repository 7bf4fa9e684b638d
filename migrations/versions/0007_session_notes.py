"""The session itself: the cards laid ready for it, the letter about its brief, and the notes that came out of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_session_cards",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["chosen_by"], ["lms_person.id"], name=op.f("fk_lms_session_cards_chosen_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_session_cards_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "group_session_id", name=op.f("pk_lms_session_cards")),
    )
    op.create_table(
        "lms_brief_letter",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("facilitator_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["facilitator_id"], ["lms_person.id"], name=op.f("fk_lms_brief_letter_facilitator_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_brief_letter_organisation_id_group_session_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "group_session_id", name=op.f("pk_lms_brief_letter")),
    )
    op.create_table(
        "lms_session_note",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_session_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("factor", sa.String(length=60), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_lms_session_note_revision")),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_session_note_changed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_session_id"],
            ["lms_group_session.organisation_id", "lms_group_session.id"],
            name=op.f("fk_lms_session_note_organisation_id_group_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_session_note_organisation_id_round_id"),
        ),
        sa.ForeignKeyConstraint(["written_by"], ["lms_person.id"], name=op.f("fk_lms_session_note_written_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_session_note")),
    )
    op.create_index(
        "ix_lms_session_note_round", "lms_session_note", ["organisation_id", "round_id", "factor"], unique=False
    )


def downgrade() -> None:
    """Take down."""
    op.drop_table("lms_session_note")
    op.drop_table("lms_brief_letter")
    op.drop_table("lms_session_cards")
