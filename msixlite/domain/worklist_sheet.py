"""What a person sees of one worklist item: the children side by side, what speaks against, and who may do what."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from msixlite.domain import (
    comparison,
    data_quality,
    days,
    merge_split,
    merge_split_sides,
    worklist,
    worklist_decisions,
    worklist_desks,
)
from msixlite.domain.comparison import Field
from msixlite.domain.data_quality import Advice
from msixlite.domain.merge_split import Validation
from msixlite.domain.worklist import NEAR, VALIDATIONS
from msixlite.models.merge_split import ChangeKind, IdentityChange
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import DataQualityCase, WorklistItem, WorklistKind

KEEPS = _l("keeps this MSIX ID")


@dataclass(frozen=True)
class Side:
    """One child of the comparison."""

    letter: str
    msix_id: str
    """Empty for a child that a split would make."""
    role: str
    """What becomes of it: keeps its MSIX ID, becomes a new child; empty where that is still to be chosen."""
    records: Sequence[StateRecord]

    @property
    def label(self) -> str:
        """A: TX 44556677, VT 889900."""
        return ", ".join(f"{record.state_code} {record.state_student_id}" for record in self.records)


@dataclass(frozen=True)
class Sheet:
    """Everything that the page of an item shows."""

    item: WorklistItem
    acts: bool
    """Whether this person may decide it."""
    is_overdue: bool
    """Open, and its due day is over in the State that counts its days."""
    sides: list[Side] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    result: list[tuple[str, str]] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    picture: str = ""
    validation: Validation | None = None
    advice: Advice | None = None
    cases: list[DataQualityCase] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    other_states: list[str] = field(default_factory=list)
    may_escalate: bool = False

    @property
    def joined(self) -> bool:
        """A near match whose two children are one already."""
        return self.item.kind in NEAR and len(self.sides) < 2

    @property
    def enrollments(self) -> int:
        return sum(len(record.enrollments) for side in self.sides for record in side.records)


def read(db: Session, item: WorklistItem, *, now: datetime, by: User) -> Sheet:
    """The sheet of an item that lies within the person's reach."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    acts = item.is_open and worklist_desks.may_act(item, mine)
    return Sheet(
        item=item,
        acts=acts,
        is_overdue=item.is_open and item.due_on < days.at_state(db, item.state_code, now),
        people=worklist.assignable(db, item, by=by) if acts else [],
        other_states=[code for code in worklist_desks.states_of(item) if code != by.state_code],
        may_escalate=acts and worklist_desks.level_in(item, by.state_code or "") < worklist_desks.TOP,
        **_of_kind(db, item, by),
    )


def _of_kind(db: Session, item: WorklistItem, by: User) -> dict[str, Any]:
    if item.kind in NEAR:
        return _near_match(db, item)
    if item.kind in VALIDATIONS and item.change is not None:
        return _validation(db, item.change, by)
    if item.kind is WorklistKind.DATA_QUALITY:
        return {"advice": data_quality.advice(item.fault or ""), "cases": list(item.cases)}
    return {}


def _near_match(db: Session, item: WorklistItem) -> dict[str, Any]:
    children = worklist_decisions.sides(item)
    sides = of_students(children)
    return {
        "sides": sides,
        "picture": worklist_decisions.picture(db, item),
        **compared(sides),
        "obstacles": merge_split_sides.obstacles(db, [side.records for side in sides]),
    }


def of_students(children: Sequence[Student]) -> list[Side]:
    return [
        Side(letter, child.msix_id, "", list(child.state_records))
        for letter, child in zip("ABCDEF", children, strict=False)
    ]


def compared(sides: Sequence[Side]) -> dict[str, Any]:
    """The lines of the comparison, and what the joined record would show."""
    records = [side.records for side in sides]
    return {"fields": comparison.fields(records), "result": comparison.result(records)}


def _validation(db: Session, change: IdentityChange, by: User) -> dict[str, Any]:
    stands = merge_split.validation(db, change, by=by)
    sides = of_change(db, change)
    return {
        "sides": sides,
        "validation": stands,
        "picture": stands.picture,
        "obstacles": stands.obstacles,
        **compared(sides),
    }


def of_change(db: Session, change: IdentityChange) -> list[Side]:
    """The children that a pending change would make of those that are."""
    found = [records for records in merge_split_sides.sides_of(db, change) if records]
    master = change.master.msix_id
    if change.kind is ChangeKind.SPLIT:
        roles = [(master, KEEPS), *(("", _l("becomes new child %(number)s", number=n)) for n in range(1, len(found)))]
    else:
        ids = [records[0].student.msix_id for records in found]
        roles = [(one, KEEPS if one == master else _l("leads to the master record")) for one in ids]
    return [
        Side(letter, msix_id, role, records)
        for letter, (msix_id, role), records in zip("ABCDEF", roles, found, strict=False)
    ]


def of_records(child: Student) -> list[Side]:
    """Each State record of a child as a side of its own: what a split looks at."""
    records = list(child.state_records)
    return [Side(str(number), child.msix_id, "", [record]) for number, record in enumerate(records, start=1)]
