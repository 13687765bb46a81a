"""Children by their MSIX ID, and what a person searched for and read lately."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from msixlite.domain.errors import NotFound
from msixlite.domain.permissions import Permission, allows
from msixlite.models.audit import AuditEvent
from msixlite.models.base import random_token
from msixlite.models.places import State
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import PastSearch, User

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


def lock_identities(db: Session) -> None:
    """One at a time changes who is who: a submission, a merge, a split, an undo.

    SQLite's writer is alone anyway; elsewhere the States' rows are locked.
    """
    db.scalars(select(State.code).order_by(State.code).with_for_update(key_share=True)).all()


def keep_search(db: Session, text: str, *, now: datetime, by: User) -> str:
    """Keep what was searched for and return its token: names do not belong into addresses."""
    token = random_token()
    db.add(PastSearch(token=token, user_id=by.id, text=text[:200], searched_at=now))
    return token


def past_search(db: Session, token: str, *, by: User) -> str:
    """The text of one's own earlier search; empty for anything else."""
    return db.scalar(select(PastSearch.text).where(PastSearch.token == token, PastSearch.user_id == by.id)) or ""


@dataclass(frozen=True)
class RecentlyRead:
    """A child whose record this person opened lately."""

    msix_id: str
    name: str
    birth_date: date
    read_at: datetime


def recently_read(db: Session, *, by: User) -> list[RecentlyRead]:
    """The last eight children whose record the person opened, the newest first."""
    last = (
        select(AuditEvent.subject, func.max(AuditEvent.id).label("event_id"), func.max(AuditEvent.at).label("at"))
        .where(AuditEvent.user_id == by.id, AuditEvent.action == "students.record", AuditEvent.outcome == "ok")
        .group_by(AuditEvent.subject)
        .order_by(func.max(AuditEvent.id).desc())
        .limit(RECENT)
    )
    read = {subject.removeprefix("msix "): at for subject, _id, at in db.execute(last)}
    students = db.scalars(select(Student).where(Student.msix_id.in_(read)).options(joinedload(Student.state_records)))
    by_id = {student.msix_id: student for student in students.unique()}
    return [_recent(by_id[msix_id], at) for msix_id, at in read.items() if msix_id in by_id]


def _recent(student: Student, at: datetime) -> RecentlyRead:
    newest: StateRecord = max(student.survivor.state_records, key=lambda record: record.submission_id)
    return RecentlyRead(student.msix_id, newest.full_name, newest.birth_date, at)
