"""Account life, account requests and reviews, training, regions that can be switched off"""

import sqlalchemy as sa
from alembic import op

revision = "0004_accounts"
down_revision = "0003_security"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "access_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["settled_by_id"], ["user.id"], name=op.f("fk_access_notice_settled_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_access_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_notice")),
    )
    with op.batch_alter_table("access_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_notice_user_id"), ["user_id"], unique=False)

    op.create_table(
        "account_deed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_account_deed_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_account_deed_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_deed")),
    )
    with op.batch_alter_table("account_deed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_deed_user_id"), ["user_id"], unique=False)

    op.create_table(
        "account_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("last_name", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("work_address", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("intended_use", sa.Text(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("verifier_name", sa.String(length=120), nullable=False),
        sa.Column("verifier_title", sa.String(length=120), nullable=False),
        sa.Column("verifier_phone", sa.String(length=30), nullable=False),
        sa.Column("identity_document", sa.String(length=40), nullable=False),
        sa.Column("need_attested", sa.Boolean(), nullable=False),
        sa.Column("form_token", sa.String(length=43), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_account_request_district_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_account_request_region_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_account_request_state_code")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_account_request_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
    )
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_request_state_code"), ["state_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_request_user_id"), ["user_id"], unique=False)

    op.create_table(
        "request_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_request_decision_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["account_request.id"], name=op.f("fk_request_decision_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_decision")),
    )
    with op.batch_alter_table("request_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_decision_request_id"), ["request_id"], unique=False)

    op.create_table(
        "account_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_account_review_region_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["user.id"], name=op.f("fk_account_review_signed_by_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["user.id"], name=op.f("fk_account_review_started_by_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_account_review_state_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_review")),
    )
    with op.batch_alter_table("account_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_review_state_code"), ["state_code"], unique=False)

    op.create_table(
        "past_email",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_past_email_user_id")),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_past_email")),
    )
    with op.batch_alter_table("past_email", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_email_user_id"), ["user_id"], unique=False)

    op.create_table(
        "state_training_text",
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name=op.f("fk_state_training_text_changed_by_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_state_training_text_state_code")),
        sa.PrimaryKeyConstraint("state_code", name=op.f("pk_state_training_text")),
    )
    op.create_table(
        "training_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_training_attempt_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attempt")),
    )
    with op.batch_alter_table("training_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_attempt_user_id"), ["user_id"], unique=False)

    op.create_table(
        "training_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_training_reminder_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_reminder")),
        sa.UniqueConstraint(
            "user_id", "due_on", "days_before", name=op.f("uq_training_reminder_user_id_due_on_days_before")
        ),
    )
    with op.batch_alter_table("training_reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_reminder_user_id"), ["user_id"], unique=False)

    op.create_table(
        "review_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_review_line_decided_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["account_review.id"], name=op.f("fk_review_line_review_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_review_line_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_line")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_review_line_review_id_user_id")),
    )
    with op.batch_alter_table("review_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_line_review_id"), ["review_id"], unique=False)

    op.add_column("region", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rules_of_behavior", sa.Column("forced", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("user", sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user", sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("user", sa.Column("phone_hidden", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    for table, column in (
        ("user", "phone_hidden"),
        ("user", "edition"),
        ("user", "status_changed_at"),
        ("rules_of_behavior", "forced"),
        ("region", "disabled_at"),
    ):
        op.drop_column(table, column)
    for table in (
        "review_line",
        "training_reminder",
        "training_attempt",
        "state_training_text",
        "past_email",
        "account_review",
        "request_decision",
        "account_request",
        "account_deed",
        "access_notice",
    ):
        op.drop_table(table)
