"""A Data Administrator acts for another one who is away, from one day to another.

The giver lends the desk that they have that day: it ends with the role or place in which it was given.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, days, worklist
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import Delegation

LONGEST = timedelta(days=90)
"""First and last day included."""


def delegate(db: Session, *, to_id: int, starts_on: date, ends_on: date, now: datetime, by: User) -> Delegation:
    """Let a colleague see and decide what lies on one's own desk. Four eyes stay two people's."""
    to = next((person for person in worklist.colleagues(db, by=by) if person.id == to_id), None)
    if to is None:
        raise RuleBroken(_l("Choose another Data Administrator of your State."))
    _check_days(starts_on, ends_on, days.today_of(by, now))
    made = Delegation(from_id=by.id, to_id=to.id, starts_on=starts_on, ends_on=ends_on, made_at=now)
    db.add(made)
    db.flush()
    return made


def _check_days(starts_on: date, ends_on: date, today: date) -> None:
    if ends_on < starts_on:
        raise RuleBroken(_l("The last day lies before the first one."))
    if ends_on < today:
        raise RuleBroken(_l("The last day is over already."))
    if ends_on - starts_on >= LONGEST:
        raise RuleBroken(_l("A desk is delegated for at most %(most)s days at a time.", most=LONGEST.days))
    if starts_on - today > clocks.ROLE_AHEAD:
        raise RuleBroken(_l("The first day must lie within a year from today."))


def may_end(made: Delegation, *, by: User) -> bool:
    """Whether the person may take the desk back: its giver, or a State Data Administrator of the giver's State."""
    state = made.from_user.state_code
    return made.from_id == by.id or (state is not None and covers(by, Permission.SET_STATE_POLICY, state=state))


def end(db: Session, delegation_id: int, *, by: User) -> None:
    """Take a desk back. The audit trail keeps that it was delegated."""
    found = db.get(Delegation, delegation_id)
    if found is None or not may_end(found, by=by):
        raise NotFound("delegation")
    db.delete(found)
    db.flush()


def end_all(db: Session, giver: User) -> None:
    """The giver has another role or place, or no account any more: nobody acts for them from now on."""
    for made in db.scalars(select(Delegation).where(Delegation.from_id == giver.id)):
        db.delete(made)
    db.flush()


def current(db: Session, *, today: date, by: User) -> list[Delegation]:
    """Those that the person made or received and that are not over, the first to begin first."""
    return _current(db, today, or_(Delegation.from_id == by.id, Delegation.to_id == by.id))


def of_others(db: Session, *, today: date, by: User) -> list[Delegation]:
    """Those among other people of the State that are not over, for its State Data Administrators."""
    if by.state_code is None or not covers(by, Permission.SET_STATE_POLICY, state=by.state_code):
        return []
    of_state = Delegation.from_id.in_(select(User.id).where(User.state_code == by.state_code))
    return _current(db, today, of_state, Delegation.from_id != by.id, Delegation.to_id != by.id)


def _current(db: Session, today: date, *wanted: ColumnElement[bool]) -> list[Delegation]:
    both = (joinedload(Delegation.from_user), joinedload(Delegation.to_user))
    found = select(Delegation).where(*wanted, Delegation.ends_on >= today).options(*both)
    return list(db.scalars(found.order_by(Delegation.starts_on, Delegation.id)))
