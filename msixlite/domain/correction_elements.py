"""The elements of a child that a family can mean: every one that a State reports, or leaves blank, row by row."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import mde, names, reported, upload_children, upload_rows
from msixlite.domain.errors import RuleBroken
from msixlite.models.students import StateRecord, Student
from msixlite.models.words import Sentence, _l, joined

MOST = 20
"""Elements of one request or statement."""
_ROWS = {"move": "moves", "enrollment": "enrollments", "assessment": "assessments", "course": "courses"}
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NOT_MEANT = ("msix_id", "school_key")
"""The exchange's own number, and what we make ourselves."""


@dataclass(frozen=True)
class Meant:
    """One element of one row of one State's record."""

    state_record_id: int
    state_code: str
    section: str
    row_id: int
    """0: the State record itself."""
    what: str
    """Which row, in words."""
    key: str
    name: str
    value: str
    """In words; empty: not reported."""
    stored: str | None
    """As the history of a record keeps it."""

    @property
    def token(self) -> str:
        """What a form sends for it."""
        return f"{self.state_record_id}:{self.section}:{self.row_id}:{self.key}"

    @property
    def group(self) -> Sentence:
        """Under which heading it is offered."""
        title: Sentence = mde.SECTIONS[self.section].title
        row = joined(", ", (title, row_words(self.what))) if self.what else title
        return joined(": ", (self.state_code, row))


def offered(db: Session, student: Student) -> list[Meant]:
    """All elements of the child: by State record, section and row."""
    records = db.scalars(
        select(StateRecord)
        .where(StateRecord.student_id == student.id)
        .options(*(selectinload(getattr(StateRecord, rows)) for rows in _ROWS.values()))
        .order_by(StateRecord.state_code, StateRecord.id)
    )
    return [one for record in records for one in _of_record(record)]


def _of_record(record: StateRecord) -> Iterator[Meant]:
    yield from _of_row(record, "student", record, row_id=0, what="")
    for section, rows in _ROWS.items():
        for row in getattr(record, rows):
            yield from _of_row(record, section, row, row_id=row.id, what=what(section, row))


def _of_row(record: StateRecord, section: str, row: Any, *, row_id: int, what: str) -> Iterator[Meant]:
    for key, element in mde.of_section(section).items():
        if key in _NOT_MEANT or (section != "student" and key in mde.IDENTITY):
            continue
        value = getattr(row, key)
        yield Meant(
            state_record_id=record.id,
            state_code=record.state_code,
            section=section,
            row_id=row_id,
            what=what,
            key=key,
            name=element.name,
            value=_words(reported.words(element, value)),
            stored=upload_rows.label_of(value),
        )


def what(section: str, row: Any) -> str:
    """Which row of the section, in the words of the record's history."""
    return upload_children.what(section, vars(row))


def row_words(what: str) -> str:
    """Which row, for people: its dates as MM/DD/YYYY."""
    return _ISO_DATE.sub(r"\2/\3/\1", what)


def key_of_row(record: StateRecord, section: str, row_id: int) -> tuple[Any, ...]:
    """What tells a row of the record from its others; empty for the record itself, or where the row is gone."""
    rows = getattr(record, _ROWS[section]) if section in _ROWS else ()
    return next((natural_key(section, vars(row)) for row in rows if row.id == row_id), ())


def natural_key(section: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells one row of a section from another, from its elements."""
    return tuple(_key_part(values, key) for key in mde.SECTIONS[section].natural_key)


def _key_part(values: Mapping[str, Any], key: str) -> Any:
    if key == "school_key":
        return values["school_code"] or names.fold(values["school_name"] or "")
    return values[key] or ""


def _words(value: str | date) -> str:
    return value if isinstance(value, str) else f"{value:%m/%d/%Y}"


def picked(offered: Sequence[Meant], tokens: Iterable[str]) -> list[Meant]:
    """The elements of these tokens, each once. Raises RuleBroken where none, too many, or an unknown one is named."""
    by_token = {one.token: one for one in offered}
    wanted = [token for token in dict.fromkeys(tokens) if token]
    if not wanted:
        raise RuleBroken(_l("Choose at least one element that is meant."))
    if len(wanted) > MOST:
        raise RuleBroken(_l("Choose at most %(most)s elements; enter the others in a second request.", most=MOST))
    if not by_token.keys() >= set(wanted):
        raise RuleBroken(_l("An element is not among those of this child any more. Choose it again."))
    return [by_token[token] for token in wanted]


def name_of(section: str, key: str) -> str:
    """What the element is called."""
    return mde.element(section, key).name
