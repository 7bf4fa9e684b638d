"""Courses taken, and the meeting they lead to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Build."""
    op.create_table(
        "lms_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("of", sa.String(length=32), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('facts', 'help')", name=op.f("ck_lms_revision_kind")),
        sa.CheckConstraint("what IN ('checked', 'corrected', 'withdrawn')", name=op.f("ck_lms_revision_what")),
        sa.ForeignKeyConstraint(["by"], ["lms_person.id"], name=op.f("fk_lms_revision_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_revision")),
    )
    op.create_table(
        "lms_group_session",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("facilitator_id", sa.Uuid(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("frozen_facts", sa.JSON(), nullable=True),
        sa.Column("frozen_hash", sa.String(length=64), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("check_in_code", sa.String(length=16), nullable=False),
        sa.Column("came_counted", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("letters_due", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(held_at IS NULL) = (frozen_hash IS NULL)", name=op.f("ck_lms_group_session_held")),
        sa.CheckConstraint("held_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_lms_group_session_one_end")),
        sa.CheckConstraint("kind IN ('course', 'renewal')", name=op.f("ck_lms_group_session_kind")),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_lms_group_session_capacity")),
        sa.CheckConstraint("came_counted IS NULL OR came_counted >= 0", name=op.f("ck_lms_group_session_came_counted")),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["lms_person.id"], name=op.f("fk_lms_group_session_facilitator_id")
        ),
        sa.ForeignKeyConstraint(["held_by"], ["lms_person.id"], name=op.f("fk_lms_group_session_held_by")),
        sa.ForeignKeyConstraint(["invited_by"], ["lms_person.id"], name=op.f("fk_lms_group_session_invited_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_group_session_organisation_id")
        ),
        sa.ForeignKeyConstraint(["planned_by"], ["lms_person.id"], name=op.f("fk_lms_group_session_planned_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_group_session")),
        sa.UniqueConstraint("check_in_code", name=op.f("uq_lms_group_session_check_in_code")),
    )
    op.create_index("ix_lms_group_session_facilitator", "lms_group_session", ["facilitator_id", "starts_at"])
    op.create_index(
        "ix_lms_group_session_letters_due",
        "lms_group_session",
        ["changed_at"],
        sqlite_where=sa.text("letters_due"),
        postgresql_where=sa.text("letters_due"),
    )
    op.create_table(
        "lms_person_clock",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credited_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("credited_before", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_person_clock_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_lms_person_clock")),
    )
    op.create_table(
        "lms_reporting_tab",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tab", sa.String(length=40), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_lms_reporting_tab_last_number")),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_reporting_tab_person_id")),
        sa.PrimaryKeyConstraint("person_id", "tab", name=op.f("pk_lms_reporting_tab")),
    )
    op.create_table(
        "lms_course_exception",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["lms_person.id"], name=op.f("fk_lms_course_exception_given_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_course_exception_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_course_exception_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", name=op.f("pk_lms_course_exception")),
    )
    op.create_table(
        "lms_roster_address",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["written_by"], ["lms_person.id"], name=op.f("fk_lms_roster_address_written_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_roster_address_organisation_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", name=op.f("pk_lms_roster_address")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_lms_roster_address_organisation_id_email")),
    )
    op.create_table(
        "lms_mailed_invitation",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 3", name=op.f("ck_lms_mailed_invitation_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_mailed_invitation_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_mailed_invitation_organisation_id")
        ),
        sa.ForeignKeyConstraint(["queued_by"], ["lms_person.id"], name=op.f("fk_lms_mailed_invitation_queued_by")),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", "number", name=op.f("pk_lms_mailed_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_lms_mailed_invitation_digest")),
    )
    op.create_table(
        "lms_reminder_plan",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["lms_person.id"], name=op.f("fk_lms_reminder_plan_changed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_reminder_plan_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_lms_reminder_plan")),
    )
    op.create_table(
        "lms_reminder",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_reminder_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_reminder_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_reminder_person_id")),
        sa.PrimaryKeyConstraint("organisation_id", "employee_id", "occasion", name=op.f("pk_lms_reminder")),
    )
    op.create_index("ix_lms_reminder_person", "lms_reminder", ["person_id", "queued_at"], unique=False)
    op.create_index("ix_lms_reminder_queued", "lms_reminder", ["organisation_id", "queued_at"], unique=False)
    op.create_table(
        "lms_nudge",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["lms_person.id"], name=op.f("fk_lms_nudge_asked_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_nudge_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_nudge")),
    )
    op.create_index("ix_lms_nudge_asked", "lms_nudge", ["organisation_id", "asked_at"], unique=False)
    op.create_table(
        "lms_reminder_refusal",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_reminder_refusal_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["lms_person.id"], name=op.f("fk_lms_reminder_refusal_person_id")),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name=op.f("pk_lms_reminder_refusal")),
    )
    op.create_table(
        "lms_enrolment",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.String(length=60), nullable=False),
        sa.Column("counts_as", sa.String(length=10), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun", sa.Boolean(), sa.Computed("begun_at IS NOT NULL", persisted=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("completed_version", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "counts_as IN ('leader', 'staff', 'excused', 'left')", name=op.f("ck_lms_enrolment_counts_as")
        ),
        sa.CheckConstraint("(completed_at IS NULL) = (completed_on IS NULL)", name=op.f("ck_lms_enrolment_completed")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_enrolment_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "round_id"],
            ["lms_round.organisation_id", "lms_round.id"],
            name=op.f("fk_lms_enrolment_organisation_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_enrolment")),
        sa.UniqueConstraint(
            "organisation_id",
            "employee_id",
            "round_id",
            "course",
            name=op.f("uq_lms_enrolment_organisation_id_employee_id_round_id_course"),
        ),
    )
    standing = ["organisation_id", "round_id", "course", "counts_as", "completed_on", "begun"]
    op.create_index("ix_lms_enrolment_standing", "lms_enrolment", standing)
    op.create_table(
        "lms_answer",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("lesson", sa.String(length=80), nullable=False),
        sa.Column("exercise", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["lms_enrolment.organisation_id", "lms_enrolment.id"],
            name=op.f("fk_lms_answer_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "lesson", "exercise", name=op.f("pk_lms_answer")),
    )
    op.create_table(
        "lms_lesson_progress",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("lesson", sa.String(length=80), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credited_seconds", sa.Integer(), nullable=False),
        sa.Column("otherwise", sa.Boolean(), nullable=False),
        sa.CheckConstraint("credited_seconds >= 0", name=op.f("ck_lms_lesson_progress_credited")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["lms_enrolment.organisation_id", "lms_enrolment.id"],
            name=op.f("fk_lms_lesson_progress_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "enrolment_id", "lesson", name=op.f("pk_lms_lesson_progress")),
    )
    op.create_table(
        "lms_reflection",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("lesson", sa.String(length=80), nullable=False),
        sa.Column("exercise", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("visibility", sa.String(length=20), nullable=False),
        sa.Column("let_out", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "visibility IN ('only_me', 'my_session', 'without_name')", name=op.f("ck_lms_reflection_visibility")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "enrolment_id"],
            ["lms_enrolment.organisation_id", "lms_enrolment.id"],
            name=op.f("fk_lms_reflection_organisation_id_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_reflection")),
        sa.UniqueConstraint(
            "organisation_id",
            "enrolment_id",
            "lesson",
            "exercise",
            name=op.f("uq_lms_reflection_organisation_id_enrolment_id_lesson_exercise"),
        ),
    )
    op.create_index("ix_lms_reflection_person", "lms_reflection", ["person_id"], unique=False)
    op.create_table(
        "lms_roster_draft",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("heading", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("leaving", sa.JSON(), nullable=False),
        sa.CheckConstraint("source IN ('hand', 'list', 'file')", name=op.f("ck_lms_roster_draft_source")),
        sa.ForeignKeyConstraint(["made_by"], ["lms_person.id"], name=op.f("fk_lms_roster_draft_made_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_roster_draft_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_roster_draft")),
    )
    op.create_table(
        "lms_roster_import",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("carried_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carried_out_by", sa.Uuid(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("departed", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["carried_out_by"], ["lms_person.id"], name=op.f("fk_lms_roster_import_carried_out_by")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["lms_organisation.id"], name=op.f("fk_lms_roster_import_organisation_id")
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["lms_person.id"], name=op.f("fk_lms_roster_import_undone_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_lms_roster_import")),
    )
    op.create_index("ix_lms_roster_import_at", "lms_roster_import", ["organisation_id", "carried_out_at"], unique=False)
    op.create_table(
        "lms_roster_act",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["lms_employee.organisation_id", "lms_employee.id"],
            name=op.f("fk_lms_roster_act_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "import_id"],
            ["lms_roster_import.organisation_id", "lms_roster_import.id"],
            name=op.f("fk_lms_roster_act_organisation_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "import_id", "employee_id", name=op.f("pk_lms_roster_act")),
    )
    for table, column in {"roster_address": "written_by", "mailed_invitation": "queued_by"}.items():
        op.create_index(f"ix_lms_{table}_{column}", f"lms_{table}", [column])
    op.create_index("ix_lms_reminder_refusal_person_id", "lms_reminder_refusal", ["person_id"])
    op.create_index("ix_lms_roster_act_employee", "lms_roster_act", ["organisation_id", "employee_id"])


def downgrade() -> None:
    """Take apart."""
    op.drop_table("lms_roster_act")
    op.drop_table("lms_roster_import")
    op.drop_table("lms_roster_draft")
    op.drop_table("lms_reflection")
    op.drop_table("lms_lesson_progress")
    op.drop_table("lms_answer")
    op.drop_table("lms_enrolment")
    op.drop_table("lms_reminder_refusal")
    op.drop_table("lms_nudge")
    op.drop_table("lms_reminder")
    op.drop_table("lms_reminder_plan")
    op.drop_table("lms_mailed_invitation")
    op.drop_table("lms_roster_address")
    op.drop_table("lms_course_exception")
    op.drop_table("lms_reporting_tab")
    op.drop_table("lms_person_clock")
    op.drop_table("lms_group_session")
    op.drop_table("lms_revision")
