"""One account, one or more roles, each in its place and with its days; one of them is in force at a time (rule A14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import account_steps, accounts, clocks, days, policy, roles_in_force, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.users import AccountStatus, DeedKind, Role, User, UserSession
from msixlite.models.words import _l

_RIGHT = Permission.ASSIGN_USER_ROLES
GIVEN = _l("a role was given")
ENDED = _l("a role was ended")
TAKEN_UP = _l("another own role taken up")


@dataclass(frozen=True)
class Wanted:
    """A role that an account should have."""

    role: Role
    place: users.Place
    starts_on: date | None = None
    """Empty: today."""
    ends_on: date | None = None
    """Empty: until somebody ends it."""


def of_user(db: Session, user: User) -> Sequence[RoleAssignment]:
    """All assignments, past ones too, of an account that was loaded within reach; the last to begin first."""
    places = (RoleAssignment.state, RoleAssignment.region, RoleAssignment.district, RoleAssignment.given_by)
    return db.scalars(
        select(RoleAssignment)
        .options(*(joinedload(one) for one in places))
        .where(RoleAssignment.user_id == user.id)
        .order_by(RoleAssignment.starts_on.desc(), RoleAssignment.id.desc())
    ).all()


def others_now(assignments: Sequence[RoleAssignment], user: User, now: datetime) -> list[RoleAssignment]:
    """Those that the person may take up today in place of the one in force."""
    today = days.today_of(user, now)
    return [one for one in assignments if one.is_on(today) and not one.in_force]


def most_at_once(db: Session, user: User) -> int:
    """How many roles the account may have on the same day, as its State sets."""
    return policy.of(db, user.state_code).roles_per_account if user.state_code else 1


def give(db: Session, user_id: int, wanted: Wanted, *, edition: int, now: datetime, by: User) -> RoleAssignment:
    """A further role, or the successor of one that ends. Nobody gives what they may not give, nor gives to themselves.

    It takes over at once where no other is in force; beside another, the person takes it up.
    """
    user = users.open_for_change(db, user_id, _RIGHT, edition=edition, by=by)
    if user.status is AccountStatus.DEACTIVATED:
        raise RuleBroken(_l("A deactivated account is not changed any more."))
    place, today = wanted.place, days.today_of(user, now)
    accounts.check_place(wanted.role, place.state, place.region, place.district)
    users.check_may_give(wanted.role, place, _RIGHT, by=by)
    made = RoleAssignment(
        user_id=user.id,
        role=wanted.role,
        state_code=place.state.code,
        region_id=place.region.id if place.region else None,
        district_id=place.district.id if place.district else None,
        starts_on=wanted.starts_on or today,
        ends_on=wanted.ends_on,
        in_force=False,
        given_at=now,
        given_by_id=by.id,
    )
    others = roles_in_force.open_of(db, user)
    roles_in_force.check_days(made.starts_on, made.ends_on, today=today)
    roles_in_force.check_beside(made, others)
    _check_count(made, others, most=most_at_once(db, user))
    db.add(made)
    db.flush()
    users.note(db, user, DeedKind.ROLE_GIVEN, words=roles_in_force.words_of(made), now=now, by=by)
    if made.is_on(today):
        accounts.end_sessions(db, user, reason=GIVEN, now=now)
    roles_in_force.follow(db, user, now=now)
    return made


def _check_count(made: RoleAssignment, others: Sequence[RoleAssignment], *, most: int) -> None:
    """On no day more roles than the State allows: the busiest day is one on which a role begins."""
    beside = [one for one in others if roles_in_force.days_meet(one, made)]
    first_days = {made.starts_on, *(one.starts_on for one in beside if one.starts_on > made.starts_on)}
    if max(sum(one.is_on(day) for one in beside) for day in first_days) < most:
        return
    raise RuleBroken(
        _l(
            "Roles of an account at a time in this State: at most %(most)s. End another one before this one begins.",
            most=most,
        )
    )


def end(
    db: Session,
    user_id: int,
    assignment_id: int,
    *,
    ends_on: date | None,
    reason: str,
    edition: int,
    now: datetime,
    by: User,
) -> RoleAssignment:
    """End a role: at once, or with the last day named. An account whose last role ends is disabled."""
    user = users.open_for_change(db, user_id, _RIGHT, edition=edition, by=by)
    ending = _open_one(db, assignment_id, user)
    if not reason.strip():
        raise RuleBroken(_l("Write why you end the role."))
    account_steps.check_reason(reason.strip())
    today = days.today_of(user, now)
    if ends_on is not None:
        _check_last_day(ending, ends_on, today)
    was_on = ending.is_on(today)
    ending.end_reason = reason.strip()
    if ends_on is None:
        ending.ended_at, ending.in_force = now, False
    else:
        ending.ends_on = ends_on
        if ending.in_force:
            user.role_ends_on = ends_on
    db.flush()
    words = f"{roles_in_force.words_of(ending)}: {ending.end_reason}"
    users.note(db, user, DeedKind.ROLE_ENDED, words=words, now=now, by=by)
    if ends_on is None and was_on:
        accounts.end_sessions(db, user, reason=ENDED, now=now)
    roles_in_force.follow(db, user, now=now)
    return ending


def _open_one(db: Session, assignment_id: int, user: User) -> RoleAssignment:
    """One of the account's assignments that has not ended. Lock the account before: it guards them."""
    found = db.get(RoleAssignment, assignment_id, populate_existing=True)
    if found is None or found.user_id != user.id or found.ended_at is not None:
        raise NotFound("role assignment")
    return found


def _check_last_day(ending: RoleAssignment, ends_on: date, today: date) -> None:
    if ends_on < today:
        raise RuleBroken(_l("The last day is over already. Leave it empty to end the role at once."))
    if ends_on < ending.starts_on:
        raise RuleBroken(_l("The role has not begun by then. Leave the last day empty to take it back."))
    if ending.ends_on is not None and ends_on > ending.ends_on:
        raise RuleBroken(_l("The role ends before that day already. Give it anew from the day after on."))


def switch(db: Session, assignment_id: int, session: UserSession, *, now: datetime, by: User) -> str:
    """Take up another of one's own roles of today; returns the token of the new session.

    All sessions end and one begins anew, no longer than the one before: what one role opened, another does not find.
    """
    user = db.get_one(User, by.id, with_for_update=True, populate_existing=True)
    wanted = _open_one(db, assignment_id, user)
    if not accounts.is_in_use(user, now) or not wanted.is_on(days.today_of(user, now)):
        raise NotFound("role assignment")
    if wanted.in_force:
        raise RuleBroken(_l("You work in this role already."))
    roles_in_force.take_up(db, user, wanted)
    user.edition += 1
    users.note(db, user, DeedKind.ROLE_TAKEN_UP, words=roles_in_force.words_of(wanted), now=now, by=user)
    return accounts.renew_session(db, session, reason=TAKEN_UP, now=now)


def follow_clock(db: Session, *, now: datetime) -> list[User]:
    """Bring every account to the day: roles that are over, successors that begin. Again, it changes nothing.

    Each account goes by its own State's day, which begins before that of UTC on some islands.
    """
    ahead = clocks.day_in(now, "UTC") + timedelta(days=1)
    passed = select(RoleAssignment.user_id).where(RoleAssignment.ended_at.is_(None), RoleAssignment.ends_on < ahead)
    waits = and_(User.status == AccountStatus.DISABLED, User.status_reason.in_(roles_in_force.WAITS))
    concerned = db.scalars(
        select(User)
        .where(User.status != AccountStatus.DEACTIVATED, or_(User.id.in_(passed), waits))
        .order_by(User.id)
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    ).all()
    changed = [user for user in concerned if roles_in_force.follow(db, user, now=now)]
    for user in changed:
        user.edition += 1
        accounts.end_sessions(db, user, reason=roles_in_force.SESSIONS_END, now=now)
    return changed
