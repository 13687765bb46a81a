"""The accounting of disclosures: who saw, printed or exported a child's record (5 U.S.C. 552a(c); rule P10)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from msixlite.domain import audit_trail, audit_words, students
from msixlite.domain.errors import NotFound
from msixlite.domain.permissions import Permission, covers
from msixlite.models.audit import AuditEvent
from msixlite.models.corrections import CorrectionElement
from msixlite.models.disputes import DisputeElement
from msixlite.models.merge_split import IdentityChangePart
from msixlite.models.requests import DataRequest
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.worklist import WorklistItem

MOST = 2_000
"""Lines on one page; more is said in words."""
NO_DISCLOSURE = ("purposes.index", "audit.child", "audit.child_pdf")
"""Pages about a child that show none of its data."""


@dataclass(frozen=True)
class Disclosure:
    """One look at a child's data."""

    at: datetime
    name: str
    role: str
    place: str
    did: str
    purpose: str
    serial: str
    """On the paper or file, where there is one."""
    event_id: int


@dataclass(frozen=True)
class Accounting:
    """A child with everybody who saw it, the newest first."""

    student: Student
    name: str
    states: str
    lines: list[Disclosure]
    is_cut: bool


def of_child(db: Session, msix_id: str, *, by: User) -> Accounting:
    """Who saw this child. A State's reader sees the children of the own State only."""
    student = db.scalar(select(Student).where(Student.msix_id == msix_id))
    if student is None or not _reaches(student.survivor, by):
        raise NotFound("student")
    survivor = student.survivor
    lines = _lines(db, survivor)
    states = ", ".join(sorted({record.state_code for record in survivor.state_records}))
    return Accounting(survivor, students.shown_name(survivor), states, lines[:MOST], len(lines) > MOST)


def _reaches(student: Student, by: User) -> bool:
    right = Permission.SEE_AUDIT_OF_CHILDREN
    return any(covers(by, right, state=record.state_code) for record in student.state_records)


def _lines(db: Session, student: Student) -> list[Disclosure]:
    found = db.execute(
        select(AuditEvent, User)
        .join(User, User.id == AuditEvent.user_id)
        .where(_about(db, student), AuditEvent.outcome == "ok", AuditEvent.action.not_in(NO_DISCLOSURE))
        .order_by(AuditEvent.id.desc())
        .limit(MOST + 1)
    )
    return [_line(event, user) for event, user in found]


def _line(event: AuditEvent, user: User) -> Disclosure:
    return Disclosure(
        at=event.at,
        name=user.full_name,
        role=user.role.label,
        place=user.place,
        did=audit_words.words(event.action, event.detail.get("method", "")),
        purpose=audit_trail.purpose_words(event.detail),
        serial=event.detail.get("serial", ""),
        event_id=event.id,
    )


def _about(db: Session, student: Student) -> ColumnElement[bool]:
    """Events about the child: under any of its MSIX IDs, and the worklist items, merges and splits that show it."""
    ids = [f"msix {one}" for one in _all_msix_ids(db, student)]
    of_child = select(StateRecord.id).where(StateRecord.student_id == student.id)
    items = db.scalars(
        select(WorklistItem.id).where(
            or_(WorklistItem.candidate_id == student.id, WorklistItem.state_record_id.in_(of_child))
        )
    )
    parts = db.scalars(select(IdentityChangePart.change_id).where(IdentityChangePart.student_id == student.id))
    asked = db.scalars(select(DataRequest.id).where(DataRequest.state_record_id.in_(of_child)))
    shown = {
        "worklist": [f"item {one}" for one in items],
        "merge_split": [f"change {one}" for one in parts],
        "requests": [f"request {one}" for one in asked],
    }
    return or_(
        AuditEvent.subject.in_(ids),
        *_of_requests(db, student),
        *(and_(AuditEvent.subject.in_(names), AuditEvent.action.startswith(f"{one}.")) for one, names in shown.items()),
    )


def _of_requests(db: Session, student: Student) -> list[ColumnElement[bool]]:
    """Events about the correction requests and dispute statements that mean the child, with their files and letters."""
    of_child = select(StateRecord.id).where(StateRecord.student_id == student.id)
    requests = select(CorrectionElement.request_id).where(CorrectionElement.state_record_id.in_(of_child))
    statements = select(DisputeElement.statement_id).where(DisputeElement.state_record_id.in_(of_child))
    subjects = [("correction", f"correction {one}") for one in set(db.scalars(requests))]
    subjects += [("dispute", f"dispute {one}") for one in set(db.scalars(statements))]
    return [
        and_(
            AuditEvent.action.startswith(feature),
            or_(AuditEvent.subject == subject, AuditEvent.subject.startswith(f"{subject}, ")),
        )
        for feature, subject in subjects
    ]


def _all_msix_ids(db: Session, student: Student) -> list[str]:
    """The child's own MSIX ID and those merged into it, however many steps ago."""
    tree = select(Student.id, Student.msix_id).where(Student.id == student.id).cte("tree", recursive=True)
    merged = aliased(Student)
    tree = tree.union_all(select(merged.id, merged.msix_id).join(tree, merged.merged_into_id == tree.c.id))
    return list(db.scalars(select(tree.c.msix_id)))
