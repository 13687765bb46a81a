"""How often the reading of a submission was begun"""

import sqlalchemy as sa
from alembic import op

revision = "0005_submission_tries"
down_revision = "0004_accounts"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("submission", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def downgrade():
    op.drop_column("submission", "tries")
