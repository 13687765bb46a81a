"""Open near matches, merges and splits follow the State records that they concern, wherever these go."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import students, worklist_desks
from msixlite.domain.upload_children import chunks
from msixlite.domain.worklist import NEAR, VALIDATIONS
from msixlite.models.merge_split import ChangeStatus, IdentityChange, IdentityChangePart
from msixlite.models.students import StateRecord, Student
from msixlite.models.worklist import OPEN, WorklistItem


def follow(db: Session, student_ids: Collection[int]) -> None:
    """State records came to these children, or left them: their open items lie before the States that own them now."""
    children: dict[int, set[int]] = defaultdict(set)
    for chunk in chunks(sorted(student_ids)):
        concerned = students.with_merged_into(_these(chunk))
        for query in (_near_matches(concerned), _changes(concerned)):
            for item_id, *both in db.execute(query):
                children[item_id].update(both)
    records = _records(db, {student for several in children.values() for student in several})
    worklist_desks.follow(
        db, {item: [one for child in few for one in records[child]] for item, few in children.items()}
    )


def _these(student_ids: Collection[int]) -> Select[int]:
    return select(Student.id.label("student_id")).where(Student.id.in_(student_ids))


def _near_matches(concerned: Select[int]) -> Select[int, int, int | None]:
    """Item, and the two children of each open near match of one of these."""
    return (
        select(WorklistItem.id, StateRecord.student_id, WorklistItem.candidate_id)
        .join(StateRecord, StateRecord.id == WorklistItem.state_record_id)
        .where(
            WorklistItem.kind.in_(NEAR),
            WorklistItem.status.in_(OPEN),
            or_(StateRecord.student_id.in_(concerned), WorklistItem.candidate_id.in_(concerned)),
        )
    )


def _changes(concerned: Select[int]) -> Select[int, int]:
    """Item, and each child of the merges and splits of one of these that nobody has decided."""
    theirs = (
        select(IdentityChange.id)
        .join(IdentityChange.parts)
        .where(IdentityChange.status == ChangeStatus.INITIATED, IdentityChangePart.student_id.in_(concerned))
    )
    return (
        select(WorklistItem.id, IdentityChangePart.student_id)
        .join(IdentityChangePart, IdentityChangePart.change_id == WorklistItem.change_id)
        .where(WorklistItem.kind.in_(VALIDATIONS), WorklistItem.change_id.in_(theirs))
    )


def _records(db: Session, student_ids: Collection[int]) -> dict[int, list[int]]:
    """Child, or one merged away, → the State records of whom it leads to now."""
    found: dict[int, list[int]] = {}
    for chunk in chunks(sorted(student_ids)):
        survivors = {child.id: child.survivor.id for child in db.scalars(_children(chunk))}
        owned: dict[int, list[int]] = defaultdict(list)
        query = select(StateRecord.student_id, StateRecord.id)
        for student_id, record_id in db.execute(query.where(StateRecord.student_id.in_(set(survivors.values())))):
            owned[student_id].append(record_id)
        found |= {child: owned[survivor] for child, survivor in survivors.items()}
    return found


def _children(student_ids: Collection[int]) -> Select[Student]:
    return select(Student).where(Student.id.in_(student_ids))
