"""User administration: whose accounts an administrator sees; making and changing them.

Each deed takes the edition that its page showed: who decides by an older page is told so, and nothing happens.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts, clocks, names, roles_in_force
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import MANAGES, Permission, Reach, may_give, reach_of
from msixlite.models.places import District, Region, State
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.users import (
    AccountDeed,
    AccountStatus,
    DeedKind,
    PastEmail,
    Role,
    User,
)
from msixlite.models.words import _l

CHANGED_MEANWHILE = _l("Somebody else changed this account while you had it open. Look at it again, then decide.")
OUT_OF_REACH = _l("You may not give this role in this place. Choose another role or place.")


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
        return self.region.name if self.region else _l("All of %(state)s", state=self.state.name)

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
    starts_on: date | None = None
    """First day of the role, of a new account; empty: today."""
    ends_on: date | None = None


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty: everybody who is not deactivated."""

    status: AccountStatus | None = None
    role: Role | None = None
    place: Place | None = None
    unused: bool = False
    dormant: bool = False
    """Not used for 180 days, disabled or not (A35)."""
    locked: bool = False
    name: str = ""


def within_reach(by: User, permission: Permission) -> list[ColumnElement[bool]]:
    """Accounts to which the person may do this; never their own.

    A further role beyond the person's reach takes the whole account out of it: who sets the password of an account has
    the key to all of its roles.
    """
    reach = reach_of(by, permission)
    if reach is None:
        return [false()]
    managed = MANAGES.get(by.role, frozenset())
    found: list[ColumnElement[bool]] = [User.role.in_(managed), User.id != by.id, ~_has_role_beyond(by, managed, reach)]
    if reach is not Reach.NATION:
        found.append(User.state_code == by.state_code)
    if reach is Reach.REGION:
        found.append(_in_region(by.region_id))
    return found


def _has_role_beyond(by: User, managed: frozenset[Role], reach: Reach) -> ColumnElement[bool]:
    one = RoleAssignment
    beyond: list[ColumnElement[bool]] = [one.role.not_in(managed)]
    if reach is not Reach.NATION:
        beyond.append(one.state_code.is_distinct_from(by.state_code))
    if reach is Reach.REGION:
        districts = select(District.id).where(District.region_id == by.region_id)
        elsewhere = or_(one.district_id.is_(None), one.district_id.not_in(districts))
        beyond.append(and_(one.region_id.is_distinct_from(by.region_id), elsewhere))
    return exists().where(one.user_id == User.id, one.ended_at.is_(None), or_(*beyond))


def _in_region(region_id: int | None) -> ColumnElement[bool]:
    districts = select(District.id).where(District.region_id == region_id)
    return or_(User.region_id == region_id, User.district_id.in_(districts))


def is_locked(user: User) -> bool:
    """Disabled by wrong passwords, not by a person."""
    return user.status is AccountStatus.DISABLED and user.failed_attempts >= accounts.WRONG_PASSWORDS


LOCKED = and_(User.status == AccountStatus.DISABLED, User.failed_attempts >= accounts.WRONG_PASSWORDS)


def unused_since(moment: datetime) -> ColumnElement[bool]:
    """Neither made, signed in to, nor enabled again since then."""
    return and_(
        func.coalesce(User.last_signed_in_at, User.created_at) < moment,
        or_(User.status_changed_at.is_(None), User.status_changed_at < moment),
    )


def _dormant_since(moment: datetime) -> ColumnElement[bool]:
    """Not deactivated, and not used since then; that the daily run disabled it meanwhile is no use."""
    disabled_unused = and_(
        User.status == AccountStatus.DISABLED, func.coalesce(User.last_signed_in_at, User.created_at) < moment
    )
    return and_(User.status != AccountStatus.DEACTIVATED, or_(disabled_unused, unused_since(moment)))


def find(db: Session, filters: Filters, *, now: datetime, by: User) -> list[User]:
    """Accounts within reach, by last name."""
    wanted = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    wanted.append(User.status == filters.status if filters.status else User.status != AccountStatus.DEACTIVATED)
    if filters.role:
        wanted.append(User.role == filters.role)
    if filters.place:
        wanted.append(_belongs_to(filters.place))
    if filters.unused:
        wanted += [User.status == AccountStatus.ACTIVE, unused_since(now - clocks.UNUSED_WARNING)]
    if filters.dormant:
        wanted.append(_dormant_since(now - clocks.DORMANT))
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
    raise RuleBroken(_l("Choose a place from the list."))


def create(
    db: Session, wanted: Wanted, *, password_hash: str, now: datetime, by: User, user_name: str = "", words: str = ""
) -> User:
    """A new account with a one-time password. Without a user name it gets one made from the person's names."""
    check_may_give(wanted.role, wanted.place, Permission.CREATE_USER_ACCOUNTS, by=by)
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
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on,
        by=by,
    )
    note(db, user, DeedKind.CREATED, words=words, now=now, by=by)
    return user


def check_may_give(role: Role, place: Place, permission: Permission, *, by: User) -> None:
    """Raise RuleBroken where the person may not put an account of this role in this place (C16, C17)."""
    for needed in (permission, Permission.ASSIGN_USER_ROLES):
        if not may_give(by, needed, role, state=place.state.code, region_id=place.region_id):
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
        raise RuleBroken(_l("A deactivated account is not changed any more."))
    place = wanted.place
    accounts.check_place(wanted.role, place.state, place.region, place.district)
    check_may_give(wanted.role, place, Permission.UPDATE_USER_ACCOUNT_INFORMATION, by=by)
    _change_email(db, user, wanted.email.strip().lower())
    before = roles_in_force.place_of(user)
    user.first_name, user.last_name, user.phone, user.role = (
        wanted.first_name,
        wanted.last_name,
        wanted.phone,
        wanted.role,
    )
    user.state, user.region, user.district = place.state, place.region, place.district
    db.flush()
    if before != roles_in_force.place_of(user):
        roles_in_force.replace(db, user, now=now, by=by)
        accounts.end_sessions(db, user, reason=roles_in_force.CHANGED, now=now)
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


@dataclass(frozen=True)
class Summary:
    """What waits for a User Administrator, as counts."""

    active: int
    locked: int
    unused: int
    dormant: int
    """Not used for 180 days: to be reviewed."""
    passwords_due: int
    """Passwords that reach their age within 14 days."""


def summary(db: Session, *, password_age: timedelta, now: datetime, by: User) -> Summary:
    """The counts of the home page, of accounts within reach."""
    active = User.status == AccountStatus.ACTIVE
    expiring = User.password_changed_at < now - password_age + timedelta(days=14)

    def count(*wanted: ColumnElement[bool]) -> int:
        reach = within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
        return db.scalar(select(func.count()).select_from(User).where(*reach, *wanted)) or 0

    return Summary(
        active=count(active),
        locked=count(LOCKED),
        unused=count(active, unused_since(now - clocks.UNUSED_WARNING)),
        dormant=count(_dormant_since(now - clocks.DORMANT)),
        passwords_due=count(active, expiring),
    )
