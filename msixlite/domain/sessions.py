"""One's own sessions: how long they still live, the quick lock, the list of them (rules A8, A13, A34)."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from msixlite.domain import accounts, clocks
from msixlite.domain.errors import NotFound
from msixlite.models.users import User, UserSession
from msixlite.models.words import _l

ENDED_SHOWN = 10


def ends_at(session: UserSession, *, active_at: datetime | None = None) -> datetime:
    """When the session ends if nothing more is done than at its last activity, or at the moment named."""
    return min((active_at or session.last_active_at) + session.idle_limit, session.started_at + clocks.SESSION_LIMIT)


def warns_at(session: UserSession, *, active_at: datetime | None = None) -> datetime:
    """When the page offers to stay signed in."""
    return ends_at(session, active_at=active_at) - clocks.idle_warning(session.idle_limit)


def can_stay(session: UserSession, *, now: datetime) -> bool:
    """Whether going on moves the end: not in the last minutes of the 12 hours."""
    return ends_at(session) < session.started_at + clocks.SESSION_LIMIT and now < ends_at(session)


def is_locked(session: UserSession, *, lock_after: timedelta, now: datetime) -> bool:
    """Locked by the person, or idle for as long as the site allows (zero: no such limit)."""
    if session.locked_at is not None:
        return True
    return bool(lock_after) and now - session.last_active_at >= lock_after


def lock(db: Session, session: UserSession, *, now: datetime) -> None:
    """Nothing opens any more until the password is given; the session goes on, and so does its idle limit."""
    db.execute(update(UserSession).where(UserSession.id == session.id).values(locked_at=now))


def unlock(db: Session, session: UserSession) -> None:
    """The password was given."""
    db.execute(update(UserSession).where(UserSession.id == session.id).values(locked_at=None))


def live(db: Session, *, now: datetime, by: User) -> list[UserSession]:
    """One's own sessions that still open something, the newest first."""
    found = db.scalars(
        select(UserSession)
        .where(UserSession.user_id == by.id, UserSession.ended_at.is_(None))
        .order_by(UserSession.id.desc())
    )
    return [session for session in found if ends_at(session) > now]


def ended(db: Session, *, by: User) -> list[UserSession]:
    """One's own sessions that ended lately, and why."""
    return list(
        db.scalars(
            select(UserSession)
            .where(UserSession.user_id == by.id, UserSession.ended_at.is_not(None))
            .order_by(UserSession.ended_at.desc(), UserSession.id.desc())
            .limit(ENDED_SHOWN)
        )
    )


def end(db: Session, session_id: int, *, now: datetime, by: User) -> None:
    """End an own session: its cookie opens nothing any more."""
    session = db.scalar(
        select(UserSession).where(
            UserSession.id == session_id, UserSession.user_id == by.id, UserSession.ended_at.is_(None)
        )
    )
    if session is None:
        raise NotFound("session")
    accounts.end_session(db, session, reason=_l("ended by the person"), now=now)
