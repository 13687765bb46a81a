"""Write a plan: new children, changed ones, rows in quarantine. One transaction, set-based; the caller commits."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from msixlite.domain import (
    audit,
    correction_revisions,
    data_quality,
    matching,
    msix_ids,
    policy,
    requests_answers,
    search_index,
    upload_children,
    worklist_decisions,
    worklist_desks,
    worklist_following,
)
from msixlite.domain.matching import Likeness
from msixlite.domain.upload_changes import ChangedRecord
from msixlite.domain.upload_plan import NewRecord, Plan
from msixlite.domain.upload_rows import Row
from msixlite.models.search import BlockKey
from msixlite.models.students import SECTION_MODELS, KnownDifferent, LinkDecision, RecordChange, StateRecord, Student
from msixlite.models.uploads import QuarantinedRow, Submission
from msixlite.models.worklist import WorklistItem, WorklistKind


def write(db: Session, submission: Submission, plan: Plan, *, now: datetime) -> None:
    """Make the plan true."""
    touched = _add_new(db, submission, plan.new, now)
    touched |= _change(db, submission, plan.changed)
    search_index.refresh(db, touched)
    worklist_following.follow(db, touched)
    worklist_decisions.compare_again(db, [one.record_id for one in plan.changed if one.identity is not None], now=now)
    data_quality.check(db, touched, now=now, submission=submission)
    requests_answers.note_upload(db, touched, submission, now=now)
    _write(db, QuarantinedRow, [_quarantine(submission, row) for row in plan.quarantined])
    correction_revisions.after_submission(db, submission)


def _quarantine(submission: Submission, row: Row) -> dict[str, Any]:
    return {
        "submission_id": submission.id,
        "section": row.section,
        "table_name": row.table[:60],
        "row_number": row.number,
        "child": row.child_label[:200],
        "faults": [[fault.element, fault.value, fault.reason] for fault in row.faults],
        "content": row.content,
    }


def _add_new(db: Session, submission: Submission, new: list[NewRecord], now: datetime) -> set[int]:
    """Students, State records and everything under them for children that the State had not sent before."""
    students = _students_of(db, new, now)
    record_ids = _insert_records(db, submission, new, students)
    placed = list(zip(new, students, record_ids, strict=True))
    _write(db, LinkDecision, [_decision(one, student, record, now) for one, student, record in placed])
    _open_near_matches(db, submission, placed, students, now)
    rows: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTION_MODELS}
    blocks: list[dict[str, Any]] = []
    for one, _student, record_id in placed:
        blocks += matching.block_rows(record_id, upload_children.identity_of(one.child, submission.state_code))
        for section, by_key in one.child.sections.items():
            for row in by_key.values():
                rows[section].append(_section_row(submission, record_id, section, upload_children.section_values(row)))
    _write(db, BlockKey, blocks)
    for section, model in SECTION_MODELS.items():
        _write(db, model, rows[section])
    return set(students)


def _students_of(db: Session, new: list[NewRecord], now: datetime) -> list[int]:
    """The student of each new record: one already here, that of an earlier newcomer, or a new one."""
    count = sum(not one.joins for one in new)
    rows = [{"msix_id": msix_id, "created_at": now} for msix_id in msix_ids.new(db, count)]
    made = iter(_insert(db, Student, rows))
    survivors = _survivors(db, {one.placement.student for one in new if one.placement.student is not None})
    students: list[int] = []
    for one in new:
        if one.placement.student is not None:
            students.append(survivors[one.placement.student])
        elif one.placement.newcomer is not None:
            students.append(students[one.placement.newcomer])
        else:
            students.append(next(made))
    return students


def _survivors(db: Session, student_ids: set[int]) -> dict[int, int]:
    """Each student → the one it leads to now: a merge may have come since the plan was made."""
    found = {}
    for chunk in upload_children.chunks(sorted(student_ids)):
        for student in db.scalars(select(Student).where(Student.id.in_(chunk))):
            found[student.id] = student.survivor.id
    return found


def _insert_records(db: Session, submission: Submission, new: list[NewRecord], students: list[int]) -> list[int]:
    rows = []
    for one, student_id in zip(new, students, strict=True):
        assert one.child.student is not None
        rows.append(
            {
                "student_id": student_id,
                "state_code": submission.state_code,
                "submission_id": submission.id,
                "content_hash": one.child.content_hash,
                **upload_children.student_values(one.child.student),
            }
        )
    return _insert(db, StateRecord, rows)


def _decision(one: NewRecord, student_id: int, record_id: int, now: datetime) -> dict[str, Any]:
    likeness = one.placement.likeness
    return {
        "state_record_id": record_id,
        "student_id": student_id,
        "outcome": ("claimed" if one.claimed else "linked") if one.joins else "new",
        "score": likeness.score if likeness else None,
        "reasons": list(likeness.reasons) if likeness else [],
        "model_version": matching.MODEL_VERSION,
        "decided_at": now,
    }


def _open_near_matches(
    db: Session, submission: Submission, placed: list[tuple[NewRecord, int, int]], students: list[int], now: datetime
) -> None:
    rows = list(_near_matches(db, submission, placed, students, now))
    item_ids = _insert(db, WorklistItem, rows)
    both = {row["candidate_id"] for row in rows} | set(students)
    records: dict[int, list[int]] = defaultdict(list)
    for chunk in upload_children.chunks(sorted(both)):
        owned = select(StateRecord.student_id, StateRecord.id).where(StateRecord.student_id.in_(chunk))
        for student_id, record_id in db.execute(owned):
            records[student_id].append(record_id)
    student_of = {record_id: student_id for _one, student_id, record_id in placed}
    concerned = {
        item_id: [*records[row["candidate_id"]], *records[student_of[row["state_record_id"]]]]
        for item_id, row in zip(item_ids, rows, strict=True)
    }
    worklist_desks.place(db, concerned)


def _near_matches(
    db: Session, submission: Submission, placed: list[tuple[NewRecord, int, int]], students: list[int], now: datetime
) -> Iterator[dict[str, Any]]:
    due = policy.due(db, submission.state_code, WorklistKind.NEAR_MATCH, now)
    for one, student_id, record_id in placed:
        resembled: dict[int, Likeness] = {}
        for near in one.placement.near:
            candidate = near.student if near.student is not None else students[near.newcomer or 0]
            if candidate != student_id:
                resembled.setdefault(candidate, near.likeness)
        for candidate, likeness in resembled.items():
            yield {
                "kind": WorklistKind.NEAR_MATCH,
                "state_code": submission.state_code,
                "state_record_id": record_id,
                "candidate_id": candidate,
                "score": likeness.score,
                "reasons": likeness.told,
                "model_version": matching.MODEL_VERSION,
                "opened_at": now,
                **vars(due),
            }


def _section_row(submission: Submission, record_id: int, section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    whole = upload_children.whole_section_values(section, dict(values))
    return {"state_record_id": record_id, "submission_id": submission.id, **whole}


def _change(db: Session, submission: Submission, changed: list[ChangedRecord]) -> set[int]:
    """Bring State records already here up to date; returns the students concerned."""
    added: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTION_MODELS}
    histories: list[dict[str, Any]] = []
    for one in changed:
        values = {**one.values, "content_hash": one.content_hash}
        if one.changes:
            values["submission_id"] = submission.id
        db.execute(update(StateRecord).where(StateRecord.id == one.record_id).values(values), execution_options=_BULK)
        for section, row_id, differing in one.changed_rows:
            model = SECTION_MODELS[section]
            stamped = {**differing, "submission_id": submission.id}
            db.execute(update(model).where(model.id == row_id).values(stamped), execution_options=_BULK)
        for section, row in one.new_rows:
            added[section].append(_section_row(submission, one.record_id, section, row))
        histories += [
            {"state_record_id": one.record_id, "submission_id": submission.id, **change} for change in one.changes
        ]
    for section, model in SECTION_MODELS.items():
        _write(db, model, added[section])
    _write(db, RecordChange, histories)
    audit.add_changes(db, (_change_of(one) for one in histories))
    _change_identities(db, [one for one in changed if one.identity is not None])
    return {one.student_id for one in changed if one.changes}


def _change_of(history: dict[str, Any]) -> list[Any]:
    what = ", ".join(filter(None, (history["element"], history["what"])))
    return ["state_record", str(history["state_record_id"]), what, history["old"], history["new"]]


_BULK = {"synchronize_session": False}


def _change_identities(db: Session, changed: list[ChangedRecord]) -> None:
    """New block keys; and what people once decided of the old identity is open again."""
    for chunk in upload_children.chunks(changed):
        ids = [one.record_id for one in chunk]
        db.execute(delete(BlockKey).where(BlockKey.state_record_id.in_(ids)), execution_options=_BULK)
        decided = delete(KnownDifferent).where(or_(KnownDifferent.low_id.in_(ids), KnownDifferent.high_id.in_(ids)))
        db.execute(decided, execution_options=_BULK)
    rows = [row for one in changed if one.identity for row in matching.block_rows(one.record_id, one.identity)]
    _write(db, BlockKey, rows)


def _insert(db: Session, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows; returns their numbers in the same order."""
    if not rows:
        return []
    made = insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(db.scalars(made, rows))


def _write(db: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows by the driver's executemany, straight into the table."""
    if rows:
        db.connection().execute(insert(model.__table__), rows)
