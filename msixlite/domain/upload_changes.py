"""What differs between a State record and what the State sends of the child now."""

from dataclasses import dataclass, field, replace
from typing import Any

from msixlite.domain import matching, mde
from msixlite.domain.matching import Identity
from msixlite.domain.upload_children import IDENTITY_KEYS, Child, columns_of_student, section_values, what
from msixlite.domain.upload_rows import Row, label_of
from msixlite.models.students import StateRecord


@dataclass
class ChangedRecord:
    """A child that the State has sent before, with what differs now."""

    record_id: int
    student_id: int
    content_hash: str
    values: dict[str, Any] = field(default_factory=dict)
    identity: Identity | None = None
    """The new identity where an element of it changed."""
    new_rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed_rows: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    """Rows of RecordChange."""


def compare(child: Child, record: StateRecord) -> ChangedRecord:
    """The record's sections must be loaded."""
    changed = ChangedRecord(record.id, record.student_id, child.content_hash)
    if child.student is not None:
        changed.values = _differing(record, columns_of_student(child.student.values))
        changed.changes += _in_words("student", "", record, changed.values)
        if changed.values.keys() & IDENTITY_KEYS:
            changed.identity = replace(matching.identity_of(record), **_identity_values(changed.values))
    for section, rows in child.sections.items():
        existing = {_key_of(section, row): row for row in _rows_of(record, section)}
        for key, row in rows.items():
            _compare_row(changed, section, existing.get(key), row)
    return changed


def _key_of(section: str, row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, key) for key in mde.SECTIONS[section].natural_key)


def _rows_of(record: StateRecord, section: str) -> list[Any]:
    by_section: dict[str, list[Any]] = {
        "move": [*record.moves],
        "enrollment": [*record.enrollments],
        "assessment": [*record.assessments],
        "course": [*record.courses],
    }
    return by_section[section]


def _compare_row(changed: ChangedRecord, section: str, existing: Any, row: Row) -> None:
    values = section_values(row)
    if existing is None:
        changed.new_rows.append((section, values))
        changed.changes.append(
            {"section": section, "what": what(section, values), "element": "", "old": None, "new": "added"}
        )
        return
    differing = _differing(existing, values)
    if differing:
        changed.changed_rows.append((section, existing.id, differing))
        changed.changes += _in_words(section, what(section, values), existing, differing)


def _differing(existing: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if getattr(existing, key) != value}


def _in_words(section: str, said: str, existing: Any, differing: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "section": section,
            "what": said,
            "element": mde.of_section(section)[key].name if key in mde.of_section(section) else key,
            "old": label_of(getattr(existing, key)),
            "new": label_of(value),
        }
        for key, value in differing.items()
    ]


def _identity_values(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in IDENTITY_KEYS}
