"""The language that a person reads the site in"""

import sqlalchemy as sa
from alembic import op

revision = "0013_language"
down_revision = "0012_long_names_of_elements"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("user", sa.Column("language", sa.String(5), nullable=False, server_default=""))


def downgrade():
    op.drop_column("user", "language")
