"""Incident reports before sign-in, drafts and documents of applications, e-mail to people without an account"""

import sqlalchemy as sa
from alembic import op

revision = "0015_reports_and_applications"
down_revision = "0014_alerts_and_schedules"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("incident_report") as table:  # no other table refers to it
        table.alter_column("reported_by_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("state_code", sa.String(length=2), nullable=True))
        table.add_column(sa.Column("contact", sa.String(length=120), nullable=False, server_default=""))
        table.create_foreign_key(op.f("fk_incident_report_state_code"), "state", ["state_code"], ["code"])
        table.create_index(op.f("ix_incident_report_state_code"), ["state_code"])
    op.execute(
        "UPDATE incident_report SET state_code = "
        '(SELECT state_code FROM "user" WHERE "user".id = incident_report.reported_by_id)'
    )
    op.add_column("outgoing_mail", sa.Column("recipient_address", sa.String(254), nullable=False, server_default=""))
    op.add_column("outgoing_mail", sa.Column("sealed_token", sa.String(255), nullable=True))
    with op.batch_alter_table("outgoing_mail") as table:
        table.alter_column("recipient_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("state_policy", sa.Column("account_documents", sa.Text(), nullable=False, server_default=""))
    _applications()


def _applications():
    op.create_table(
        "request_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=160), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name=op.f("ck_request_document_seen_pair")),
        sa.ForeignKeyConstraint(["request_id"], ["account_request.id"], name=op.f("fk_request_document_request_id")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["user.id"], name=op.f("fk_request_document_seen_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_document")),
    )
    op.create_index(op.f("ix_request_document_request_id"), "request_document", ["request_id"])
    op.create_table(
        "request_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_request_draft_state_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_draft")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_request_draft_token_hash")),
    )
    op.create_index(op.f("ix_request_draft_ends_at"), "request_draft", ["ends_at"])


def downgrade():
    op.drop_table("request_draft")
    op.drop_table("request_document")
    op.drop_column("state_policy", "account_documents")
    op.execute("DELETE FROM mail_attempt WHERE mail_id IN (SELECT id FROM outgoing_mail WHERE recipient_id IS NULL)")
    op.execute("DELETE FROM outgoing_mail WHERE recipient_id IS NULL")
    with op.batch_alter_table("outgoing_mail") as table:
        table.alter_column("recipient_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("sealed_token")
        table.drop_column("recipient_address")
    op.execute("DELETE FROM incident_report WHERE reported_by_id IS NULL")
    with op.batch_alter_table("incident_report") as table:
        table.drop_index(op.f("ix_incident_report_state_code"))
        table.drop_constraint(op.f("fk_incident_report_state_code"), type_="foreignkey")
        table.drop_column("contact")
        table.drop_column("state_code")
        table.alter_column("reported_by_id", existing_type=sa.Integer(), nullable=False)
