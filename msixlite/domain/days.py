"""Which day it is: for a person, and at a State. Due dates and days that people type or read are never days of UTC."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks
from msixlite.models.places import State
from msixlite.models.users import User


def zone_of(person: User | None) -> str:
    """The time zone of the person's State; that of Washington for whoever has none, and for the system."""
    return person.state.time_zone if person and person.state else clocks.WASHINGTON


def today_of(person: User | None, now: datetime) -> date:
    """The day that it is in the person's State."""
    return clocks.day_in(now, zone_of(person))


def zones(db: Session) -> dict[str, str]:
    """State → its time zone."""
    return {one.code: one.time_zone for one in db.execute(select(State.code, State.time_zone))}


def at_state(db: Session, code: str, now: datetime) -> date:
    """The day that it is in a State."""
    return clocks.day_in(now, db.get_one(State, code).time_zone)


def each_by_its_own(
    state: SQLColumnExpression[str],
    zones: Mapping[str, str],
    now: datetime,
    condition: Callable[[date], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """The condition on a day, asked of each State's rows with the day that it is there. `state`: their column."""
    codes = defaultdict(list)
    for code, zone in zones.items():
        codes[clocks.day_in(now, zone)].append(code)
    return or_(*(and_(state.in_(found), condition(day)) for day, found in sorted(codes.items())))
