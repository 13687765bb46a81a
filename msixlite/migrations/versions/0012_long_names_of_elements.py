"""Names of elements longer than 40 letters fit into the history of a record"""

import sqlalchemy as sa
from alembic import op

revision = "0012_long_names_of_elements"
down_revision = "0011_finding"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("record_change") as table:
        table.alter_column("element", existing_type=sa.String(40), type_=sa.String(120), existing_nullable=False)


def downgrade():
    with op.batch_alter_table("record_change") as table:
        table.alter_column("element", existing_type=sa.String(120), type_=sa.String(40), existing_nullable=False)
