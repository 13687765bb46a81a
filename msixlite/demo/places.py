"""The places of the demo: regions, districts and schools of four States. All are made up."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from msixlite.domain import places as real_places

_DISTRICTS = Path(__file__).parent / "places.csv"
_STREETS = ("Orchard Road", "Mill Street", "Canal Road", "Second Street", "Depot Street", "Church Street", "Levee Road")


class Level(StrEnum):
    """The kind of school; each district has one of each."""

    ELEMENTARY = "elementary"
    MIDDLE = "middle"
    HIGH = "high"
    PROJECT = "project"
    """A site of the Migrant Education Program, mostly in summer."""


@dataclass(frozen=True)
class Place:
    """What a region's district and its schools have in common."""

    code: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class DemoSchool(Place):
    """A school: its code is the district's and five digits more."""

    street: str


@dataclass(frozen=True)
class DemoDistrict(Place):
    """A district with one school of each level. Its code is the State's two digits and five more."""

    state: str
    region: str
    city: str
    zip: str
    schools: dict[Level, DemoSchool]


@dataclass(frozen=True)
class DemoState:
    """A State's Migrant Education Program office and its districts, the one with the most children first."""

    code: str
    contact_name: str
    contact_phone: str
    contact_email: str
    districts: tuple[DemoDistrict, ...]


@dataclass(frozen=True)
class _Office:
    digits: str
    """The two digits with which the State's district codes begin."""
    area_code: str
    contact_name: str


_OFFICES = {
    "TX": _Office("48", "956", "Leonor Arizpe, Texas Migrant Education Office"),
    "NC": _Office("37", "910", "Wade Tillery, North Carolina Migrant Education Office"),
    "OH": _Office("39", "419", "Corinne Haverly, Ohio Migrant Education Center"),
    "VT": _Office("50", "802", "Priscilla Thorne, Vermont Migrant Education Program"),
}


def all_states() -> dict[str, DemoState]:
    """The four States by code, in the order in which they send their files: TX, NC, OH, VT."""
    with _DISTRICTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {code: _state(code, [row for row in rows if row["state"] == code]) for code in _OFFICES}


def _state(code: str, rows: list[dict[str, str]]) -> DemoState:
    office = _OFFICES[code]
    phones = (f"({office.area_code}) 555-{number:04}" for number in range(100, 200))
    return DemoState(
        code=code,
        contact_name=office.contact_name,
        contact_phone=next(phones),
        contact_email=f"mep.{code.lower()}@example.org",
        districts=tuple(_district(f"{office.digits}990{n:02}", row, phones) for n, row in enumerate(rows, 1)),
    )


def _district(code: str, row: dict[str, str], phones: Iterator[str]) -> DemoDistrict:
    return DemoDistrict(
        code=code,
        name=row["district"],
        phone=next(phones),
        email=_email(row["district"]),
        state=row["state"],
        region=row["region"],
        city=row["city"],
        zip=row["zip"],
        schools={
            level: DemoSchool(
                code=f"{code}{n:05}",
                name=row[level],
                phone=next(phones),
                email=_email(row[level]),
                street=f"{int(code[-2:]) * 100 + n * 12} {_STREETS[(int(code[-2:]) + n) % len(_STREETS)]}",
            )
            for n, level in enumerate(Level, 1)
        },
    )


def _email(name: str) -> str:
    return re.sub(r"[^a-z]+", ".", name.lower()).strip(".") + "@example.org"


def add(db: Session, places: dict[str, DemoState]) -> None:
    """Write the regions, districts and schools of the States, and whom to ask in each State."""
    for demo_state in places.values():
        state = real_places.get_state(db, demo_state.code)
        state.contact_name = demo_state.contact_name
        state.contact_phone = demo_state.contact_phone
        state.contact_email = demo_state.contact_email
        names = dict.fromkeys(district.region for district in demo_state.districts)
        regions = {name: real_places.add_region(db, state=state, name=name) for name in names}
        for one in demo_state.districts:
            district = real_places.add_district(
                db,
                state=state,
                code=one.code,
                name=one.name,
                region=regions[one.region],
                phone=one.phone,
                email=one.email,
            )
            for school in one.schools.values():
                real_places.add_school(
                    db,
                    district=district,
                    code=school.code,
                    name=school.name,
                    address=f"{school.street}, {one.city}, {one.state} {one.zip}",
                    phone=school.phone,
                    email=school.email,
                )
