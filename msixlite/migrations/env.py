"""Run by Alembic: on the connection that `upgrade` gives, or on one of its own while a revision is written."""

from alembic import context
from sqlalchemy import Enum

from msixlite import config as settings
from msixlite.models import Base
from msixlite.models.base import Utc, make_engine


def render(kind, item, _autogen_context):
    """A revision speaks of the database alone: our own column types may change after it."""
    if kind == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(settings.load().database_url).begin() as own:
        run(own)
