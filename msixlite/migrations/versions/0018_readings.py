"""Which of two readings of the rules a State goes by (C4, C5)"""

import sqlalchemy as sa
from alembic import op

revision = "0018_readings"
down_revision = "0017_role_assignments"
branch_labels = None
depends_on = None
EARLIER = "the earlier of both days"


def upgrade():
    op.add_column(
        "state_policy", sa.Column("days_reading", sa.String(length=40), nullable=False, server_default=EARLIER)
    )
    op.add_column("state_policy", sa.Column("late_by_clock", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    op.drop_column("state_policy", "late_by_clock")
    op.drop_column("state_policy", "days_reading")
