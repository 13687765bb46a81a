"""Alembic revisions: they lead to the models, from an empty database and with rows in the tables."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select

from msixlite import migrations
from msixlite.models import Base
from msixlite.models.base import make_engine
from msixlite.models.students import StateRecord


def differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": Base.metadata})
        return compare_metadata(context, Base.metadata)


def test_the_revisions_lead_to_the_models(empty_database):
    engine = make_engine(empty_database)
    migrations.upgrade(engine)
    assert differences(engine) == []
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_an_upgrade_twice_is_one(empty_database):
    engine = make_engine(empty_database)
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    engine.dispose()


def test_every_upgrade_keeps_the_rows(settings):
    """From the revision before the newest, where there is one, with the small world in the tables."""
    engine = make_engine(settings.database_url)
    script = ScriptDirectory.from_config(migrations.configuration())
    before = script.get_revision(script.get_current_head()).down_revision
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(StateRecord))
    if before is not None:
        config = migrations.configuration()
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, before)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(StateRecord)) == rows > 0
    engine.dispose()
