"""The Help Desk: accounts locked by wrong passwords are unlocked, and nothing else (rules A26, A27; C2).

No password is read or set on this path.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import account_steps, users
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.users import AccountStatus, DeedKind, User
from msixlite.models.words import _l


def locked(db: Session, *, by: User) -> Sequence[User]:
    """The locked accounts within reach, by name."""
    reach = users.within_reach(by, Permission.UNLOCK_ACCOUNTS)
    places = (joinedload(User.state), joinedload(User.region), joinedload(User.district))
    return db.scalars(
        select(User).options(*places).where(users.LOCKED, *reach).order_by(User.last_name, User.first_name)
    ).all()


def unlock(
    db: Session, user_id: int, *, check: account_steps.CallerCheck, words: str, edition: int, now: datetime, by: User
) -> User:
    """The person may try their own password again. Only for a caller who was verified."""
    how = account_steps.verified(check, words)
    user = users.open_for_change(db, user_id, Permission.UNLOCK_ACCOUNTS, edition=edition, by=by)
    if not users.is_locked(user):
        raise RuleBroken(_l("This account is not locked."))
    user.status, user.status_reason, user.failed_attempts = AccountStatus.ACTIVE, "", 0
    user.status_changed_at = now
    users.note(db, user, DeedKind.UNLOCKED, words=how, now=now, by=by)
    return user
