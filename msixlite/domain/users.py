"""User administration: whose accounts an administrator sees, and everything that is done to an account.

Each deed takes the edition that its page showed: who decides by an older page is told so, and nothing happens.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts, clocks, names, second_factor
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import MANAGES, Permission, Reach, may_give, reach_of
from msixlite.models.places import District, Region, State
from msixlite.models.users import (
    AccessNotice,
    AccountDeed,
    AccountStatus,
    DeedKind,
    NoticeKind,
    PastEmail,
    Role,
    User,
)

CHANGED_MEANWHILE = "Somebody else changed this account while you had it open. Look at it again, then decide."
OUT_OF_REACH = "You may not give this role in this place. Choose another role or place."


class CallerCheck(enum.Enum):
    """How a caller was known to be who they say they are (rules A31, P7)."""

    CALL_BACK = "called back at a number that was known before"
    IN_PERSON = "spoke in person"
    IDENTITY_DOCUMENT = "saw an identity document"


class Step(enum.Enum):
    """What moves an account from one status to another."""

    DISABLE = "disable"
    ENABLE = "enable"
    DEACTIVATE = "deactivate"


STEPS: dict[tuple[AccountStatus, Step], AccountStatus] = {
    (AccountStatus.ACTIVE, Step.DISABLE): AccountStatus.DISABLED,
    (AccountStatus.DISABLED, Step.ENABLE): AccountStatus.ACTIVE,
    (AccountStatus.ACTIVE, Step.DEACTIVATE): AccountStatus.DEACTIVATED,
    (AccountStatus.DISABLED, Step.DEACTIVATE): AccountStatus.DEACTIVATED,
}
"""What may follow what (C3, C19). From deactivated nothing leads back."""
_DEED_OF = {
    Step.DISABLE: DeedKind.DISABLED,
    Step.ENABLE: DeedKind.ENABLED,
    Step.DEACTIVATE: DeedKind.DEACTIVATED,
}
_RIGHT_OF = {
    Step.DISABLE: Permission.UPDATE_USER_ACCOUNT_INFORMATION,
    Step.ENABLE: Permission.UPDATE_USER_ACCOUNT_INFORMATION,
    Step.DEACTIVATE: Permission.DEACTIVATE_USER_ACCOUNTS,
}


@dataclass(frozen=True)
class Place:
    """Where an account belongs: a whole State, or one region or district of it."""

    state: State
    region: Region | None = None
    district: District | None = None

    @property
    def code(self) -> str:
        """As a form sends it: state-TX, region-3, district-17."""
        if self.district:
            return f"district-{self.district.id}"
        return f"region-{self.region.id}" if self.region else f"state-{self.state.code}"

    @property
    def name(self) -> str:
        if self.district:
            return self.district.name
        return self.region.name if self.region else f"All of {self.state.name}"

    @property
    def region_id(self) -> int | None:
        """The region that the place is or lies in."""
        if self.district:
            return self.district.region_id
        return self.region.id if self.region else None


@dataclass(frozen=True)
class Wanted:
    """What an account should say."""

    first_name: str
    last_name: str
    email: str
    phone: str
    role: Role
    place: Place


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty: everybody who is not deactivated."""

    status: AccountStatus | None = None
    role: Role | None = None
    place: Place | None = None
    unused: bool = False
    locked: bool = False
    name: str = ""


def within_reach(by: User, permission: Permission) -> list[ColumnElement[bool]]:
    """Accounts to which the person may do this; never their own."""
    reach = reach_of(by, permission)
    if reach is None:
        return [false()]
    found: list[ColumnElement[bool]] = [User.role.in_(MANAGES.get(by.role, ())), User.id != by.id]
    if reach is not Reach.NATION:
        found.append(User.state_code == by.state_code)
    if reach is Reach.REGION:
        found.append(_in_region(by.region_id))
    return found


def _in_region(region_id: int | None) -> ColumnElement[bool]:
    districts = select(District.id).where(District.region_id == region_id)
    return or_(User.region_id == region_id, User.district_id.in_(districts))


def is_locked(user: User) -> bool:
    """Disabled by wrong passwords, not by a person."""
    return user.status is AccountStatus.DISABLED and user.failed_attempts >= accounts.WRONG_PASSWORDS


LOCKED = and_(User.status == AccountStatus.DISABLED, User.failed_attempts >= accounts.WRONG_PASSWORDS)


def _unused_since(moment: datetime) -> ColumnElement[bool]:
    """Neither made, signed in to, nor enabled again since then."""
    return and_(
        func.coalesce(User.last_signed_in_at, User.created_at) < moment,
        or_(User.status_changed_at.is_(None), User.status_changed_at < moment),
    )


def find(db: Session, filters: Filters, *, now: datetime, by: User) -> list[User]:
    """Accounts within reach, by last name."""
    wanted = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    wanted.append(User.status == filters.status if filters.status else User.status != AccountStatus.DEACTIVATED)
    if filters.role:
        wanted.append(User.role == filters.role)
    if filters.place:
        wanted.append(_belongs_to(filters.place))
    if filters.unused:
        wanted += [User.status == AccountStatus.ACTIVE, _unused_since(now - clocks.UNUSED_WARNING)]
    if filters.locked:
        wanted.append(LOCKED)
    found = db.scalars(_with_places().where(*wanted).order_by(User.last_name, User.first_name, User.id))
    asked = set(names.fold(filters.name).split())
    return [user for user in found if asked <= _words_of(user)]


def _words_of(user: User) -> set[str]:
    """Every beginning of the person's names, so that a part of a name finds them."""
    words = f"{names.fold(user.full_name)} {user.user_name}".split()
    return {word[:length] for word in words for length in range(1, len(word) + 1)}


def _belongs_to(place: Place) -> ColumnElement[bool]:
    if place.district:
        return User.district_id == place.district.id
    return _in_region(place.region.id) if place.region else User.state_code == place.state.code


def _with_places() -> Select[User]:
    return select(User).options(joinedload(User.state), joinedload(User.region), joinedload(User.district))


def get(db: Session, user_id: int, *, by: User) -> User:
    """One account within reach."""
    reach = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    user = db.scalar(_with_places().where(User.id == user_id, *reach))
    if user is None:
        raise NotFound("account")
    return user


def history(db: Session, user: User) -> Sequence[AccountDeed]:
    """What was done to an account that was loaded within reach, the newest first."""
    return db.scalars(select(AccountDeed).where(AccountDeed.user_id == user.id).order_by(AccountDeed.id.desc())).all()


def places_within_reach(db: Session, *, by: User) -> list[Place]:
    """Where the person may put an account: States, regions in use, districts."""
    reach = reach_of(by, Permission.ASSIGN_USER_ROLES)
    if reach is Reach.NATION:
        return [Place(state) for state in db.scalars(select(State).order_by(State.name))]
    if reach is None or by.state is None:
        return []
    regions = select(Region).where(Region.state_code == by.state_code, Region.disabled_at.is_(None))
    districts = select(District).where(District.state_code == by.state_code)
    if reach is Reach.REGION:
        regions, districts = (
            regions.where(Region.id == by.region_id),
            districts.where(District.region_id == by.region_id),
        )
    whole = [Place(by.state)] if reach is Reach.STATE else []
    return [
        *whole,
        *(Place(by.state, region=region) for region in db.scalars(regions.order_by(Region.name))),
        *(Place(by.state, district=district) for district in db.scalars(districts.order_by(District.name))),
    ]


def find_place(db: Session, code: str, *, by: User) -> Place:
    """The place of a form, if the person may put accounts there."""
    for place in places_within_reach(db, by=by):
        if place.code == code:
            return place
    raise RuleBroken("Choose a place from the list.")


def create(
    db: Session, wanted: Wanted, *, password_hash: str, now: datetime, by: User, user_name: str = "", words: str = ""
) -> User:
    """A new account with a one-time password. Without a user name it gets one made from the person's names."""
    _check_may_give(wanted, Permission.CREATE_USER_ACCOUNTS, by)
    user = accounts.create(
        db,
        user_name=user_name or _free_name(db, wanted),
        email=wanted.email,
        first_name=wanted.first_name,
        last_name=wanted.last_name,
        role=wanted.role,
        password_hash=password_hash,
        now=now,
        state=wanted.place.state,
        region=wanted.place.region,
        district=wanted.place.district,
        phone=wanted.phone,
    )
    note(db, user, DeedKind.CREATED, words=words, now=now, by=by)
    return user


def _check_may_give(wanted: Wanted, permission: Permission, by: User) -> None:
    place = wanted.place
    for needed in (permission, Permission.ASSIGN_USER_ROLES):
        if not may_give(by, needed, wanted.role, state=place.state.code, region_id=place.region_id):
            raise RuleBroken(OUT_OF_REACH)


def _free_name(db: Session, wanted: Wanted) -> str:
    """The first initial and the last name; with a number where somebody has or had it."""
    first, last = (re.sub("[^a-z]", "", names.fold(name)) for name in (wanted.first_name, wanted.last_name))
    stem, number = (first[:1] + last)[:50] or "user", 1
    while accounts.is_name_used(db, stem if number == 1 else f"{stem}{number}"):
        number += 1
    return stem if number == 1 else f"{stem}{number}"


def note(db: Session, user: User, kind: DeedKind, *, words: str = "", now: datetime, by: User | None) -> None:
    """One line of the account's history."""
    db.add(AccountDeed(user_id=user.id, kind=kind, words=words[:300], at=now, by_id=by.id if by else None))


def open_for_change(db: Session, user_id: int, permission: Permission, *, edition: int, by: User) -> User:
    """The account within reach, locked against others until the end of the request, if it is as the page showed it."""
    user = db.scalar(
        select(User)
        .where(User.id == user_id, *within_reach(by, permission))
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFound("account")
    if user.edition != edition:
        raise RuleBroken(CHANGED_MEANWHILE)
    user.edition += 1
    return user


def change(db: Session, user_id: int, wanted: Wanted, *, edition: int, now: datetime, by: User) -> User:
    """New names, address, phone, role or place. With another role or place the person's sessions end."""
    user = open_for_change(db, user_id, Permission.UPDATE_USER_ACCOUNT_INFORMATION, edition=edition, by=by)
    if user.status is AccountStatus.DEACTIVATED:
        raise RuleBroken("A deactivated account is not changed any more.")
    place = wanted.place
    accounts.check_place(wanted.role, place.state, place.region, place.district)
    _check_may_give(wanted, Permission.UPDATE_USER_ACCOUNT_INFORMATION, by)
    _change_email(db, user, wanted.email.strip().lower())
    before = (user.role, user.state_code, user.region_id, user.district_id)
    user.first_name, user.last_name, user.phone, user.role = (
        wanted.first_name,
        wanted.last_name,
        wanted.phone,
        wanted.role,
    )
    user.state, user.region, user.district = place.state, place.region, place.district
    db.flush()
    if before != (user.role, user.state_code, user.region_id, user.district_id):
        accounts.end_sessions(db, user, reason="role or place changed", now=now)
    note(db, user, DeedKind.CHANGED, words=f"{user.role.label}, {user.place}", now=now, by=by)
    return user


def _change_email(db: Session, user: User, email: str) -> None:
    """The address before stays this person's for ever."""
    if email == user.email:
        return
    if accounts.is_email_used(db, email, but=user.id):
        raise RuleBroken(accounts.USED_BEFORE)
    if db.get(PastEmail, user.email) is None:
        db.add(PastEmail(email=user.email, user_id=user.id))
    user.email = email


def take_step(db: Session, user_id: int, step: Step, *, reason: str, edition: int, now: datetime, by: User) -> User:
    """Disable, enable or deactivate: a reason is kept, sessions end."""
    user = open_for_change(db, user_id, _RIGHT_OF[step], edition=edition, by=by)
    if not reason.strip():
        raise RuleBroken(f"Write why you {step.value} the account.")
    if step is Step.ENABLE and is_locked(user):
        raise RuleBroken("This account is locked by wrong passwords. Unlock it, or reset its password.")
    _move(db, user, step, reason=reason.strip(), now=now, by=by)
    return user


def _move(db: Session, user: User, step: Step, *, reason: str, now: datetime, by: User | None) -> None:
    after = STEPS.get((user.status, step))
    if after is None:
        raise RuleBroken(f"An account that is {user.status.value} cannot be {_DEED_OF[step].value}.")
    user.status, user.status_reason, user.status_changed_at = after, reason[:200], now
    user.failed_attempts = 0
    if step is not Step.ENABLE:
        accounts.end_sessions(db, user, reason=_DEED_OF[step].value, now=now)
    if step is Step.ENABLE:
        user.status_reason = ""
    note(db, user, _DEED_OF[step], words=reason, now=now, by=by)


def reset_password(
    db: Session,
    user_id: int,
    *,
    check: CallerCheck,
    words: str,
    password_hash: str,
    edition: int,
    now: datetime,
    by: User,
    lost_phone: bool = False,
) -> User:
    """A new one-time password for a caller who was verified. It clears a lock too (C2).

    `lost_phone`: the second factor is forgotten as well; where the role needs one, it is set up anew at sign-in.
    """
    how = verified(check, words)
    user = open_for_change(db, user_id, Permission.RESET_PASSWORDS, edition=edition, by=by)
    if user.status is not AccountStatus.ACTIVE and not is_locked(user):
        raise RuleBroken(f"This account is {user.status.value}. Only an account in use gets a new password.")
    accounts.give_one_time_password(db, user, password_hash=password_hash, now=now)
    user.status, user.status_reason, user.failed_attempts = AccountStatus.ACTIVE, "", 0
    if lost_phone:
        second_factor.switch_off(db, user)
    note(db, user, DeedKind.PASSWORD_RESET, words=f"{how}; second factor off" if lost_phone else how, now=now, by=by)
    return user


def by_system(db: Session, user_name: str, deed: str, *, reason: str, password_hash: str, now: datetime) -> User:
    """A deed from the command line, on an account of any role: unlock, reset, or a step of `Step`."""
    user = db.scalar(select(User).where(User.user_name == user_name.strip().lower()).with_for_update())
    if user is None:
        raise RuleBroken(f"There is no account {user_name!r}.")
    user.edition += 1
    if deed not in ("unlock", "reset"):
        _move(db, user, Step(deed), reason=reason, now=now, by=None)
        return user
    if user.status is not AccountStatus.ACTIVE and not is_locked(user):
        raise RuleBroken(f"This account is {user.status.value}; it must be enabled first, if it can be.")
    kind = DeedKind.UNLOCKED
    if deed == "reset":
        kind = DeedKind.PASSWORD_RESET
        accounts.give_one_time_password(db, user, password_hash=password_hash, now=now)
    user.status, user.status_reason, user.failed_attempts = AccountStatus.ACTIVE, "", 0
    note(db, user, kind, words=reason, now=now, by=None)
    return user


def verified(check: CallerCheck, words: str) -> str:
    """How the caller was verified, as the history keeps it. A call back needs its number."""
    if check is CallerCheck.CALL_BACK and not re.search(r"\d{3}.*\d{4}", words):
        raise RuleBroken("Write the number that you called back.")
    return f"{check.value}: {words.strip()}" if words.strip() else check.value


def disable_unused(db: Session, *, unused_for: timedelta, now: datetime) -> list[User]:
    """Disable the accounts that nobody used for so long (A35). Running it again does nothing more."""
    unused = db.scalars(select(User).where(User.status == AccountStatus.ACTIVE, _unused_since(now - unused_for))).all()
    for user in unused:
        user.edition += 1
        _move(db, user, Step.DISABLE, reason=f"not used for {unused_for.days} days", now=now, by=None)
    return list(unused)


def report_access(db: Session, kind: NoticeKind, *, words: str, now: datetime, by: User) -> AccessNotice:
    """ "I no longer need access", "this is more than I need": a task for the User Administrator (A32, A33)."""
    if _has_notice(db, by, kind):
        raise RuleBroken("You said so already; your User Administrator has it on their list.")
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


def access_notices(db: Session, *, by: User, user: User | None = None) -> Sequence[AccessNotice]:
    """What people within reach said of their own access and nobody settled yet, the oldest first."""
    wanted = [AccessNotice.settled_at.is_(None), *within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)]
    if user is not None:
        wanted.append(AccessNotice.user_id == user.id)
    return db.scalars(
        select(AccessNotice).join(AccessNotice.user).where(*wanted).order_by(AccessNotice.at, AccessNotice.id)
    ).all()


def settle_notice(db: Session, notice_id: int, *, now: datetime, by: User) -> AccessNotice:
    """The administrator has done what the notice asks for, or has found that nothing is to be done."""
    reach = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    notice = db.scalar(select(AccessNotice).join(AccessNotice.user).where(AccessNotice.id == notice_id, *reach))
    if notice is None:
        raise NotFound("notice")
    if notice.settled_at:
        raise RuleBroken("This is settled already.")
    notice.settled_at, notice.settled_by_id = now, by.id
    return notice


@dataclass(frozen=True)
class Summary:
    """What waits for a User Administrator, as counts."""

    active: int
    locked: int
    unused: int
    passwords_due: int
    """Passwords that reach their age within 14 days."""
    notices: int


def summary(db: Session, *, now: datetime, by: User) -> Summary:
    """The counts of the home page, of accounts within reach."""
    active = User.status == AccountStatus.ACTIVE
    expiring = User.password_changed_at < now - clocks.PASSWORD_AGE + timedelta(days=14)

    def count(*wanted: ColumnElement[bool]) -> int:
        reach = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
        return db.scalar(select(func.count()).select_from(User).where(*reach, *wanted)) or 0

    return Summary(
        active=count(active),
        locked=count(LOCKED),
        unused=count(active, _unused_since(now - clocks.UNUSED_WARNING)),
        passwords_due=count(active, expiring),
        notices=len(access_notices(db, by=by)),
    )
