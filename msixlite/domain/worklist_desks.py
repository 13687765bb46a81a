"""Whose desks a worklist item lies on: by its children's enrollments, and by which levels have an administrator."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, insert, or_, select
from sqlalchemy.orm import Session

from msixlite.domain.permissions import GRANTS, Permission, Reach, reach_of
from msixlite.domain.upload_children import chunks
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord
from msixlite.models.users import AccountStatus, User
from msixlite.models.worklist import OPEN, Delegation, Level, WorklistDesk, WorklistItem

TOP = Level.STATE
RIGHT = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS
_LEVELS = {Reach.DISTRICT: Level.DISTRICT, Reach.REGION: Level.REGION, Reach.STATE: Level.STATE}
_ROLES = [role for role, rights in GRANTS.items() if RIGHT in rights]


@dataclass(frozen=True)
class Seat:
    """A place from which somebody works: a district's, a region's or a State's desk."""

    state_code: str
    level: Level
    place_id: int
    """0 for a State."""


def own_seat(user: User) -> Seat | None:
    """The desk of a Data Administrator; None for everybody else, and where the region is switched off."""
    reach = reach_of(user, RIGHT)
    level = _LEVELS.get(reach) if reach else None
    if level is None or user.state_code is None:
        return None
    place = {Level.DISTRICT: user.district_id, Level.REGION: user.region_id, Level.STATE: 0}[level]
    return None if place is None else Seat(user.state_code, level, place)


def seats(db: Session, user: User, today: date) -> list[Seat]:
    """The person's own desk, and those of people for whom they act today. `today`: the day in the person's State.

    Nobody acts for a closed account, one whose role is not in force, or one of another State.
    """
    own = own_seat(user)
    if own is None:
        return []
    absent = db.scalars(
        _active()
        .join(Delegation, Delegation.from_id == User.id)
        .where(
            Delegation.to_id == user.id,
            Delegation.starts_on <= today,
            Delegation.ends_on >= today,
            or_(User.role_ends_on.is_(None), User.role_ends_on >= today),
            User.state_code == own.state_code,
        )
    )
    return [own, *filter(None, map(own_seat, absent))]


def within_reach(mine: Collection[Seat]) -> ColumnElement[bool]:
    """Items that concern one of the desks."""
    return exists().where(WorklistDesk.item_id == WorklistItem.id, at(mine))


def lying_on(mine: Collection[Seat]) -> ColumnElement[bool]:
    """Items that lie on one of the desks now."""
    return exists().where(WorklistDesk.item_id == WorklistItem.id, WorklistDesk.acts, at(mine))


def at(mine: Collection[Seat]) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            and_(
                WorklistDesk.state_code == seat.state_code,
                WorklistDesk.level == seat.level,
                WorklistDesk.place_id == seat.place_id,
            )
            for seat in mine
        ),
    )


def seat_of(desk: WorklistDesk) -> Seat:
    return Seat(desk.state_code, Level(desk.level), desk.place_id)


def level_in(item: WorklistItem, state: str) -> Level:
    """On which level of a State the item lies now."""
    return max(
        (Level(desk.level) for desk in item.desks if desk.acts and desk.state_code == state), default=Level.STATE
    )


def may_act(item: WorklistItem, mine: Collection[Seat]) -> bool:
    """At the desk on which it lies, or above: what was sent up is not decided below any more."""
    concerned = {seat_of(desk) for desk in item.desks}
    return any(seat in concerned and seat.level >= level_in(item, seat.state_code) for seat in mine)


def states_of(item: WorklistItem) -> list[str]:
    """The States concerned, the one that raised it first."""
    return sorted({desk.state_code for desk in item.desks}, key=lambda code: (code != item.state_code, code))


def staff(db: Session, item: WorklistItem, *, state: str, highest: Level) -> list[User]:
    """Active Data Administrators of the State whose desk the item concerns, no higher than the level."""
    concerned = {seat_of(desk) for desk in item.desks if desk.state_code == state and desk.level <= highest}
    return [person for person in people(db, state) if own_seat(person) in concerned]


def people(db: Session, state: str) -> list[User]:
    """The State's active Data Administrators."""
    return list(db.scalars(_active().where(User.state_code == state).order_by(User.last_name, User.first_name)))


def staffed(db: Session, states: Collection[str], *, without: User | None = None) -> set[Seat]:
    """The desks of these States that have an active Data Administrator, another one than `without`."""
    everybody = [person for state in sorted(states) for person in people(db, state) if person is not without]
    return {seat for person in everybody if (seat := own_seat(person))}


def _active() -> Select[User]:
    return select(User).where(User.role.in_(_ROLES), User.status == AccountStatus.ACTIVE)


@dataclass
class _Places:
    """Where a State's children of one item are or were enrolled, as district rows and their regions."""

    all: dict[int, int | None] = field(default_factory=dict)
    latest: dict[int, int | None] = field(default_factory=dict)


def place(
    db: Session, items: Mapping[int, Collection[int]], *, only: str | None = None, without: User | None = None
) -> None:
    """Lay new items on desks. `items`: item → State records concerned; `only`: desks of this State alone; `without`:
    a person who does not count as staff, because they may not decide it."""
    if rows := _rows(db, items, only, without):
        db.execute(insert(WorklistDesk), rows)


def _rows(
    db: Session, items: Mapping[int, Collection[int]], only: str | None = None, without: User | None = None
) -> list[dict[str, Any]]:
    """The desks of items as rows."""
    records = _places_of(db, {record for ids in items.values() for record in ids}, only)
    manned = staffed(db, {state for state, _all, _latest in records.values()}, without=without)
    return [
        {"item_id": item_id, **row}
        for item_id, ids in items.items()
        for state, places in _by_state(records[one] for one in ids if one in records).items()
        for row in _desks(state, places, manned)
    ]


def follow(db: Session, items: Mapping[int, Collection[int]]) -> None:
    """Lay items before whoever sent one of their State records meanwhile, and take them from States that have none now.

    `items`: item → the State records that it concerns now. Where a State has it already, it stays on its desk there.
    """
    if not items:
        return
    known: dict[int, dict[Seat, int]] = {item_id: {} for item_id in items}
    for chunk in chunks(sorted(items)):
        for desk in db.scalars(select(WorklistDesk).where(WorklistDesk.item_id.in_(chunk))):
            known[desk.item_id][seat_of(desk)] = desk.id
    wanted: dict[int, dict[Seat, dict[str, Any]]] = {item_id: {} for item_id in items}
    for row in _rows(db, items):
        wanted[row["item_id"]][Seat(row["state_code"], Level(row["level"]), row["place_id"])] = row
    new, gone = [], []
    for item_id, seats_now in wanted.items():
        here = {seat.state_code for seat in known[item_id]}
        still = {seat.state_code for seat in seats_now}
        new += [
            row | {"acts": row["acts"] and seat.state_code not in here}
            for seat, row in seats_now.items()
            if seat not in known[item_id]
        ]
        gone += [desk_id for seat, desk_id in known[item_id].items() if seat.state_code not in still]
    if new:
        db.execute(insert(WorklistDesk), new)
    for desk in db.scalars(select(WorklistDesk).where(WorklistDesk.id.in_(gone))):
        db.delete(desk)
    db.flush()


def would_act(db: Session, record_ids: Collection[int]) -> set[Seat]:
    """On which desks a new item of these State records would lie."""
    records = _places_of(db, record_ids, None)
    manned = staffed(db, {state for state, _all, _latest in records.values()})
    by_state = _by_state(records.values())
    return {seat for state, places in by_state.items() for seat in _acting(state, places.latest, manned)}


def acting(item: WorklistItem) -> set[Seat]:
    """The desks on which the item lies now."""
    return {seat_of(desk) for desk in item.desks if desk.acts}


_OfRecord = tuple[str, dict[int, int | None], dict[int, int | None]]


def _places_of(db: Session, record_ids: Collection[int], only: str | None) -> dict[int, _OfRecord]:
    """State record → its State, all its districts with their regions, and that of the latest enrollment."""
    found: dict[int, _OfRecord] = {}
    for chunk in chunks(sorted(record_ids)):
        states = select(StateRecord.id, StateRecord.state_code).where(StateRecord.id.in_(chunk))
        for record_id, state in db.execute(states if only is None else states.where(StateRecord.state_code == only)):
            found[record_id] = (state, {}, {})
        enrolled = (
            select(StateRecord.id, District.id, District.region_id)
            .join(Enrollment, Enrollment.state_record_id == StateRecord.id)
            .join(District, District.code == Enrollment.district_code)
            .where(StateRecord.id.in_(chunk), District.state_code == StateRecord.state_code)
            .order_by(Enrollment.enrollment_date.desc(), Enrollment.id.desc())
        )
        for record_id, district, region in db.execute(enrolled):
            if record_id in found:
                _state, every, latest = found[record_id]
                every[district] = region
                if not latest:
                    latest[district] = region
    return found


def _by_state(records: Iterable[_OfRecord]) -> dict[str, _Places]:
    found: dict[str, _Places] = defaultdict(_Places)
    for state, every, latest in records:
        found[state].all |= every
        found[state].latest |= latest
    return found


def _desks(state: str, places: _Places, manned: Collection[Seat]) -> Iterator[dict[str, Any]]:
    acting = _acting(state, places.latest, manned)
    regions = {region for region in places.all.values() if region is not None}
    concerned = [
        Seat(state, Level.STATE, 0),
        *(Seat(state, Level.REGION, region) for region in sorted(regions)),
        *(Seat(state, Level.DISTRICT, district) for district in sorted(places.all)),
    ]
    for seat in concerned:
        yield {
            "state_code": state,
            "level": int(seat.level),
            "place_id": seat.place_id,
            "acts": seat in acting,
        }


def _acting(state: str, latest: Mapping[int, int | None], manned: Collection[Seat]) -> set[Seat]:
    """The lowest level on which every place of the latest enrollments has an administrator."""
    districts = {Seat(state, Level.DISTRICT, district) for district in latest}
    regions = {Seat(state, Level.REGION, region or -1) for region in latest.values()}
    for wanted in (districts, regions):
        if wanted and all(seat in manned for seat in wanted):
            return wanted
    return {Seat(state, Level.STATE, 0)}


def raise_to_next(db: Session, item: WorklistItem, state: str) -> Level | None:
    """Move the item up in the State to the next level that has an administrator; None where it lies at the top."""
    present = level_in(item, state)
    here = [desk for desk in item.desks if desk.state_code == state]
    manned = staffed(db, [state])
    for level in (Level.REGION, Level.STATE):
        above = [desk for desk in here if desk.level == level and (level is Level.STATE or seat_of(desk) in manned)]
        if level > present and above:
            _lay(here, above)
            return level
    return None


def raise_to_state(item: WorklistItem, state: str) -> None:
    """Move the item to the State's own desk."""
    here = [desk for desk in item.desks if desk.state_code == state]
    _lay(here, [desk for desk in here if desk.level == Level.STATE])


def lay_before(item: WorklistItem, user: User) -> None:
    """Move the item, in the person's State, to that person's desk."""
    here = [desk for desk in item.desks if desk.state_code == user.state_code]
    _lay(here, [desk for desk in here if seat_of(desk) == own_seat(user)])


def close_region(db: Session, state: str, region_id: int) -> int:
    """Move up to the State what lies on a region's desk (H9); the desk itself stays, looking on. Returns how many."""
    items = _open_items(db, Seat(state, Level.REGION, region_id), lying=True)
    for item in items:
        raise_to_state(item, state)
        item.owner = None
    return len(items)


def move_district(db: Session, district: District, *, to: int | None) -> None:
    """The open items of a district leave the desk of its region and come to that of another. None: no region.

    `district.region_id` still names the old one. Items that lay on the regional level go up where the new region has
    nobody.
    """
    state, was = district.state_code, district.region_id
    manned = staffed(db, [state])
    for item in _open_items(db, Seat(state, Level.DISTRICT, district.id)):
        level, owned = level_in(item, state), item.owner
        _leave(db, item, state, was, but=district.id)
        if to is not None and Seat(state, Level.REGION, to) not in map(seat_of, item.desks):
            item.desks.append(WorklistDesk(state_code=state, level=int(Level.REGION), place_id=to, acts=False))
        if level is Level.REGION:
            _lay_on_regions(item, state, manned)
            item.owner = None if owned and own_seat(owned) not in set(map(seat_of, item.desks)) else owned
    db.flush()


def _open_items(db: Session, seat: Seat, *, lying: bool = False) -> list[WorklistItem]:
    concerned = lying_on([seat]) if lying else within_reach([seat])
    return list(
        db.scalars(select(WorklistItem).where(WorklistItem.status.in_(OPEN), concerned).order_by(WorklistItem.id))
    )


def _leave(db: Session, item: WorklistItem, state: str, region: int | None, *, but: int) -> None:
    """Take the region's desk away, unless another district of the item lies in it."""
    others = [desk.place_id for desk in item.desks if desk.level == Level.DISTRICT and desk.place_id != but]
    stays = select(District.id).where(District.id.in_(others), District.region_id == region)
    if region is None or db.scalar(stays.limit(1)) is not None:
        return
    for desk in [one for one in item.desks if seat_of(one) == Seat(state, Level.REGION, region)]:
        item.desks.remove(desk)
        db.delete(desk)


def _lay_on_regions(item: WorklistItem, state: str, manned: Collection[Seat]) -> None:
    """On its regions' desks where each has somebody, otherwise on the State's."""
    here = [desk for desk in item.desks if desk.state_code == state]
    regional = [desk for desk in here if desk.level == Level.REGION]
    if regional and all(seat_of(desk) in manned for desk in regional):
        _lay(here, regional)
    else:
        raise_to_state(item, state)


def _lay(here: Collection[WorklistDesk], acting: Collection[WorklistDesk]) -> None:
    for desk in here:
        desk.acts = desk in acting
