"""Accounts, sign-in, sessions and Rules of Behavior."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, policy, roles_in_force
from msixlite.domain.errors import RuleBroken
from msixlite.models.base import random_token
from msixlite.models.places import District, Region, State
from msixlite.models.users import (
    AccountStatus,
    PastEmail,
    PastPassword,
    Role,
    RulesAcceptance,
    RulesOfBehavior,
    User,
    UserSession,
)
from msixlite.models.words import _l

WRONG_PASSWORDS = 3
"""The third wrong password in a row disables the account (A25)."""
REMEMBERED_PASSWORDS = 6
NATIONAL_ROLES = frozenset((Role.GOVERNMENT_ADMINISTRATOR, Role.OME_USER_ADMINISTRATOR, Role.PRIVACY_ACT_ADMINISTRATOR))
REGIONAL_ROLES = frozenset((Role.REGIONAL_DATA_ADMINISTRATOR, Role.REGIONAL_USER_ADMINISTRATOR))
STATE_ROLES = frozenset(
    (
        Role.STATE_DATA_ADMINISTRATOR,
        Role.STATE_USER_ADMINISTRATOR,
        Role.STATE_REGION_ADMINISTRATOR,
        Role.HELP_DESK,
    )
)
LONGEST_TITLE = 60
SIGNED_IN_ELSEWHERE = _l("signed in elsewhere")
"""Why a session ended that made room for a newer one."""
USED_BEFORE = _l("This user name or e-mail address was used before; each belongs to one person for ever.")
LOCKED_OUT = _l("three wrong passwords in a row")
"""The only reason that a right password, counted before it was looked at, takes back."""
SIGN_IN_REFUSED = _l(
    "The user name or the password is wrong, or the account is disabled. "
    "After three wrong passwords in a row an account is disabled; your User Administrator can help."
)


def create(
    db: Session,
    *,
    user_name: str,
    email: str,
    first_name: str,
    last_name: str,
    role: Role,
    password_hash: str,
    now: datetime,
    state: State | None = None,
    region: Region | None = None,
    district: District | None = None,
    phone: str = "",
    temporary_for: timedelta | None = clocks.TEMPORARY_PASSWORD_LIFE,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None = None,
) -> User:
    """A new account with a one-time password. Its place must fit its role.

    `temporary_for`: how long the one-time password works; None for ever (demo accounts).
    `starts_on`, `ends_on`: first and last day of the role; without them from today, without end.
    """
    check_place(role, state, region, district)
    today = clocks.day_in(now, state.time_zone if state else clocks.WASHINGTON)
    starts_on = starts_on or today
    roles_in_force.check_days(starts_on, ends_on, today=today)
    folded_name, folded_email = user_name.strip().lower(), email.strip().lower()
    if is_name_used(db, folded_name) or is_email_used(db, folded_email):
        raise RuleBroken(USED_BEFORE)
    user = User(
        user_name=folded_name,
        email=folded_email,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        role=role,
        state_code=state.code if state else None,
        region_id=region.id if region else None,
        district_id=district.id if district else None,
        role_starts_on=starts_on,
        role_ends_on=ends_on,
        password_hash=password_hash,
        password_changed_at=now,
        must_change_password=True,
        created_at=now,
    )
    db.add(user)
    try:
        db.flush()
    except IntegrityError as taken:  # another administrator was quicker by a moment
        raise RuleBroken(USED_BEFORE) from taken
    if temporary_for:
        user.temporary_password_ends_at = roles_in_force.begins_at(user, now) + temporary_for
    roles_in_force.begin(db, user, now=now, by=by)
    return user


def is_name_used(db: Session, user_name: str) -> bool:
    """Whether anybody has or had the user name (rule A8)."""
    return db.scalar(select(User.id).where(User.user_name == user_name)) is not None


def is_email_used(db: Session, email: str, *, but: int | None = None) -> bool:
    """Whether anybody has or had the address, in small letters; `but`: the account that may keep or retake its own."""
    now = select(User.id).where(User.email == email, User.id != (but or 0))
    before = select(PastEmail.user_id).where(PastEmail.email == email, PastEmail.user_id != (but or 0))
    return db.scalar(now) is not None or db.scalar(before) is not None


def read_titles(text: str) -> dict[Role, str]:
    """The offices of a State that a setting names for roles of the Department (C21). Raises ValueError.

    `text`: "Privacy Act Administrator = State Privacy Officer; Government Administrator = State Auditor".
    """
    known = {str(role.label).lower(): role for role in NATIONAL_ROLES}
    titles = {}
    for line in filter(str.strip, text.split(";")):
        name, _, title = (" ".join(part.split()) for part in line.partition("="))
        if name.lower() not in known:
            raise ValueError(f"{name!r} is no role of the Department")
        if not title.isprintable() or not 0 < len(title) <= LONGEST_TITLE:
            raise ValueError(f"{name!r} wants a title of 1 to {LONGEST_TITLE} characters")
        if known[name.lower()] in titles:
            raise ValueError(f"{name!r} stands there twice")
        titles[known[name.lower()]] = title
    return titles


def check_place(role: Role, state: State | None, region: Region | None, district: District | None) -> None:
    """Raise RuleBroken where the place does not fit the role: one place, of the role's own kind."""
    if role in NATIONAL_ROLES:
        if state or region or district:
            raise RuleBroken(
                _l("The role “%(role)s” is for the Department of Education, not for a State.", role=role.label)
            )
        return
    if state is None:
        raise RuleBroken(_l("The role “%(role)s” needs a State.", role=role.label))
    if any(part is not None and part.state_code != state.code for part in (region, district)):
        raise RuleBroken(_l("The region or district belongs to another State."))
    _check_kind_of_place(role, region, district)


def _check_kind_of_place(role: Role, region: Region | None, district: District | None) -> None:
    if region and district:
        raise RuleBroken(_l("An account belongs to a region or to a district, not to both."))
    if region and region.disabled_at:
        raise RuleBroken(_l("The region %(region)s is turned off.", region=region.name))
    if role in REGIONAL_ROLES and region is None:
        raise RuleBroken(_l("The role “%(role)s” needs a region.", role=role.label))
    if role is Role.DISTRICT_DATA_ADMINISTRATOR and district is None:
        raise RuleBroken(_l("The role “%(role)s” needs a district.", role=role.label))
    if role in STATE_ROLES and (region or district):
        raise RuleBroken(_l("The role “%(role)s” is for a whole State: choose no region or district.", role=role.label))


class RoleNotBegun(RuleBroken):
    """The password was right, and the role begins on another day."""


@dataclass(frozen=True)
class SignInAttempt:
    """One try to sign in, counted before the password is looked at, so that guesses side by side count too."""

    user_id: int | None
    password_hash: str | None
    number: int
    """1 to 3 in a row; 0 when it may not succeed."""


def begin_sign_in(db: Session, user_name: str, *, now: datetime) -> SignInAttempt:
    """Count the try. The third one in a row disables the account at once; only its own success opens it again."""
    user = db.scalar(select(User).where(User.user_name == user_name.strip().lower()).with_for_update())
    if user is not None and (user.status_reason == roles_in_force.NOT_BEGUN or not roles_in_force.opens(user, now)):
        _follow_roles(db, user, now)
    if user is None or not _may_try(user) or _one_time_password_ended(user, now):
        return SignInAttempt(None, user.password_hash if user else None, 0)
    user.failed_attempts += 1
    if user.failed_attempts >= WRONG_PASSWORDS:
        user.status = AccountStatus.DISABLED
        user.status_reason = LOCKED_OUT
    db.flush()
    return SignInAttempt(user.id, user.password_hash, user.failed_attempts)


def _follow_roles(db: Session, user: User, now: datetime) -> None:
    """What the clock's own work does, where it is late: a successor takes over, or nothing is left."""
    if user.status is AccountStatus.DEACTIVATED or not roles_in_force.follow(db, user, now=now):
        return
    user.edition += 1
    end_sessions(db, user, reason=roles_in_force.SESSIONS_END, now=now)


def _may_try(user: User) -> bool:
    """Tries of whoever waits for the first day count too: only after a right password is that day told."""
    return user.status is AccountStatus.ACTIVE or user.status_reason == roles_in_force.NOT_BEGUN


def _one_time_password_ended(user: User, now: datetime) -> bool:
    return user.temporary_password_ends_at is not None and user.temporary_password_ends_at < now


def confirm_password(db: Session, attempt: SignInAttempt, *, fits: bool) -> User:
    """The person, once the password fits: the count of wrong ones begins anew.

    Raises RuleBroken with the same sentence whatever was wrong.
    """
    user = db.get(User, attempt.user_id, with_for_update=True, populate_existing=True) if attempt.user_id else None
    if user is None or not fits or user.failed_attempts != attempt.number or _is_closed_otherwise(user):
        raise RuleBroken(SIGN_IN_REFUSED)
    if user.status_reason != roles_in_force.NOT_BEGUN:
        user.status, user.status_reason = AccountStatus.ACTIVE, ""
    user.failed_attempts = 0
    return user


def _is_closed_otherwise(user: User) -> bool:
    """While the password was looked at: by the person's own lock, wrong codes, or an administrator."""
    return user.status is not AccountStatus.ACTIVE and user.status_reason not in (LOCKED_OUT, roles_in_force.NOT_BEGUN)


def finish_sign_in(
    db: Session, attempt: SignInAttempt, *, fits: bool, now: datetime, address: str = "", at_once: int = 1
) -> tuple[User, str]:
    """A new session and its token for a password that fits. Raises RuleBroken.

    RoleNotBegun among them: the caller keeps that the count of wrong passwords begins anew.

    `at_once`: how many sessions an account may have; the oldest end (rule A8).
    """
    user = confirm_password(db, attempt, fits=fits)
    _check_role(db, user, now)
    user.last_signed_in_at = now
    idle_minutes = policy.idle_minutes(db, user.state_code)
    _make_room(db, user, at_once - 1, now)
    token = random_token()
    db.add(
        UserSession(
            token_hash=_token_hash(token),
            user_id=user.id,
            started_at=now,
            last_active_at=now,
            idle_minutes=idle_minutes,
            address=address,
        )
    )
    db.flush()
    return user, token


def _check_role(db: Session, user: User, now: datetime) -> None:
    if roles_in_force.opens(user, now):
        return
    roles_in_force.follow(db, user, now=now)
    begins = [one.starts_on for one in roles_in_force.open_of(db, user)]
    if not begins:
        raise RuleBroken(SIGN_IN_REFUSED)
    raise RoleNotBegun(
        _l("Your role begins on %(day)s. You can sign in from that day on.", day=f"{begins[0]:%m/%d/%Y}")
    )


def renew_session(db: Session, session: UserSession, *, reason: str, now: datetime) -> str:
    """Another session in the place of this one, and its token, so that no cookie of before opens it.

    It has the same limits as the one before, and knows no purpose of use.
    """
    end_sessions(db, session.user, reason=reason, now=now)
    token = random_token()
    db.add(
        UserSession(
            token_hash=_token_hash(token),
            user_id=session.user_id,
            started_at=session.started_at,
            last_active_at=now,
            idle_minutes=session.idle_minutes,
            address=session.address,
            second_factor_at=session.second_factor_at,
        )
    )
    db.flush()
    return token


def _make_room(db: Session, user: User, others: int, now: datetime) -> None:
    living = select(UserSession.id).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    kept = list(db.scalars(living.order_by(UserSession.id.desc()).limit(others))) if others else []
    ending = update(UserSession).where(
        UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.id.not_in(kept)
    )
    db.execute(ending.values(ended_at=now, end_reason=SIGNED_IN_ELSEWHERE))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(db: Session, token: str, *, now: datetime) -> UserSession | None:
    """The live session of a token: not ended, not idle for its limit, not older than 12 hours.

    Its account is active and has a role that is in force today, whether or not the clock's work has run.
    """
    found = db.scalar(
        select(UserSession)
        .options(joinedload(UserSession.user).options(joinedload(User.state), joinedload(User.region)))
        .where(UserSession.token_hash == _token_hash(token), UserSession.ended_at.is_(None))
    )
    if found is None or not is_in_use(found.user, now):
        return None
    idle, age = now - found.last_active_at, now - found.started_at
    if idle > found.idle_limit or age > clocks.SESSION_LIMIT:
        return None
    if min(idle, age) < -timedelta(minutes=5):
        return None  # the server's clock went back: how long the session was idle cannot be known
    return found


def is_in_use(user: User, now: datetime) -> bool:
    """Whether the account opens anything at all: active, with a role in force."""
    return user.status is AccountStatus.ACTIVE and roles_in_force.opens(user, now)


def idle_minutes(db: Session, token: str) -> int | None:
    """After how many minutes without activity the session of a token ends, or has ended; None: there was none."""
    return db.scalar(select(UserSession.idle_minutes).where(UserSession.token_hash == _token_hash(token)))


def late_writer(db: Session, token: str, *, now: datetime) -> User | None:
    """Whose session has run out by itself, and lately: it opens nothing, but what was written in it may be kept."""
    found = db.scalar(
        select(UserSession).where(UserSession.token_hash == _token_hash(token), UserSession.ended_at.is_(None))
    )
    if found is None or not is_in_use(found.user, now) or found.locked_at is not None:
        return None
    ran_out = min(found.last_active_at + found.idle_limit, found.started_at + clocks.SESSION_LIMIT)
    return found.user if timedelta(0) <= now - ran_out <= clocks.DRAFT_LIFE else None


def touch_session(db: Session, session_id: int, *, now: datetime, searching: str = "") -> None:
    """The person did something: the idle time begins again. `searching` is what stands in the search box unlogged."""
    db.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_active_at=now, searching=searching[:200]),
        execution_options={"synchronize_session": False},
    )


def end_session(db: Session, session: UserSession, *, reason: str, now: datetime) -> None:
    """The token of this session opens nothing any more."""
    db.execute(update(UserSession).where(UserSession.id == session.id).values(ended_at=now, end_reason=reason))


def end_sessions(db: Session, user: User, *, reason: str, now: datetime, but: UserSession | None = None) -> None:
    """End the person's sessions, but the one named."""
    living = update(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    if but is not None:
        living = living.where(UserSession.id != but.id)
    db.execute(living.values(ended_at=now, end_reason=reason))


def remembered_hashes(db: Session, user: User) -> list[str]:
    """The present password and the six before it, as hashes."""
    past = db.scalars(
        select(PastPassword.password_hash)
        .where(PastPassword.user_id == user.id)
        .order_by(PastPassword.id.desc())
        .limit(REMEMBERED_PASSWORDS)
    )
    return [user.password_hash, *past]


def change_password(db: Session, user: User, *, password_hash: str, session: UserSession, now: datetime) -> None:
    """Set the person's own new password; all other sessions end. Check the rules with `passwords` before."""
    db.add(PastPassword(user_id=user.id, password_hash=user.password_hash, set_at=user.password_changed_at))
    user.password_hash = password_hash
    user.password_changed_at = now
    user.must_change_password = False
    user.temporary_password_ends_at = None
    end_sessions(db, user, reason=_l("password changed"), now=now, but=session)


def give_one_time_password(db: Session, user: User, *, password_hash: str, now: datetime) -> None:
    """A reset: the old password ends, all sessions end, the new one works once within 72 hours (A19, A31)."""
    db.add(PastPassword(user_id=user.id, password_hash=user.password_hash, set_at=user.password_changed_at))
    user.password_hash = password_hash
    user.password_changed_at = now
    user.must_change_password = True
    user.temporary_password_ends_at = roles_in_force.begins_at(user, now) + clocks.TEMPORARY_PASSWORD_LIFE
    end_sessions(db, user, reason=_l("password reset"), now=now)


def must_change_password(user: User, *, now: datetime, age: timedelta = clocks.PASSWORD_AGE) -> bool:
    """At the first sign-in, after a reset, and every 60 days or what the site says instead (A19, A22, C1)."""
    return user.must_change_password or now - user.password_changed_at > age


def password_stays_until(user: User, *, least: timedelta, age: timedelta, now: datetime) -> datetime | None:
    """When the person may change the password that they chose last; None: now (A23).

    One-time passwords and expired ones never stay: they must be changed.
    """
    until = user.password_changed_at + least
    if not least or until <= now or must_change_password(user, now=now, age=age):
        return None
    return until


def current_rules(db: Session) -> RulesOfBehavior | None:
    """The newest version of the Rules of Behavior."""
    return db.scalar(select(RulesOfBehavior).order_by(RulesOfBehavior.id.desc()).limit(1))


def must_accept_rules(db: Session, user: User, *, now: datetime) -> bool:
    """Whether nothing since the last forced version was accepted within the last 365 days (A1, A4)."""
    binding = db.scalar(select(func.max(RulesOfBehavior.id)).where(RulesOfBehavior.forced))
    if binding is None:
        return False
    accepted = db.scalar(
        select(func.max(RulesAcceptance.accepted_at)).where(
            RulesAcceptance.user_id == user.id, RulesAcceptance.rules_id >= binding
        )
    )
    return accepted is None or now - accepted > clocks.RULES_YEAR


def accept_rules(db: Session, *, address: str, now: datetime, by: User) -> None:
    """The person read the present Rules of Behavior and will keep them."""
    rules = current_rules(db)
    if rules is None:
        raise RuleBroken(_l("There are no Rules of Behavior to accept."))
    db.add(RulesAcceptance(user_id=by.id, rules_id=rules.id, accepted_at=now, address=address))


def publish_rules(db: Session, *, text: str, now: datetime, forced: bool = True) -> RulesOfBehavior:
    """A new version of the Rules of Behavior. Forced: everybody reads it at the next page, not at the year's end."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain:
        raise RuleBroken(_l("Write the Rules of Behavior; an empty page binds nobody."))
    rules = RulesOfBehavior(text=plain, published_at=now, forced=forced or current_rules(db) is None)
    db.add(rules)
    db.flush()
    return rules


def versions_of_rules(db: Session) -> Sequence[tuple[RulesOfBehavior, int]]:
    """Every version, the newest first, with how many people accepted it."""
    accepted = func.count(func.distinct(RulesAcceptance.user_id))
    asked = select(RulesOfBehavior, accepted).outerjoin(RulesAcceptance, RulesAcceptance.rules_id == RulesOfBehavior.id)
    return db.execute(asked.group_by(RulesOfBehavior.id).order_by(RulesOfBehavior.id.desc())).all()
