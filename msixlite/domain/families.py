"""Families: children who share a guardian, or a surname and a qualifying move. Shown to people, never joined."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import names, students
from msixlite.models.search import NamePair, NameToken
from msixlite.models.students import QualifyingMove, StateRecord, Student
from msixlite.models.words import _l

MOST = 2_000
"""State records of children of the same name that are compared."""
_ACCENTED = re.compile("[aeiouncy]")
"""Letters that may carry an accent in the files of another State."""

Name = tuple[str, ...]
Move = tuple[date, str]


@dataclass(frozen=True)
class Relative:
    """A child who seems to belong to the same family, and why."""

    student: Student
    why: tuple[str, ...]

    @property
    def newest(self) -> StateRecord:
        """The State record that came last."""
        return students.newest(self.student.state_records)


def relatives(db: Session, student: Student) -> list[Relative]:
    """Children with a surname in common, and a guardian of the same full name or the same move; the eldest first."""
    own = _Family.of(student.state_records)
    if not own.surnames or not (own.guardians or own.moves):
        return []
    found = db.scalars(
        select(Student)
        .where(Student.id.in_(_alike(db, student, own)))
        .options(selectinload(Student.state_records).selectinload(StateRecord.moves))
    )
    family = [Relative(child, why) for child in found if (why := own.shares_with(_Family.of(child.state_records)))]
    return sorted(family, key=lambda one: (one.newest.birth_date, one.student.id))


def _alike(db: Session, student: Student, own: "_Family") -> set[int]:
    """Children of the same surname who may have a guardian's surname, or an arrival day, in common."""
    numbers = db.scalars(select(NameToken.id).where(NameToken.token.in_(own.surnames)))
    pairs = [number << 22 | number for number in numbers]
    same_name = select(NamePair.student_id).where(NamePair.pair.in_(pairs), NamePair.student_id != student.id)
    arrived = select(QualifyingMove.state_record_id).where(QualifyingMove.arrival_date.in_([d for d, _ in own.moves]))
    patterns = {f"%{_ACCENTED.sub('_', token)}%" for name in own.guardians for token in name}
    last_names = (StateRecord.female_parent_last_name, StateRecord.male_parent_last_name)
    alike = [column.ilike(pattern) for column in last_names for pattern in sorted(patterns)]
    shared = or_(StateRecord.id.in_(arrived), *alike)
    found = select(StateRecord.student_id).where(StateRecord.student_id.in_(same_name), shared).limit(MOST)
    return set(db.scalars(found))


@dataclass(frozen=True)
class _Family:
    """What tells a family: folded names of the guardians, surnames, and moves as (arrival, city)."""

    guardians: dict[Name, str]
    """Folded full name → as written."""
    surnames: frozenset[str]
    moves: dict[Move, str]
    """(Arrival, folded city) → city as written."""

    @classmethod
    def of(cls, records: Iterable[StateRecord]) -> "_Family":
        records = list(records)
        named = [
            (first, last)
            for record in records
            for first, last in (
                (record.female_parent_first_name, record.female_parent_last_name),
                (record.male_parent_first_name, record.male_parent_last_name),
            )
            if first and last
        ]
        moved = [move for record in records for move in record.moves if move.to_city]
        return cls(
            guardians={names.tokens(first, last): f"{first} {last}" for first, last in named},
            surnames=frozenset(token for record in records for token in names.tokens(record.last_name_1)),
            moves={(move.arrival_date, names.fold(move.to_city or "")): move.to_city or "" for move in moved},
        )

    def shares_with(self, other: "_Family") -> tuple[str, ...]:
        """Why both are one family, in words; empty when they are not. Other guardians outweigh a common move."""
        guardians = tuple(
            _l("same parent: %(name)s", name=self.guardians[name]) for name in self.guardians if name in other.guardians
        )
        moves = tuple(
            _l("same move: arrived %(day)s in %(city)s", day=f"{arrival:%m/%d/%Y}", city=city)
            for (arrival, folded), city in self.moves.items()
            if (arrival, folded) in other.moves
        )
        if guardians:
            return guardians + moves[:1]
        strangers = bool(self.guardians and other.guardians)
        return () if strangers or not self.surnames & other.surnames else moves[:1]
