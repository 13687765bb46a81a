"""What a State's file says, child by child: the values of each row as columns, and what tells rows apart."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msixlite.domain import mde
from msixlite.domain.matching import Identity
from msixlite.domain.names import fold
from msixlite.domain.upload_rows import Row, label_of
from msixlite.models.students import SECTION_MODELS, StateRecord

CHUNK = 500
"""Bound parameters of one statement stay far below every database's limit."""
IDENTITY_KEYS = frozenset(Identity.__dataclass_fields__) - {"state_code", *mde.IDENTITY}
"""Elements that matching compares."""
_BLANK_IN_KEY = ("content", "section", "term_type", "academic_year")

ChildKey = tuple[str, str]
"""(State Student Identifier, its type)."""


@dataclass
class Child:
    """What a file says of one child."""

    key: ChildKey
    student: Row | None = None
    sections: dict[str, dict[tuple[Any, ...], Row]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def content_hash(self) -> str:
        rows = [("student", self.student.values if self.student else None)]
        rows += [(key, row.values) for key, section in sorted(self.sections.items()) for _, row in _sorted(section)]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()


def _sorted(section: dict[tuple[Any, ...], Row]) -> list[tuple[tuple[Any, ...], Row]]:
    return sorted(section.items(), key=lambda item: str(item[0]))


def with_key_parts(row: Row) -> Row:
    """The row with the values that its natural key needs and a file need not name."""
    values = dict(row.values)
    columns = SECTION_MODELS[row.section].__table__.columns if row.section in SECTION_MODELS else ()
    if "school_key" in columns:
        values["school_key"] = values.get("school_code") or fold(values.get("school_name") or "")
    for key in _BLANK_IN_KEY:
        if key in columns:
            values[key] = values.get(key) or ""
    return replace(row, values=values)


def natural_key(section: str, values: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one row of a child's section from another; empty for Students, of which there is one."""
    return tuple(values[key] for key in mde.SECTIONS[section].natural_key)


def columns_of_student(values: dict[str, Any]) -> dict[str, Any]:
    """The elements of Students that a State record has as columns; the MSIX ID is the student's."""
    return {key: value for key, value in values.items() if key != "msix_id"}


def student_values(row: Row) -> dict[str, Any]:
    """The columns of a State record that a row of Students fills; elements not sent are empty."""
    columns = StateRecord.__table__.columns
    sent = columns_of_student(row.values)
    return {key: sent.get(key) for key in mde.of_section("student") if key in columns}


def section_values(row: Row) -> dict[str, Any]:
    """The columns of a section's row that it fills."""
    columns = SECTION_MODELS[row.section].__table__.columns
    return {key: value for key, value in row.values.items() if key in columns and key not in mde.IDENTITY}


def whole_section_values(section: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same with every element of the section, so that rows can be written together."""
    columns = SECTION_MODELS[section].__table__.columns
    return {key: values.get(key) for key in (*mde.of_section(section), "school_key") if key in columns}


def identity_of(child: Child, state: str) -> Identity:
    """What matching compares of a child that a file describes."""
    assert child.student is not None
    values = student_values(child.student)
    return Identity(state_code=state, **{key: values[key] for key in (*IDENTITY_KEYS, *mde.IDENTITY)})


def what(section: str, values: dict[str, Any]) -> str:
    """Which row of a section, in words: Algebra 1, 2025-2026."""
    names = {
        "move": ("arrival_date", "to_city"),
        "enrollment": ("school_name", "enrollment_date"),
        "assessment": ("title", "administered_on"),
        "course": ("title", "academic_year", "section"),
    }[section]
    return ", ".join(label_of(values.get(key)) or "" for key in names if values.get(key))[:200]


def chunks(values: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """The values in slices of at most `size`."""
    return (values[at : at + size] for at in range(0, len(values), size))
