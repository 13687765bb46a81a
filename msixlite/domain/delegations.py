"""A Data Administrator acts for another one who is away, from one day to another."""

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, worklist
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import Delegation


def today_of(person: User, now: datetime) -> date:
    """The day that it is in the person's State."""
    return clocks.day_in(now, person.state.time_zone if person.state else clocks.WASHINGTON)


def delegate(db: Session, *, to_id: int, starts_on: date, ends_on: date, now: datetime, by: User) -> Delegation:
    """Let a colleague see and decide what lies on one's own desk. Four eyes stay two people's."""
    to = next((person for person in worklist.colleagues(db, by=by) if person.id == to_id), None)
    if to is None:
        raise RuleBroken(_l("Choose another Data Administrator of your State."))
    if ends_on < starts_on:
        raise RuleBroken(_l("The last day lies before the first one."))
    if ends_on < today_of(by, now):
        raise RuleBroken(_l("The last day is over already."))
    made = Delegation(from_id=by.id, to_id=to.id, starts_on=starts_on, ends_on=ends_on, made_at=now)
    db.add(made)
    db.flush()
    return made


def end(db: Session, delegation_id: int, *, by: User) -> None:
    """Take back one's own delegation. The audit trail keeps that it was there."""
    found = db.get(Delegation, delegation_id)
    if found is None or found.from_id != by.id:
        raise NotFound("delegation")
    db.delete(found)
    db.flush()


def current(db: Session, *, today: date, by: User) -> list[Delegation]:
    """Those that the person made or received and that are not over, the first to begin first."""
    found = select(Delegation).where(
        or_(Delegation.from_id == by.id, Delegation.to_id == by.id), Delegation.ends_on >= today
    )
    both = (joinedload(Delegation.from_user), joinedload(Delegation.to_user))
    return list(db.scalars(found.options(*both).order_by(Delegation.starts_on, Delegation.id)))
