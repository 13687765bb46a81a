"""What is said of somebody's access: that they need less, or none; a task for the User Administrator (A32, A33)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.users import AccessNotice, AccountStatus, NoticeKind, User
from msixlite.models.words import _l


def report(db: Session, kind: NoticeKind, *, words: str, now: datetime, by: User) -> AccessNotice:
    """ "I no longer need access", "this is more than I need": a task for the User Administrator (A32, A33)."""
    if _has_notice(db, by, kind):
        raise RuleBroken(_l("You said so already; your User Administrator has it on their list."))
    return _add_notice(db, by, kind, words=words, now=now)


def remember_to_change(db: Session, user: User, *, words: str, now: datetime) -> None:
    """Put an account that needs less on the administrator's own list, once."""
    if not _has_notice(db, user, NoticeKind.MORE_THAN_NEEDED):
        _add_notice(db, user, NoticeKind.MORE_THAN_NEEDED, words=words, now=now)


def _has_notice(db: Session, user: User, kind: NoticeKind) -> bool:
    waiting = (AccessNotice.user_id == user.id, AccessNotice.settled_at.is_(None), AccessNotice.kind == kind)
    return db.scalar(select(AccessNotice.id).where(*waiting)) is not None


def _add_notice(db: Session, user: User, kind: NoticeKind, *, words: str, now: datetime) -> AccessNotice:
    notice = AccessNotice(user_id=user.id, kind=kind, words=words.strip()[:500], at=now)
    db.add(notice)
    db.flush()
    return notice


def staff(db: Session, *, by: User) -> Sequence[User]:
    """The people of the own district whose accounts are not closed, by name, for who may forward a notice (C8)."""
    if reach_of(by, Permission.FORWARD_ACCESS_NOTICES) is not Reach.DISTRICT or by.district_id is None:
        return []
    wanted = (User.district_id == by.district_id, User.id != by.id, User.status != AccountStatus.DEACTIVATED)
    return db.scalars(select(User).where(*wanted).order_by(User.last_name, User.first_name, User.id)).all()


def forward(db: Session, user_id: int, *, words: str, now: datetime, by: User) -> AccessNotice:
    """Tell the User Administrator that a person of the own district no longer needs access; nothing more (C8)."""
    user = next((one for one in staff(db, by=by) if one.id == user_id), None)
    if user is None:
        raise NotFound("person")
    if not words.strip():
        raise RuleBroken(_l("Write since when, or why, this person no longer needs access."))
    if _has_notice(db, user, NoticeKind.NO_LONGER_NEEDED):
        raise RuleBroken(_l("The User Administrator has this on their list already."))
    notice = _add_notice(db, user, NoticeKind.NO_LONGER_NEEDED, words=words, now=now)
    notice.forwarded_by_id = by.id
    return notice


def waiting(db: Session, *, by: User, user: User | None = None) -> Sequence[AccessNotice]:
    """What people within reach said of their own access and nobody settled yet, the oldest first."""
    wanted = [AccessNotice.settled_at.is_(None), *users.within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)]
    if user is not None:
        wanted.append(AccessNotice.user_id == user.id)
    return db.scalars(
        select(AccessNotice).join(AccessNotice.user).where(*wanted).order_by(AccessNotice.at, AccessNotice.id)
    ).all()


def settle(db: Session, notice_id: int, *, now: datetime, by: User) -> AccessNotice:
    """The administrator has done what the notice asks for, or has found that nothing is to be done."""
    reach = users.within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    notice = db.scalar(select(AccessNotice).join(AccessNotice.user).where(AccessNotice.id == notice_id, *reach))
    if notice is None:
        raise NotFound("notice")
    if notice.settled_at:
        raise RuleBroken(_l("This is settled already."))
    notice.settled_at, notice.settled_by_id = now, by.id
    return notice
