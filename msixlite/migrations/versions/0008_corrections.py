"""Correction requests, dispute statements, their attachments and letters"""

import sqlalchemy as sa
from alembic import op

revision = "0008_corrections"
down_revision = "0007_data_requests"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "correction_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("requester", sa.String(length=40), nullable=False),
        sa.Column("requester_name", sa.String(length=120), nullable=False),
        sa.Column("requester_address", sa.String(length=400), nullable=False),
        sa.Column("requester_phone", sa.String(length=30), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_counted", sa.String(length=200), nullable=False),
        sa.Column("forward_due_on", sa.Date(), nullable=True),
        sa.Column("forward_counted", sa.String(length=200), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forwarded_from_id", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revised_due_on", sa.Date(), nullable=True),
        sa.Column("revised_counted", sa.String(length=200), nullable=False),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(revised_due_on IS NULL) = (revised_counted = '')", name=op.f("ck_correction_request_revised_counted_pair")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decision IS NULL)", name=op.f("ck_correction_request_decided_pair")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_correction_request_district_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user.id"], name=op.f("fk_correction_request_entered_by_id")),
        sa.ForeignKeyConstraint(
            ["forwarded_from_id"], ["correction_request.id"], name=op.f("fk_correction_request_forwarded_from_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_correction_request_region_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_correction_request_state_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_correction_request_reference")),
    )
    op.create_index(op.f("ix_correction_request_district_id"), "correction_request", ["district_id"], unique=False)
    op.create_index(
        op.f("ix_correction_request_forwarded_from_id"), "correction_request", ["forwarded_from_id"], unique=False
    )
    op.create_index(op.f("ix_correction_request_region_id"), "correction_request", ["region_id"], unique=False)
    op.create_index(op.f("ix_correction_request_state_code"), "correction_request", ["state_code"], unique=False)

    op.create_table(
        "dispute_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stated_by", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawal_reason = '')", name=op.f("ck_dispute_statement_withdrawn_with_reason")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name=op.f("ck_dispute_statement_withdrawn_pair")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user.id"], name=op.f("fk_dispute_statement_entered_by_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["user.id"], name=op.f("fk_dispute_statement_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_statement")),
    )
    op.create_table(
        "letter_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name=op.f("fk_letter_template_changed_by_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_letter_template_state_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_template")),
        sa.UniqueConstraint("state_code", "key", "language", name=op.f("uq_letter_template_state_code_key_language")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=True),
        sa.Column("dispute_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(correction_id IS NULL) <> (dispute_id IS NULL)", name=op.f("ck_attachment_belongs_to_one")
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_attachment_added_by_id")),
        sa.ForeignKeyConstraint(["correction_id"], ["correction_request.id"], name=op.f("fk_attachment_correction_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute_statement.id"], name=op.f("fk_attachment_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_correction_id"), "attachment", ["correction_id"], unique=False)
    op.create_index(op.f("ix_attachment_dispute_id"), "attachment", ["dispute_id"], unique=False)

    op.create_table(
        "correction_inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asker", sa.String(length=120), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("counted", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_correction_inquiry_answered_pair")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_correction_inquiry_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["correction_request.id"], name=op.f("fk_correction_inquiry_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_inquiry")),
    )
    op.create_index(op.f("ix_correction_inquiry_request_id"), "correction_inquiry", ["request_id"], unique=False)

    op.create_table(
        "correction_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["correction_request.id"], name=op.f("fk_correction_reminder_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_reminder")),
        sa.UniqueConstraint("request_id", "clock", "kind", name=op.f("uq_correction_reminder_request_id_clock_kind")),
    )
    op.create_table(
        "correction_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_correction_step_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["correction_request.id"], name=op.f("fk_correction_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_step")),
    )
    op.create_index(op.f("ix_correction_step_request_id"), "correction_step", ["request_id"], unique=False)

    op.create_table(
        "dispute_addition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_dispute_addition_by_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["dispute_statement.id"], name=op.f("fk_dispute_addition_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_addition")),
    )
    op.create_index(op.f("ix_dispute_addition_statement_id"), "dispute_addition", ["statement_id"], unique=False)

    op.create_table(
        "correction_element",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("state_record_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value_as_is", sa.String(length=255), nullable=False),
        sa.Column("stored_as", sa.String(length=255), nullable=True),
        sa.Column("value_as_should", sa.String(length=255), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("revised_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["correction_request.id"], name=op.f("fk_correction_element_request_id")
        ),
        sa.ForeignKeyConstraint(["revised_by_id"], ["submission.id"], name=op.f("fk_correction_element_revised_by_id")),
        sa.ForeignKeyConstraint(
            ["state_record_id"], ["state_record.id"], name=op.f("fk_correction_element_state_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_element")),
    )
    op.create_index(op.f("ix_correction_element_request_id"), "correction_element", ["request_id"], unique=False)
    op.create_index(
        op.f("ix_correction_element_state_record_id"), "correction_element", ["state_record_id"], unique=False
    )

    op.create_table(
        "dispute_element",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("state_record_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value_as_is", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["state_record_id"], ["state_record.id"], name=op.f("fk_dispute_element_state_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["dispute_statement.id"], name=op.f("fk_dispute_element_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_element")),
    )
    op.create_index(op.f("ix_dispute_element_state_record_id"), "dispute_element", ["state_record_id"], unique=False)
    op.create_index(op.f("ix_dispute_element_statement_id"), "dispute_element", ["statement_id"], unique=False)


def downgrade():
    op.drop_index(op.f("ix_dispute_element_statement_id"), table_name="dispute_element")
    op.drop_index(op.f("ix_dispute_element_state_record_id"), table_name="dispute_element")

    op.drop_table("dispute_element")
    op.drop_index(op.f("ix_correction_element_state_record_id"), table_name="correction_element")
    op.drop_index(op.f("ix_correction_element_request_id"), table_name="correction_element")

    op.drop_table("correction_element")
    op.drop_index(op.f("ix_dispute_addition_statement_id"), table_name="dispute_addition")

    op.drop_table("dispute_addition")
    op.drop_index(op.f("ix_correction_step_request_id"), table_name="correction_step")

    op.drop_table("correction_step")
    op.drop_table("correction_reminder")
    op.drop_index(op.f("ix_correction_inquiry_request_id"), table_name="correction_inquiry")

    op.drop_table("correction_inquiry")
    op.drop_index(op.f("ix_attachment_dispute_id"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_correction_id"), table_name="attachment")

    op.drop_table("attachment")
    op.drop_table("letter_template")
    op.drop_table("dispute_statement")
    op.drop_index(op.f("ix_correction_request_state_code"), table_name="correction_request")
    op.drop_index(op.f("ix_correction_request_region_id"), table_name="correction_request")
    op.drop_index(op.f("ix_correction_request_forwarded_from_id"), table_name="correction_request")
    op.drop_index(op.f("ix_correction_request_district_id"), table_name="correction_request")

    op.drop_table("correction_request")
