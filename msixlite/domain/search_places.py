"""The regions, districts and schools that a search names."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain.errors import RuleBroken
from msixlite.domain.search_fields import Fields
from msixlite.models.places import District, Region, School
from msixlite.models.words import _l


def in_place(code: Any, name: Any, places: list[tuple[str, str]]) -> ColumnElement[bool]:
    """Enrollments there: by the number, or by the name where a file has no number."""
    return or_(code.in_([each for each, _ in places]), name.in_([each for _, each in places]))


def districts_of_region(db: Session, asked: Fields) -> list[str]:
    """NCES numbers of the districts of the regions whose name begins so."""
    wanted = names.fold(asked.region)
    of_state = select(Region.name, District.code).join(District, District.region_id == Region.id)
    if asked.state:
        of_state = of_state.where(Region.state_code == asked.state)
    found = [code for name, code in db.execute(of_state) if names.fold(name).startswith(wanted)]
    if not found:
        raise RuleBroken(_l("No region with a district is called so. Type the first letters of its name."))
    return found


def districts(db: Session, asked: Fields) -> list[tuple[str, str]]:
    """Number and name of the districts that are called so."""
    listed = select(District.code, District.name)
    if asked.state:
        listed = listed.where(District.state_code == asked.state)
    nothing = _l("No district is called so. Type the first letters of its name, or its NCES number.")
    return _called(db, listed, asked.district, nothing)


def schools(db: Session, asked: Fields) -> list[tuple[str, str]]:
    """Number and name of the schools that are called so."""
    listed = select(School.code, School.name)
    if asked.state:
        listed = listed.join(District).where(District.state_code == asked.state)
    nothing = _l("No school is called so. Type the first letters of its name, or its NCES number.")
    return _called(db, listed, asked.school, nothing)


def _called(db: Session, listed: Any, typed: str, nothing: str) -> list[tuple[str, str]]:
    """The places of a number, or whose name has a word that begins so."""
    wanted = names.fold(typed)
    found = [
        (code, name)
        for code, name in db.execute(listed)
        if code == typed.strip() or f" {wanted}" in f" {names.fold(name)}"
    ]
    if not found or not wanted:
        raise RuleBroken(nothing)
    return found
