"""More fields, saved searches, and what is being typed"""

import sqlalchemy as sa
from alembic import op

revision = "0011_finding"
down_revision = "0010_packet"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("past_search", sa.Column("fields", sa.JSON(), nullable=True))
    op.add_column("user_session", sa.Column("searching", sa.String(length=200), server_default="", nullable=False))
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_search_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("token", name=op.f("uq_saved_search_token")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_search_user_id_name")),
    )
    op.create_index(op.f("ix_saved_search_user_id"), "saved_search", ["user_id"], unique=False)


def downgrade():
    op.drop_table("saved_search")
    op.drop_column("user_session", "searching")
    op.drop_column("past_search", "fields")
