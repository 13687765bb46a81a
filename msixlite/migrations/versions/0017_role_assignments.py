"""Role assignments with first and last day; every account gets one for the role that it has"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0017_role_assignments"
down_revision = "0016_idle_limit_and_password_age"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PLACE = ("state_code", "region_id", "district_id")
USER = sa.table(
    "user",
    *(sa.column(name) for name in ("id", "role", "status", *PLACE)),
    *(sa.column(name, MOMENT) for name in ("created_at", "status_changed_at")),
    sa.column("role_starts_on", sa.Date()),
)
ASSIGNMENT = sa.table(
    "role_assignment",
    *(sa.column(name) for name in ("user_id", "role", *PLACE, "end_reason")),
    sa.column("starts_on", sa.Date()),
    sa.column("in_force", sa.Boolean()),
    *(sa.column(name, MOMENT) for name in ("given_at", "ended_at")),
)


def upgrade():
    op.add_column("user", sa.Column("role_starts_on", sa.Date(), nullable=True))
    op.add_column("user", sa.Column("role_ends_on", sa.Date(), nullable=True))
    op.execute(  # with its check: SQLite adds none to a table that is there
        "ALTER TABLE state_policy ADD COLUMN roles_per_account INTEGER DEFAULT '1' NOT NULL "
        "CONSTRAINT ck_state_policy_roles_per_account CHECK (roles_per_account BETWEEN 1 AND 3)"
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state_code", sa.String(length=2), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("ck_role_assignment_days_in_order")),
        sa.CheckConstraint("NOT in_force OR ended_at IS NULL", name=op.f("ck_role_assignment_in_force_is_open")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_role_assignment_user_id")),
        sa.ForeignKeyConstraint(["state_code"], ["state.code"], name=op.f("fk_role_assignment_state_code")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_role_assignment_region_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_role_assignment_district_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["user.id"], name=op.f("fk_role_assignment_given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index(op.f("ix_role_assignment_user_id"), "role_assignment", ["user_id"])
    op.create_index(
        "uq_role_assignment_in_force",
        "role_assignment",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )
    _assign()


def _assign():
    """The role that each account has, from the day on which it was made; a closed account's has ended with it."""
    states = sa.table("state", sa.column("code"), sa.column("time_zone"))
    connection = op.get_bind()
    zones = dict(connection.execute(sa.select(states.c.code, states.c.time_zone)).all())
    for user in connection.execute(sa.select(USER)).mappings().all():
        is_closed = user["status"] == "deactivated"
        starts_on = _day(user["created_at"], zones.get(user["state_code"], "America/New_York"))
        connection.execute(
            ASSIGNMENT.insert().values(
                **{name: user[name] for name in ("role", *PLACE)},
                user_id=user["id"],
                starts_on=starts_on,
                in_force=not is_closed,
                given_at=user["created_at"],
                ended_at=(user["status_changed_at"] or user["created_at"]) if is_closed else None,
                end_reason="deactivated" if is_closed else "",
            )
        )
        connection.execute(USER.update().where(USER.c.id == user["id"]).values(role_starts_on=starts_on))


def _day(at: datetime, zone: str):
    """SQLite gives a moment back without its time zone, which is UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone)).date()


def downgrade():
    op.execute("DELETE FROM account_deed WHERE kind IN ('role given', 'role ended', 'role taken up')")
    op.drop_table("role_assignment")
    op.drop_column("state_policy", "roles_per_account")
    op.drop_column("user", "role_ends_on")
    op.drop_column("user", "role_starts_on")
