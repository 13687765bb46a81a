"""Children by their MSIX ID, and whose records a person read lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from msixlite.domain.errors import NotFound
from msixlite.domain.permissions import Permission, allows
from msixlite.models.audit import AuditEvent
from msixlite.models.places import State
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User

RECENT = 8


def get(db: Session, msix_id: str, *, by: User) -> Student:
    """The child of an MSIX ID, or the survivor of a merge. Every reader's reach is all States (Table 1.1)."""
    student = db.scalar(select(Student).where(Student.msix_id == msix_id))
    if student is None or not allows(by, Permission.DISPLAY_STUDENT_RECORD):
        raise NotFound("student")
    return student.survivor


def all_ids(db: Session, student: Student) -> list[int]:
    """The rows of the child and of those merged into it, however many steps ago."""
    tree = select(Student.id).where(Student.id == student.id).cte("tree", recursive=True)
    merged = aliased(Student)
    tree = tree.union_all(select(merged.id).join(tree, merged.merged_into_id == tree.c.id))
    return list(db.scalars(select(tree.c.id)))


def with_merged_into(student_ids: Select[int]) -> Select[int]:
    """The children of a query, and those merged into them, however many steps ago."""
    tree = student_ids.cte("tree", recursive=True)
    merged = aliased(Student)
    tree = tree.union(select(merged.id).join(tree, merged.merged_into_id == tree.c.student_id))
    return select(tree.c.student_id)


def newest(records: Iterable[StateRecord]) -> StateRecord:
    """The State record that came last, as the list of results orders them."""
    return max(records, key=lambda record: (record.submission_id, record.id))


def shown_name(student: Student) -> str:
    """The one name under which a child is shown everywhere: whole, as its newest State record writes it."""
    return newest(student.survivor.state_records).full_name


def shown_birth_date(student: Student) -> date:
    """The birth date shown beside the name, of the same State record."""
    return newest(student.survivor.state_records).birth_date


def lock_identities(db: Session) -> None:
    """One at a time changes who is who: a submission, a merge, a split, an undo.

    SQLite's writer is alone anyway; elsewhere the States' rows are locked.
    """
    db.scalars(select(State.code).order_by(State.code).with_for_update(key_share=True)).all()


@dataclass(frozen=True)
class RecentlyRead:
    """A child whose record this person opened lately."""

    msix_id: str
    name: str
    birth_date: date
    read_at: datetime


def recently_read(db: Session, *, by: User) -> list[RecentlyRead]:
    """The last eight children whose record the person opened, the newest first; each once, merged ones as survivors."""
    if not allows(by, Permission.DISPLAY_STUDENT_RECORD):
        return []
    last = (
        select(AuditEvent.subject, func.max(AuditEvent.id).label("event_id"), func.max(AuditEvent.at).label("at"))
        .where(AuditEvent.user_id == by.id, AuditEvent.action == "students.record", AuditEvent.outcome == "ok")
        .group_by(AuditEvent.subject)
        .order_by(func.max(AuditEvent.id).desc())
        .limit(2 * RECENT)
    )
    read = {subject.removeprefix("msix "): at for subject, _id, at in db.execute(last)}
    by_id = {
        student.msix_id: student.survivor for student in db.scalars(select(Student).where(Student.msix_id.in_(read)))
    }
    latest: dict[int, datetime] = {}
    for msix_id, at in read.items():
        if msix_id in by_id:
            latest.setdefault(by_id[msix_id].id, at)
    survivors = {student.id: student for student in by_id.values()}
    return [_recent(survivors[student_id], at) for student_id, at in list(latest.items())[:RECENT]]


def _recent(student: Student, at: datetime) -> RecentlyRead:
    return RecentlyRead(student.msix_id, shown_name(student), shown_birth_date(student), at)
