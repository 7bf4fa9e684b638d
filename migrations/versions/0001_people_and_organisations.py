"""People, organisations and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_duty_done",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("did", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lms_duty_done")),
    )
    op.create_table(
        "lms_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("reporting_channel", sa.Text(), nullable=False),
        sa.Column("channel_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_lms_organisation_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["lms_organisation.id"], name=op.f("fk_lms_organisation_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_organisation")),
    )
    op.create_index("ix_lms_organisation_parent_id", "lms_organisation", ["parent_id"])
    op.create_table(
        "lms_outbox_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gave_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("came_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_day", sa.Boolean(), nullable=False),
        sa.Column("useless_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_address", sa.Text(), nullable=True),
        sa.Column("calendar", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "sent_at IS NOT NULL OR gave_up_at IS NOT NULL OR (recipient IS NOT NULL AND body IS NOT NULL)",
            name=op.f("ck_lms_outbox_mail_unsent_is_whole"),
        ),
        sa.CheckConstraint("sent_at IS NULL OR gave_up_at IS NULL", name=op.f("ck_lms_outbox_mail_one_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_outbox_mail")),
    )
    op.create_index(
        "ix_lms_outbox_mail_unsent",
        "lms_outbox_mail",
        ["queued_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND gave_up_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND gave_up_at IS NULL"),
    )
    op.create_table(
        "lms_undeliverable_address",
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("told_later", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_lms_undeliverable_address")),
    )
    op.create_table(
        "lms_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "by_name", sa.String(length=120).with_variant(sa.String(120, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("host_id", sa.String(length=200), nullable=True),
        sa.Column("scheme_role", sa.String(length=20), nullable=True),
        sa.Column("door", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_person")),
        sa.UniqueConstraint("host_id", name=op.f("uq_lms_person_host_id")),
        sa.UniqueConstraint("id", "by_name", name=op.f("uq_lms_person_id_by_name")),
    )
    op.create_table(
        "lms_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_reflections_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_address_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_address")),
    )
    op.create_index(op.f("ix_lms_address_person_id"), "lms_address", ["person_id"], unique=False)
    op.create_index(
        "uq_lms_address_confirmed",
        "lms_address",
        ["email"],
        unique=True,
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_table(
        "lms_employee",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "by_name", sa.String(length=120).with_variant(sa.String(120, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("join_link_id", sa.Uuid(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('employee', 'coordinator', 'unnamed')", name=op.f("ck_lms_employee_role")),
        sa.CheckConstraint("role <> 'unnamed' OR left_at IS NOT NULL", name=op.f("ck_lms_employee_unnamed")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_employee_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "by_name"],
            ["lms_person.id", "lms_person.by_name"],
            name=op.f("fk_lms_employee_person_id_by_name"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_employee")),
        sa.UniqueConstraint("organisation_id", "person_id", name=op.f("uq_lms_employee_organisation_id_person_id")),
    )
    op.create_index(op.f("ix_lms_employee_person_id"), "lms_employee", ["person_id"], unique=False)
    op.create_index(
        "ix_lms_employee_by_name", "lms_employee", ["organisation_id", "by_name", "id", "left_at"], unique=False
    )
    op.create_index("ix_lms_employee_here", "lms_employee", ["organisation_id", "left_at", "joined_at"], unique=False)
    op.create_table(
        "lms_event",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["lms_person.id"], name=op.f("fk_lms_event_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_event_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_event")),
    )
    op.create_index("ix_lms_event_at", "lms_event", ["organisation_id", "at"], unique=False)
    op.create_table(
        "lms_join_link",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("mail_domain", sa.String(length=100), nullable=False),
        sa.Column("allows_unnamed", sa.Boolean(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("cap IS NULL OR used <= cap", name=op.f("ck_lms_join_link_cap")),
        sa.CheckConstraint("due_days > 0", name=op.f("ck_lms_join_link_due_days")),
        sa.ForeignKeyConstraint(["created_by"], ["lms_person.id"], name=op.f("fk_lms_join_link_created_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_join_link_organisation_id")
        ),
        sa.ForeignKeyConstraint(["revoked_by"], ["lms_person.id"], name=op.f("fk_lms_join_link_revoked_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_join_link")),
        sa.UniqueConstraint("code", name=op.f("uq_lms_join_link_code")),
    )
    op.create_table(
        "lms_personal_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens_reflections_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["given_by"], ["lms_person.id"], name=op.f("fk_lms_personal_code_given_by")),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_personal_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_personal_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_lms_personal_code_digest")),
    )
    op.create_index(op.f("ix_lms_personal_code_person_id"), "lms_personal_code", ["person_id"], unique=False)
    op.create_table(
        "lms_round",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("leader_share", sa.Integer(), nullable=False),
        sa.Column("staff_share", sa.Integer(), nullable=False),
        sa.Column("declared_head_count", sa.Integer(), nullable=False),
        sa.Column("time_share", sa.Integer(), nullable=False),
        sa.Column("shows_names", sa.Boolean(), nullable=False),
        sa.Column("roster_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("roster_confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("leader_share BETWEEN 0 AND 100", name=op.f("ck_lms_round_leader_share")),
        sa.CheckConstraint("staff_share BETWEEN 0 AND 100", name=op.f("ck_lms_round_staff_share")),
        sa.CheckConstraint("time_share BETWEEN 0 AND 100", name=op.f("ck_lms_round_time_share")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_round_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["roster_confirmed_by"], ["lms_person.id"], name=op.f("fk_lms_round_roster_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_round")),
    )
    op.create_index(
        "uq_lms_round_open",
        "lms_round",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "lms_mailed_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("address_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("confirmation_code", sa.String(length=64), nullable=True),
        sa.Column("confirmation_tries", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens_reflections_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["lms_address.id"], name=op.f("fk_lms_mailed_link_address_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_mailed_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_mailed_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_lms_mailed_link_digest")),
    )
    op.create_index(op.f("ix_lms_mailed_link_person_id"), "lms_mailed_link", ["person_id"], unique=False)
    op.create_index(op.f("ix_lms_event_by"), "lms_event", ["by"], unique=False)
    op.create_table(
        "lms_name_stood",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_name_stood_organisation_id")
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["lms_person.id"], name=op.f("fk_lms_name_stood_settled_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_name_stood")),
    )
    op.create_index(
        "uq_lms_name_stood_left",
        "lms_name_stood",
        ["organisation_id", "kind", "row_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_lms_name_stood_row", "lms_name_stood", ["organisation_id", "kind", "row_id"], unique=False)


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_name_stood")
    op.drop_table("lms_mailed_link")
    op.drop_table("lms_round")
    op.drop_table("lms_personal_code")
    op.drop_table("lms_join_link")
    op.drop_table("lms_event")
    op.drop_table("lms_employee")
    op.drop_table("lms_address")
    op.drop_table("lms_person")
    op.drop_table("lms_undeliverable_address")
    op.drop_table("lms_outbox_mail")
    op.drop_table("lms_organisation")
    op.drop_table("lms_duty_done")
