"""Graduation plans of the States, and their own text of the family page."""

import sqlalchemy as sa
from alembic import op

revision = "0010_packet"
down_revision = "0009_security2"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "graduation_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("first_year", sa.String(length=9), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_graduation_plan_state_code")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name=op.f("fk_graduation_plan_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graduation_plan")),
        sa.UniqueConstraint(
            "state_code", "name", "first_year", name=op.f("uq_graduation_plan_state_code_name_first_year")
        ),
    )
    op.create_table(
        "plan_subject",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("other_names", sa.String(length=200), nullable=False),
        sa.Column("credits", sa.Numeric(precision=5, scale=3), nullable=False),
        sa.Column("course_credits", sa.Numeric(precision=5, scale=3), nullable=False),
        sa.Column("course_hours", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["graduation_plan.id"], name=op.f("fk_plan_subject_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_subject")),
    )
    op.create_index(op.f("ix_plan_subject_plan_id"), "plan_subject", ["plan_id"])
    op.create_table(
        "family_text",
        sa.Column("state_code", sa.String(length=2), nullable=False),
        sa.Column("english", sa.Text(), nullable=False),
        sa.Column("spanish", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_family_text_state_code")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["user.id"], name=op.f("fk_family_text_changed_by_id")),
        sa.PrimaryKeyConstraint("state_code", name=op.f("pk_family_text")),
    )


def downgrade():
    op.drop_table("family_text")
    op.drop_index(op.f("ix_plan_subject_plan_id"), table_name="plan_subject")
    op.drop_table("plan_subject")
    op.drop_table("graduation_plan")
