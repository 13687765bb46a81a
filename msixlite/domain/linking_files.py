"""Reading State records from CSV files: MDE columns or their usual aliases, and the State from a column or the name."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from msixlite.domain import mde, names
from msixlite.domain.errors import RuleBroken
from msixlite.domain.matching_identity import Identity
from msixlite.models.words import _l

ALIASES = {
    "state_code": ("state code", "submitting state", "reporting state", "state"),
    "state_student_id": ("student id", "state id", "state student id", "state student number", "id", "rec id"),
    "birth_date": ("date of birth", "dob", "birthdate", "birthday"),
    "multiple_birth": ("multiple birth flag", "multiple birth indicator", "twin"),
    "first_name": ("given name", "first"),
    "middle_name": ("second name", "middle"),
    "last_name_1": ("last name", "surname", "family name", "paternal surname", "last"),
    "last_name_2": ("second surname", "maternal surname", "second last name"),
    "sex": ("gender",),
    "suffix": ("generation",),
    "birth_city": ("city of birth", "place of birth"),
    "birth_state": ("state of birth", "birth state or province"),
    "birth_country": ("country of birth",),
    "male_parent_first_name": ("father first name", "male guardian first name", "parent 1 first name"),
    "male_parent_last_name": ("father last name", "male guardian last name", "parent 1 last name"),
    "female_parent_first_name": ("mother first name", "female guardian first name", "parent 2 first name"),
    "female_parent_last_name": ("mother last name", "female guardian last name", "parent 2 last name"),
    "id_type": ("state student identifier type",),
}
"""What matching compares → usual headings, beside the registry's key and the element's name; the better ones first."""
ADDRESS = {"birth_city": ("suburb", "town", "city"), "birth_state": ("address state", "home state", "state")}
"""Headings of the address, which stand for the birthplace where no file tells that."""
NEEDED = ("state_student_id", "first_name", "last_name_1")
LOOKED_AT = 300
"""Rows of each file by which it is found out whether its State column is the address."""
_TEXTS = (
    "state_student_id", "first_name", "middle_name", "last_name_1", "last_name_2", "suffix", "sex",
    "birth_city", "birth_state", "birth_country", "male_parent_first_name", "male_parent_last_name",
    "female_parent_first_name", "female_parent_last_name", "id_type",
)  # fmt: skip
"""In the order of Identity, whose ninth and tenth are the date and the twins."""
_COLUMNS = (*_TEXTS, "state_code", "birth_date", "multiple_birth")
_DATES = (
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})"),
    re.compile(r"(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4})"),
)
_FLAGS = {"y": True, "yes": True, "1": True, "true": True, "n": False, "no": False, "0": False, "false": False}


@dataclass(frozen=True)
class _Layout:
    """How the rows of one file are read."""

    at: dict[str, int]
    """What matching compares → place of its column."""
    told_at: int
    """Place of the State as it goes to links.csv; past the last column where there is none."""
    width: int
    source: str
    """The State of rows that tell none, from the file's name."""
    is_source: bool
    """All rows are this source's, whatever State stands in them: that State is where people live."""


def read_files(files: Sequence[Path]) -> Iterator[Identity]:
    """The State records of CSV files. The State stands in a column or is the file's name: TX.csv."""
    for _state, identity in read_records(files):
        yield identity


def read_records(files: Sequence[Path], wanted: Set[int] | None = None) -> Iterator[tuple[str, Identity]]:
    """The State records of CSV files, each with its State as the file writes it; only those with these numbers."""
    number = 0
    for file, layout in zip(files, _layouts(files), strict=True):
        with _opened(file) as opened:
            rows = csv.reader(opened)
            next(rows, None)
            if wanted is None:
                yield from _read_rows(rows, layout)
                continue
            numbered = list(enumerate(rows, number))
            number += len(numbered)
            yield from _read_rows((row for at, row in numbered if at in wanted), layout)


def _opened(file: Path) -> TextIO:
    return file.open(encoding="utf-8-sig", errors="replace", newline="")


def _read_rows(rows: Iterator[list[str]], layout: _Layout) -> Iterator[tuple[str, Identity]]:
    none = layout.width
    texts = itemgetter(*(layout.at.get(key, none) for key in _TEXTS))
    date_at, flag_at = (layout.at.get(key, none) for key in ("birth_date", "multiple_birth"))
    for row in rows:
        row += [""] * (none + 1 - len(row))
        state = row[layout.told_at].strip() or layout.source
        told: list[Any] = [layout.source if layout.is_source else state.upper()]
        told += [text.strip() for text in texts(row)]
        told[8:8] = [read_date(row[date_at].strip()), _FLAGS.get(row[flag_at].strip().casefold())]
        yield state, Identity(*told)


def _layouts(files: Sequence[Path]) -> list[_Layout]:
    headings = [_first_rows(file, 1) for file in files]
    columns = [_columns(rows[0] if rows else [], file) for file, rows in zip(files, headings, strict=True)]
    _lend_addresses(columns, headings)
    told = [at.get("state_code") for at in columns]
    living = _states_are_addresses(files, told)
    if living:
        columns = [{"birth_state": at["state_code"], **at} for at in columns]
    sources = _sources(files)
    return [
        _Layout(at, len(rows[0]) if place is None else place, len(rows[0]), source, living)
        for at, rows, place, source in zip(columns, headings, told, sources, strict=True)
    ]


def _first_rows(file: Path, count: int) -> list[list[str]]:
    with _opened(file) as opened:
        return list(islice(csv.reader(opened), count)) or [[]]


def _columns(heading: list[str], file: Path) -> dict[str, int]:
    """What matching compares → place of its column; of several headings for one thing the better one."""
    found: dict[str, tuple[int, int]] = {}
    for place, name in enumerate(heading):
        key, rank = _headings().get(names.fold(name), ("", 0))
        if key:
            found[key] = min(found.get(key, (rank, place)), (rank, place))
    missing = [key for key in NEEDED if key not in found]
    if missing:
        raise RuleBroken(_l("%(file)s has no column for %(missing)s.", file=file.name, missing=", ".join(missing)))
    return {key: place for key, (_rank, place) in found.items()}


def _lend_addresses(columns: list[dict[str, int]], headings: list[list[list[str]]]) -> None:
    """Where no file tells the birthplace, the address stands for it."""
    for key, aliases in ADDRESS.items():
        if any(key in at for at in columns):
            continue
        for at, rows in zip(columns, headings, strict=True):
            places = {names.fold(name): place for place, name in enumerate(rows[0])}
            lent = [places[alias] for alias in aliases if alias in places and places[alias] not in at.values()]
            if lent:
                at[key] = lent[0]


def _states_are_addresses(files: Sequence[Path], told: list[int | None]) -> bool:
    """Whether the State column is where people live: each file has several, and the files share them."""
    places = [place for place in told if place is not None]
    if len(files) < 2 or len(places) < len(files):
        return False
    states = [
        {row[place].strip().upper() for row in _first_rows(file, LOOKED_AT)[1:] if place < len(row)}
        for file, place in zip(files, places, strict=True)
    ]
    in_files = Counter(state for some in states for state in some if state)
    return all(len(some - {""}) > 1 for some in states) and max(in_files.values(), default=0) > 1


def _sources(files: Sequence[Path]) -> list[str]:
    """The States by the files' names, TX.csv or TX-2026.csv; whole names where the first letters are not enough."""
    letters = [file.stem[:2].upper() for file in files]
    return letters if len(set(letters)) == len(files) else [file.stem.upper() for file in files]


@lru_cache
def _headings() -> dict[str, tuple[str, int]]:
    """Folded heading → what it is, and how good a heading it is, 0 the best."""
    known = {names.fold(alias): (key, rank) for key, some in ALIASES.items() for rank, alias in enumerate(some, 1)}
    for key, element in mde.of_section("student").items():
        known.update({names.fold(key): (key, 0), names.fold(element.name): (key, 0)})
    return {heading: found for heading, found in known.items() if found[0] in _COLUMNS}


@lru_cache(maxsize=50_000)
def read_date(text: str) -> date | None:
    """A day in ISO form, as YYYYMMDD or as MM/DD/YYYY; None for anything else."""
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found:
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None
