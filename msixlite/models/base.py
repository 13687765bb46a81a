"""The ground of the data dictionary: Base, column types, engine and session factory."""

import enum
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, Engine, Enum, MetaData, String, Text, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from msixlite.models.words import packed, unpacked


class Utc(TypeDecorator[datetime]):
    """A moment in UTC. Comes back aware on every database; a naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs its time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SaidText(TypeDecorator[str]):
    """A text of ours that a page says in its reader's language: its message and values are kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else packed(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unpacked(value)


def _values(kind: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in kind]


moment = Annotated[datetime, mapped_column(Utc())]
"""A point in time, stored in UTC."""
name60 = Annotated[str, mapped_column(String(60))]
"""A name as sent, up to 60 characters: the element's 30 are kept for export only."""
json_list = Annotated[list[Any], mapped_column(JSON())]
json_dict = Annotated[dict[str, Any], mapped_column(JSON())]


class Base(DeclarativeBase):
    """Every table of msixlite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the name and shape are SQLAlchemy's
        enum.Enum: Enum(enum.Enum, native_enum=False, length=40, values_callable=_values),
    }


def make_engine(url: str) -> Engine:
    """The engine for a database address, with the settings that our counters, merges and audit chain rest on."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Readers begin as usual; a session that says `writes` takes the write lock first, so that none loses a write."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class OurSession(Session):
    """A session that knows whether its next transactions write.

    A reader sees one state of the database throughout and never waits for a writer; it must not write.
    """

    writes: bool = True

    def reading(self) -> "OurSession":
        self.writes = False
        return self

    def writing(self) -> "OurSession":
        """End the reader's transaction, so that the next statement takes the write lock and sees the newest state."""
        self.rollback()
        self.writes = True
        return self

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        bind = super().get_bind(*args, **kwargs)
        return bind if self.writes else _reader_of(bind)


@cache
def _reader_of(engine: Engine) -> Engine:
    return engine.execution_options(writes=False)


def make_session_factory(engine: Engine) -> sessionmaker[OurSession]:
    """Sessions on the engine; models stay readable after a commit."""
    return sessionmaker(engine, class_=OurSession, expire_on_commit=False)


def random_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)
