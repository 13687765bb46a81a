"""Fixtures of all tests: a real database, a small world in it, and people told apart by their role.

The world is built once by the domain's own functions and copied for each test: a file on SQLite, a template database
on PostgreSQL (where MSIXLITE_TEST_DATABASE_URL names a server).
"""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine import Engine, make_url

from msixlite import config
from msixlite.domain import accounts, passwords
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.users import Purpose, User
from msixlite.web import create_app
from tests import world
from tests.cases import Office
from tests.checked_client import CheckedClient

SERVER = os.environ.get("MSIXLITE_TEST_DATABASE_URL")


@event.listens_for(Engine, "connect")
def _write_without_waiting_for_the_disk(connection, _record):
    """No test pulls the plug: a commit need not wait until the disk has it."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")


class Databases:
    """Makes empty and copied databases of the kind that the tests run on."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.count = 0
        self.admin = None
        if SERVER:
            url = make_url(SERVER).set(drivername="postgresql+psycopg")
            self.admin = create_engine(url, isolation_level="AUTOCOMMIT")

    def _name(self):
        self.count += 1
        return f"msixlite_test_{os.getpid()}_{self.count}"

    def new(self, template: str | None = None) -> str:
        name = self._name()
        if self.admin is None:
            path = self.folder / f"{name}.sqlite3"
            if template:
                shutil.copyfile(make_url(template).database, path)
            return f"sqlite:///{path}"
        with self.admin.connect() as connection:
            copied = f' TEMPLATE "{make_url(template).database}"' if template else ""
            connection.execute(text(f'CREATE DATABASE "{name}"{copied}'))
        quick = {"options": "-csynchronous_commit=off"}
        return self.admin.url.set(database=name).update_query_dict(quick).render_as_string(hide_password=False)

    def drop(self, address: str) -> None:
        database = make_url(address).database
        if self.admin is None:
            for file in Path(database).parent.glob(Path(database).name + "*"):
                file.unlink()
            return
        with self.admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def databases(tmp_path_factory):
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def empty_database(databases):
    """The address of a database without tables."""
    address = databases.new()
    yield address
    databases.drop(address)


@pytest.fixture(scope="session")
def password():
    """The password of everybody in the small world, and its hash."""
    plain = "Harvest-Moon-7"
    return plain, passwords.hash_password(plain)


@pytest.fixture(scope="session")
def small_world(databases, password, tmp_path_factory):
    """The address of a database with places, people of every role, and two States' children."""
    address = databases.new()
    settings = site_settings(address, tmp_path_factory.mktemp("world"))
    world.build(settings, password[1])
    engine = make_engine(address)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    engine.dispose()
    yield address
    databases.drop(address)


def site_settings(database_url: str, instance: Path) -> config.Settings:
    return config.load(environment={"MSIXLITE_DATABASE_URL": database_url, "MSIXLITE_INSTANCE": str(instance)})


class Clock:
    """The server's clock, which tests move."""

    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now

    def forward(self, **how):
        self.now += timedelta(**how)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(databases, small_world, tmp_path):
    address = databases.new(template=small_world)
    yield site_settings(address, tmp_path / "instance")
    databases.drop(address)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Templates compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings, clock, compiled):
    made = create_app(settings)
    made.jinja_env.bytecode_cache = compiled
    made.test_client_class = CheckedClient
    made.config.update(TESTING=True, CLOCK=clock, PROPAGATE_EXCEPTIONS=False)
    yield made
    made.extensions["mail_pool"].shutdown(wait=True)
    made.extensions["upload_pool"].shutdown(wait=True)
    made.extensions["pdf_pool"].close()
    made.config["SESSIONS"].kw["bind"].dispose()


@pytest.fixture
def db(settings, request):
    """A session that reads; under `pytest.mark.writes` it takes part in deeds, and nothing of them is kept."""
    engine = make_engine(settings.database_url)
    with make_session_factory(engine)() as session:
        if not request.node.get_closest_marker("writes"):
            session.reading()
        yield session
        session.rollback()
    engine.dispose()


@pytest.fixture
def office(settings, tmp_path):
    """The small world's database, and short words for what its people do there."""
    engine = make_engine(settings.database_url)
    yield Office(make_session_factory(engine), tmp_path)
    engine.dispose()


@pytest.fixture
def visitor(app):
    """Nobody is signed in."""
    return app.test_client()


@pytest.fixture
def as_(app):
    """`as_("state_data_administrator")`: a client in which that person of Texas is signed in; `vt_…` for Vermont.

    Children outside their own scope open for them; with `purpose=None` they are asked why first.
    """

    def client_of(actor: str, purpose: Purpose | None = Purpose.ENROLLMENT) -> CheckedClient:
        client = app.test_client()
        with app.config["SESSIONS"]() as session, session.begin():
            now = app.config["CLOCK"]()
            attempt = accounts.begin_sign_in(session, actor, now=now)
            _, token = accounts.finish_sign_in(session, attempt, fits=True, now=now)
            accounts.find_session(session, token, now=now).purpose = purpose
        with client.session_transaction() as cookie:
            cookie.update(consented=True, _user_id=token, _fresh=True)
        return client

    return client_of


@pytest.fixture
def person(db):
    """The account of an actor."""
    return lambda actor: db.scalar(select(User).where(User.user_name == actor))


def pytest_terminal_summary(terminalreporter):
    """Time on task: goal and count, of the tests that measured one."""
    reports = [report for listed in terminalreporter.stats.values() for report in listed]
    kept = [value for one in reports for name, value in getattr(one, "user_properties", ()) if name == "goal"]
    goals = {number: (task, most, count) for number, task, most, count in kept}
    if goals:
        terminalreporter.section("time on task: interactions")
    for number, (task, most, count) in sorted(goals.items()):
        terminalreporter.line(f"{number:3}  {count:3} of {most:<3} {'  ' if count <= most else '! '}{task}")
