"""The regions of a State: created, renamed, switched off and on; each district in at most one (H9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import worklist_desks
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.places import District, Region
from msixlite.models.users import AccountStatus, Role, User
from msixlite.models.words import _l

MOVED_MEANWHILE = _l("Somebody else moved %(name)s while you had the page open. Nothing was changed; look again.")


@dataclass(frozen=True)
class Overview:
    """One region with what belongs to it."""

    region: Region
    districts: int
    administrators: int
    """Active Regional Data and User Administrators."""


def _check_right(permission: Permission, by: User) -> None:
    if reach_of(by, permission) is not Reach.STATE:
        raise NotFound("region")


def overview(db: Session, *, by: User) -> list[Overview]:
    """The regions of the person's State by name, those in use first."""
    _check_right(Permission.EDIT_REGIONS, by)
    districts = _counted(db, select(District.region_id, func.count()).group_by(District.region_id))
    people = select(User.region_id, func.count()).where(
        User.status == AccountStatus.ACTIVE,
        User.role.in_((Role.REGIONAL_DATA_ADMINISTRATOR, Role.REGIONAL_USER_ADMINISTRATOR)),
    )
    administrators = _counted(db, people.group_by(User.region_id))
    regions = db.scalars(select(Region).where(Region.state_code == by.state_code).order_by(Region.name)).all()
    return [
        Overview(region, districts.get(region.id, 0), administrators.get(region.id, 0))
        for region in sorted(regions, key=lambda region: region.disabled_at is not None)
    ]


def _counted(db: Session, asked) -> dict[int | None, int]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return dict(db.execute(asked).all())


def get(db: Session, region_id: int, *, by: User, for_change: bool = False) -> Region:
    """One region of the person's State."""
    _check_right(Permission.EDIT_REGIONS, by)
    asked = select(Region).where(Region.id == region_id, Region.state_code == by.state_code)
    if for_change:
        asked = asked.with_for_update(of=Region).execution_options(populate_existing=True)
    region = db.scalar(asked)
    if region is None:
        raise NotFound("region")
    return region


def create(db: Session, *, name: str, by: User) -> Region:
    """A new region, empty and in use."""
    _check_right(Permission.CREATE_REGIONS, by)
    region = Region(state_code=by.state_code or "", name=_free_name(db, name, by))
    db.add(region)
    db.flush()
    return region


def rename(db: Session, region_id: int, *, name: str, was: str, by: User) -> Region:
    """Another name. `was`: the name that the page showed."""
    region = get(db, region_id, by=by, for_change=True)
    if region.name != was:
        raise RuleBroken(
            _l("Somebody else renamed this region to %(region)s while you had it open. Look again.", region=region.name)
        )
    if name.strip() != region.name:
        region.name = _free_name(db, name, by)
    return region


def _free_name(db: Session, name: str, by: User) -> str:
    name = " ".join(name.split())
    if not name:
        raise RuleBroken(_l("Type a name."))
    taken = db.scalars(select(Region.name).where(Region.state_code == by.state_code))
    if name.casefold() in [other.casefold() for other in taken]:
        raise RuleBroken(_l("There is a region %(name)s already.", name=name))
    return name


def disable(db: Session, region_id: int, *, now: datetime, by: User) -> Region:
    """Switch a region off: what lies there moves up to the State, and regional rights end with it.

    Its districts and its past stay as they are, so that it can be switched on again.
    """
    _check_right(Permission.ENABLE_DISABLE_REGIONAL_STRUCTURE, by)
    region = get(db, region_id, by=by, for_change=True)
    if region.disabled_at:
        raise RuleBroken(_l("This region is already turned off."))
    region.disabled_at = now
    db.flush()
    worklist_desks.close_region(db, region.state_code, region.id)
    return region


def enable(db: Session, region_id: int, *, by: User) -> Region:
    """Switch a region on again, with the districts that it had. What moved up stays with the State."""
    _check_right(Permission.ENABLE_DISABLE_REGIONAL_STRUCTURE, by)
    region = get(db, region_id, by=by, for_change=True)
    if region.disabled_at is None:
        raise RuleBroken(_l("This region is in use already."))
    region.disabled_at = None
    return region


def districts(db: Session, *, by: User, region_id: int | None = None, without: bool = False) -> Sequence[District]:
    """The districts of the State by name; of one region, or those without a region."""
    _check_right(Permission.ASSOCIATE_DISTRICTS_TO_REGIONS, by)
    asked = select(District).where(District.state_code == by.state_code)
    if without:
        asked = asked.where(District.region_id.is_(None))
    elif region_id is not None:
        asked = asked.where(District.region_id == region_id)
    return db.scalars(asked.order_by(District.name, District.id)).all()


@dataclass(frozen=True)
class Move:
    """One district of a form: the region that the page showed, and the one that was chosen; None: no region."""

    was: int | None
    to: int | None


def associate(db: Session, moves: Mapping[int, Move], *, by: User) -> int:
    """Put districts into regions, all of them or none; returns how many moved."""
    _check_right(Permission.ASSOCIATE_DISTRICTS_TO_REGIONS, by)
    real = {district_id: move for district_id, move in moves.items() if move.was != move.to}
    found = db.scalars(
        select(District)
        .where(District.id.in_(real), District.state_code == by.state_code)
        .with_for_update(of=District)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(real):
        raise NotFound("district")
    for district in found:
        _put(db, district, real[district.id], by)
    return len(found)


def _put(db: Session, district: District, move: Move, by: User) -> None:
    if district.region_id != move.was:
        raise RuleBroken(MOVED_MEANWHILE.about(name=district.name))
    if move.to is not None and get(db, move.to, by=by).disabled_at:
        raise RuleBroken(_l("%(district)s cannot move into a region that is turned off.", district=district.name))
    worklist_desks.move_district(db, district, to=move.to)
    district.region_id = move.to
    db.flush()
