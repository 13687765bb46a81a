"""Alerts of two networks, when a person last used a right, and when a State sends its files"""

import sqlalchemy as sa
from alembic import op

revision = "0014_alerts_and_schedules"
down_revision = "0013_language"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_audit_event_use", "audit_event", ["user_id", "outcome", "action", "at"], unique=False)
    op.add_column(
        "state_policy", sa.Column("upload_schedule", sa.String(length=40), server_default="nightly", nullable=False)
    )
    op.create_table(
        "sign_in_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("other_address", sa.String(length=45), nullable=False),
        sa.Column("other_active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_me", sa.Boolean(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_alert_user_id")),
        sa.ForeignKeyConstraint(["looked_at_by_id"], ["user.id"], name=op.f("fk_sign_in_alert_looked_at_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_alert")),
    )
    op.create_index(op.f("ix_sign_in_alert_user_id"), "sign_in_alert", ["user_id"], unique=False)
    op.create_table(
        "upload_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_upload_event_state_code")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_upload_event_district_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_upload_event_added_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["user.id"], name=op.f("fk_upload_event_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_event")),
    )
    op.create_index(op.f("ix_upload_event_state_code"), "upload_event", ["state_code"], unique=False)


def downgrade():
    op.drop_table("upload_event")
    op.drop_table("sign_in_alert")
    op.execute("DELETE FROM reminder WHERE renewal = 'upload'")
    op.drop_column("state_policy", "upload_schedule")
    op.drop_index("ix_audit_event_use", table_name="audit_event")
