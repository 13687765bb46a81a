"""Which of an account's roles is in force: always exactly one, or none, by the day at the State (rule A14).

All rights are read from `User.role`; here it follows the assignments. Whoever calls ends the sessions where it changed.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, days, delegations
from msixlite.domain.errors import RuleBroken
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.users import AccountDeed, AccountStatus, DeedKind, Role, User
from msixlite.models.words import _l

NOT_BEGUN = _l("its role has not begun yet")
NONE_LEFT = _l("it has no role any more")
WAITS = (NOT_BEGUN, NONE_LEFT)
"""Reasons for which the site itself disables an account, and enables it as soon as a role is in force."""
LAST_DAY_PASSED = _l("its last day has passed")
CHANGED = _l("role or place changed")
SESSIONS_END = _l("another role, or none, is in force")


def opens(user: User, now: datetime) -> bool:
    """Whether the role in force has begun and is not over. Asked at each request: the account alone answers."""
    first, last = user.role_starts_on, user.role_ends_on
    if first is None and last is None:
        return True
    today = days.today_of(user, now)
    return (first is None or first <= today) and (last is None or today <= last)


def begins_at(user: User, now: datetime) -> datetime:
    """From when on the role in force opens anything: now, or the first moment of its first day."""
    if user.role_starts_on is None:
        return now
    return max(now, datetime.combine(user.role_starts_on, time(), ZoneInfo(days.zone_of(user))))


def place_of(user: User) -> tuple[Role, str | None, int | None, int | None]:
    """The role in force and its place: what the person's rights rest on."""
    return user.role, user.state_code, user.region_id, user.district_id


def open_of(db: Session, user: User) -> Sequence[RoleAssignment]:
    """The account's assignments that have not ended, the first to begin first."""
    return db.scalars(
        select(RoleAssignment)
        .where(RoleAssignment.user_id == user.id, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.starts_on, RoleAssignment.id)
    ).all()


def copy_of(user: User, *, now: datetime, by: User | None) -> RoleAssignment:
    """The assignment that the account's own columns tell of."""
    return RoleAssignment(
        user_id=user.id,
        role=user.role,
        state_code=user.state_code,
        region_id=user.region_id,
        district_id=user.district_id,
        starts_on=user.role_starts_on,
        ends_on=user.role_ends_on,
        in_force=True,
        given_at=now,
        given_by_id=by.id if by else None,
    )


def check_days(starts_on: date, ends_on: date | None, *, today: date) -> None:
    """Raise RuleBroken where the days of a new assignment lie wrong."""
    if starts_on < today:
        raise RuleBroken(_l("A role begins today or later."))
    if starts_on - today > clocks.ROLE_AHEAD:
        raise RuleBroken(_l("A role begins within a year from today."))
    if ends_on is not None and ends_on < starts_on:
        raise RuleBroken(_l("The last day lies before the first one."))


def check_beside(made: RoleAssignment, others: Sequence[RoleAssignment]) -> None:
    """Raise RuleBroken where the new one does not fit to the account's other open ones."""
    if any(one.state_code != made.state_code for one in others):
        raise RuleBroken(_l("All roles of one account are in one State."))
    if any(_is_same(one, made) and days_meet(one, made) for one in others):
        raise RuleBroken(_l("The account has this role in this place in these days already."))


def _is_same(one: RoleAssignment, other: RoleAssignment) -> bool:
    return (one.role, one.region_id, one.district_id) == (other.role, other.region_id, other.district_id)


def days_meet(one: RoleAssignment, other: RoleAssignment) -> bool:
    """Whether both hold on some day."""
    return one.starts_on <= (other.ends_on or date.max) and other.starts_on <= (one.ends_on or date.max)


def begin(db: Session, user: User, *, now: datetime, by: User | None) -> None:
    """The first assignment, of a new account. Until its first day the account is disabled."""
    db.add(copy_of(user, now=now, by=by))
    if not opens(user, now):
        user.status, user.status_reason = AccountStatus.DISABLED, NOT_BEGUN
    db.flush()


def take_up(db: Session, user: User, assignment: RoleAssignment) -> None:
    """From now on the account has the rights of this assignment and of no other."""
    for one in open_of(db, user):
        one.in_force = False
    db.flush()  # none before another: the database allows one at a time
    assignment.in_force = True
    before = place_of(user)
    user.role = assignment.role
    user.state, user.region, user.district = assignment.state, assignment.region, assignment.district
    user.role_starts_on, user.role_ends_on = assignment.starts_on, assignment.ends_on
    db.flush()
    if place_of(user) != before:
        delegations.end_all(db, user)


def replace(db: Session, user: User, *, now: datetime, by: User) -> None:
    """The role or place of the account was changed: what was in force ends, and what it says now is in force."""
    others = open_of(db, user)
    today = days.today_of(user, now)
    present = next((one for one in others if one.in_force), None)
    if present is None or (present.ends_on is not None and present.ends_on < today):
        raise RuleBroken(_l("This account has no role in force that could be changed. Give it a role first."))
    user.role_starts_on = max(today, present.starts_on)
    made = copy_of(user, now=now, by=by)
    check_beside(made, [one for one in others if one is not present])
    present.ended_at, present.end_reason, present.in_force = now, CHANGED, False
    db.flush()
    db.add(made)
    delegations.end_all(db, user)
    db.flush()


def end_all(db: Session, user: User, *, reason: str, now: datetime) -> None:
    """The account is closed for good, and its roles and delegations with it."""
    delegations.end_all(db, user)
    for one in open_of(db, user):
        one.ended_at, one.end_reason, one.in_force = now, reason, False


def follow(db: Session, user: User, *, now: datetime) -> bool:
    """Bring the account to what its assignments say today; whether that changed its rights or its status.

    One whose last day has passed ends. Where the one in force is over, the next that has begun takes over; where there
    is none, the account is disabled until one begins. Running it again changes nothing.
    """
    today = days.today_of(user, now)
    left = _end_passed(db, user, today, now)
    current = [one for one in left if one.is_on(today)]
    before = (user.status, user.status_reason, user.role_starts_on, user.role_ends_on)
    is_taken_up = bool(current) and not any(one.in_force for one in current)
    if is_taken_up:
        take_up(db, user, current[0])
        _note(db, user, DeedKind.ROLE_TAKEN_UP, words_of(current[0]), now)
    elif not any(one.in_force for one in left):
        user.role_ends_on = min(user.role_ends_on or today, today - timedelta(days=1))
    if user.status is AccountStatus.ACTIVE or user.status_reason in WAITS:
        user.status = AccountStatus.ACTIVE if current else AccountStatus.DISABLED
        user.status_reason = "" if current else NOT_BEGUN if left else NONE_LEFT
    is_changed = is_taken_up or before != (user.status, user.status_reason, user.role_starts_on, user.role_ends_on)
    if user.status is not before[0]:
        user.status_changed_at = now
        _note(db, user, DeedKind.ENABLED if current else DeedKind.DISABLED, user.status_reason, now)
    db.flush()
    return is_changed


def _end_passed(db: Session, user: User, today: date, now: datetime) -> list[RoleAssignment]:
    """End the assignments whose last day has passed; returns those that are left."""
    left = []
    for one in open_of(db, user):
        if one.ends_on is None or today <= one.ends_on:
            left.append(one)
            continue
        one.ended_at, one.end_reason, one.in_force = now, one.end_reason or LAST_DAY_PASSED, False
        _note(db, user, DeedKind.ROLE_ENDED, f"{words_of(one)}: {one.end_reason}", now)
    db.flush()
    return left


def words_of(assignment: RoleAssignment) -> str:
    """An assignment as the account's history keeps it: role, place, first and last day."""
    days = f"{assignment.starts_on}" + (f" – {assignment.ends_on}" if assignment.ends_on else "")
    return f"{assignment.role.label}, {assignment.place} ({days})"


def _note(db: Session, user: User, kind: DeedKind, words: str, now: datetime) -> None:
    """One line of the account's history: the clock did it, no person."""
    db.add(AccountDeed(user_id=user.id, kind=kind, words=words[:300], at=now, by_id=None))
