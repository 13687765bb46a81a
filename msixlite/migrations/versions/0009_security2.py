"""Training taken elsewhere, reminders, forwarded notices, privacy mode, sealed secrets, forms that arrived too late"""

import sqlalchemy as sa
from alembic import op

revision = "0009_security2"
down_revision = "0008_corrections"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "outside_training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=40), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("certificate_token", sa.String(length=43), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_outside_training_user_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user.id"], name=op.f("fk_outside_training_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_training")),
    )
    op.create_index(op.f("ix_outside_training_user_id"), "outside_training", ["user_id"])
    op.create_table(
        "form_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_form_draft_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_draft")),
    )
    op.create_index(op.f("ix_form_draft_user_id"), "form_draft", ["user_id"])
    _reminders_of_all_kinds()
    op.add_column("user", sa.Column("privacy_mode", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("user", sa.Column("blur_after_seconds", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("access_notice") as batch_op:  # no other table refers to it
        batch_op.add_column(sa.Column("forwarded_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_access_notice_forwarded_by_id"), "user", ["forwarded_by_id"], ["id"])
    with op.batch_alter_table("second_factor") as batch_op:  # sealed at the next start; no other table refers to it
        batch_op.alter_column("secret", existing_type=sa.String(length=64), type_=sa.String(length=255))


def _reminders_of_all_kinds():
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("renewal", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_reminder_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "user_id", "renewal", "due_on", "days_before", name=op.f("uq_reminder_user_id_renewal_due_on_days_before")
        ),
    )
    op.execute(
        "INSERT INTO reminder (user_id, renewal, due_on, days_before, made_at) "
        "SELECT user_id, 'training', due_on, days_before, made_at FROM training_reminder"
    )
    op.drop_table("training_reminder")


def downgrade():
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
    op.create_index(op.f("ix_training_reminder_user_id"), "training_reminder", ["user_id"])
    op.execute(
        "INSERT INTO training_reminder (user_id, due_on, days_before, made_at) "
        "SELECT user_id, due_on, days_before, made_at FROM reminder WHERE renewal = 'training'"
    )
    with op.batch_alter_table("access_notice") as batch_op:
        batch_op.drop_constraint(op.f("fk_access_notice_forwarded_by_id"), type_="foreignkey")
        batch_op.drop_column("forwarded_by_id")
    op.drop_column("user", "blur_after_seconds")
    op.drop_column("user", "privacy_mode")
    for table in ("reminder", "form_draft", "outside_training"):
        op.drop_table(table)
