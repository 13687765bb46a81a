"""Whom to call about the child: the places of its enrollments, and the offices of its States."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain.reported import Line
from msixlite.models.places import District, School, State
from msixlite.models.words import _l

SCHOOL_YEAR_TYPES = frozenset(("01", "05"))
"""Enrollment types of a basic school program: the school that keeps the transcript."""


@dataclass(frozen=True)
class Contact:
    """Whom to call about the child."""

    why: str
    place: str
    district: str
    state: str
    address: str
    phone: str
    email: str


def schools_of(db: Session, enrollments: Iterable[Line]) -> dict[str, School]:
    codes = {line[key] for line in enrollments for key in ("school_code", "graduation_school_code") if line[key]}
    return {school.code: school for school in db.scalars(select(School).where(School.code.in_(codes)))}


def districts_of(db: Session, enrollments: Iterable[Line]) -> dict[str, District]:
    codes = {line["district_code"] for line in enrollments if line["district_code"]}
    return {district.code: district for district in db.scalars(select(District).where(District.code.in_(codes)))}


def contacts_of(enrollments: list[Line], schools: dict[str, School], districts: dict[str, District]) -> list[Contact]:
    """The latest place, and the last regular school where that is another."""
    if not enrollments:
        return []
    regular = next((line for line in enrollments if line["enrollment_type"] in SCHOOL_YEAR_TYPES), None)
    wanted = [(_l("Latest enrollment"), enrollments[0])]
    if regular is not None and place(regular) != place(enrollments[0]):
        wanted.append((_l("Last regular school"), regular))
    return [_contact(why, line, schools, districts) for why, line in wanted]


def place(enrollment: Line) -> str:
    """What the place of an enrollment is called."""
    return str(enrollment["school_name"] or enrollment["facility_name"] or enrollment["school_code"] or "")


def _contact(why: str, line: Line, schools: dict[str, School], districts: dict[str, District]) -> Contact:
    """What the enrollment says; what it leaves out comes from the school's, then the district's entry here."""
    school, district = schools.get(line["school_code"]), districts.get(line["district_code"])
    reported = [line[f"facility_{part}"] for part in ("address_1", "address_2", "address_3", "city", "state", "zip")]
    return Contact(
        why=why,
        place=place(line),
        district=_first(line["district_name"], district and district.name),
        state=line["facility_state"] or line.sources[0].state_code,
        address=", ".join(filter(None, reported)) or _first(school and school.address),
        phone=_first(line["telephone"], school and school.phone, district and district.phone),
        email=_first(school and school.email, district and district.email),
    )


def _first(*values: Any) -> str:
    return next((str(value) for value in values if value), "")


def offices_of(enrollments: list[Line], states: dict[str, State]) -> list[State]:
    order = [source.state_code for line in enrollments for source in line.sources]
    return [states[code] for code in dict.fromkeys((*order, *states))]
