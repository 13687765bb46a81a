"""States, and the regions, districts and schools inside them."""

import csv
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain.errors import RuleBroken
from msixlite.models.places import District, Region, School, State
from msixlite.models.words import _l

_STATES = Path(__file__).parent / "states.csv"


def add_missing_states(db: Session) -> None:
    """Every State, the District of Columbia and Puerto Rico."""
    known = set(db.scalars(select(State.code)))
    with _STATES.open(encoding="utf-8", newline="") as file:
        db.add_all(State(**row) for row in csv.DictReader(file) if row["code"] not in known)
    db.flush()


def get_state(db: Session, code: str) -> State:
    """The State of a two-letter code, in either case."""
    state = db.get(State, code.strip().upper())
    if state is None:
        raise RuleBroken(_l("There is no State %(code)s. Use its two letters, such as TX.", code=repr(code)))
    return state


def add_region(db: Session, *, state: State, name: str) -> Region:
    """A region of the State; its name is unique there."""
    region = Region(state_code=state.code, name=name)
    db.add(region)
    db.flush()
    return region


def add_district(
    db: Session, *, state: State, code: str, name: str, region: Region | None = None, phone: str = "", email: str = ""
) -> District:
    """A district under its seven-digit NCES number, in at most one region of its State."""
    if region is not None and region.state_code != state.code:
        raise RuleBroken(_l("The region %(region)s belongs to another State.", region=region.name))
    district = District(
        state_code=state.code,
        code=code,
        name=name,
        region_id=region.id if region else None,
        phone=phone,
        email=email,
    )
    db.add(district)
    db.flush()
    return district


def add_school(
    db: Session, *, district: District, code: str, name: str, address: str = "", phone: str = "", email: str = ""
) -> School:
    """A school under its twelve-digit NCES number."""
    school = School(district_id=district.id, code=code, name=name, address=address, phone=phone, email=email)
    db.add(school)
    db.flush()
    return school


def all_states(db: Session) -> Sequence[State]:
    """Every State by name."""
    return db.scalars(select(State).order_by(State.name)).all()


def parts_of(db: Session, state: str) -> dict[str, str]:
    """The regions in use and the districts of a State, code to name: region-3, district-17."""
    regions = select(Region).where(Region.state_code == state, Region.disabled_at.is_(None)).order_by(Region.name)
    districts = select(District).where(District.state_code == state).order_by(District.name)
    return {
        **{f"region-{region.id}": _l("Region %(name)s", name=region.name) for region in db.scalars(regions)},
        **{f"district-{district.id}": district.name for district in db.scalars(districts)},
    }


def find_part(db: Session, state: str, code: str) -> tuple[Region | None, District | None]:
    """The region or district of a code such as region-3 or district-17, in this State; neither for the whole State."""
    if code == f"state-{state}":
        return None, None
    if code not in parts_of(db, state):
        raise RuleBroken(_l("Choose a place from the list."))
    kind, _, number = code.partition("-")
    if kind == "region":
        return db.get(Region, int(number)), None
    return None, db.get(District, int(number))
