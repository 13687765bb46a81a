"""After how many minutes without activity the people of a State are signed out (A13)

The least age of a password (A23) is a setting of the site and needs no column.
"""

from alembic import op

revision = "0016_idle_limit_and_password_age"
down_revision = "0015_reports_and_applications"
branch_labels = None
depends_on = None
TABLES = ("state_policy", "user_session")


def upgrade():
    """In SQL that both databases read: a rebuilt table of SQLite would lose its other CHECKs."""
    for name in TABLES:
        op.execute(
            f"ALTER TABLE {name} ADD COLUMN idle_minutes INTEGER DEFAULT 30 NOT NULL "
            f"CONSTRAINT ck_{name}_idle_minutes CHECK (idle_minutes BETWEEN 5 AND 30)"
        )


def downgrade():
    for name in TABLES:
        op.drop_column(name, "idle_minutes")
