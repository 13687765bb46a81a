"""Dispute statements beside the elements of a consolidated record that they mean."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from msixlite.domain import correction_elements
from msixlite.domain.disputes import Mark, Marks
from msixlite.domain.mde import IDENTITY as IDS
from msixlite.domain.record_facts import IDENTITY
from msixlite.domain.reported import Fact, Line
from msixlite.models.students import StateRecord


def on_identity(facts: dict[str, Fact], marks: Marks) -> dict[str, Fact]:
    """The identity facts with the statements that mean one of their elements."""
    said = [
        (record_id, mark)
        for (record_id, section, _), of_row in marks.items()
        if section == "student"
        for mark in of_row
    ]
    return {key: _on_fact(fact, IDENTITY[key][1], said) for key, fact in facts.items()}


def on_state_ids(marks: Marks, records: Iterable[StateRecord]) -> dict[int, tuple[int, ...]]:
    """State record → the statements that mean its State Student Identifier."""
    return {
        record.id: tuple(mark.statement_id for mark in marks.get((record.id, "student", ()), ()) if mark.key in IDS)
        for record in records
    }


def on_placement(facts: dict[str, Fact], marks: Marks, enrollments: Iterable[Line]) -> dict[str, Fact]:
    """What the latest enrollments say, with the statements that mean it in the very enrollment that says it."""
    days = {(source.record_id, _row(line)): line["enrollment_date"] for line in enrollments for source in line.sources}
    return {key: _on_placement(fact, key, marks, days) for key, fact in facts.items()}


def _on_placement(fact: Fact, key: str, marks: Marks, days: dict[tuple[int, tuple[Any, ...]], Any]) -> Fact:
    says = {(said.source.record_id, said.on) for said in fact.sayings}
    silent = {record_id for record_id, _ in days} - {record_id for record_id, _ in says}
    said = [
        (record_id, mark)
        for (record_id, section, row), of_row in marks.items()
        if section == "enrollment" and (record_id in silent or (record_id, days.get((record_id, row))) in says)
        for mark in of_row
    ]
    return _on_fact(fact, (key,), said)


def _on_fact(fact: Fact, keys: Iterable[str], said: Iterable[tuple[int, Mark]]) -> Fact:
    meant = {(record_id, mark.statement_id) for record_id, mark in said if mark.key in keys}
    return replace(fact, disputed=tuple(sorted(meant, key=lambda one: one[::-1]))) if meant else fact


def on_lines(found: list[Line], marks: Marks) -> list[Line]:
    """The rows of a repeating section with the statements that mean one of their elements."""
    return [_on_line(line, marks) for line in found]


def _on_line(line: Line, marks: Marks) -> Line:
    row = _row(line)
    meant = [
        (mark.key, mark.statement_id)
        for source in line.sources
        for mark in marks.get((source.record_id, line.section, row), ())
    ]
    return replace(line, disputed=tuple(dict.fromkeys(meant))) if meant else line


def _row(line: Line) -> tuple[Any, ...]:
    return correction_elements.natural_key(line.section, line.values)
