"""Purpose of use: why a person opens a child outside the own scope (rules P4, P10)."""

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from msixlite.domain.errors import RuleBroken
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import Purpose, Role, User, UserSession
from msixlite.models.words import _l

LABELS = {
    Purpose.ENROLLMENT: _l("Enrollment of the child in school"),
    Purpose.PLACEMENT: _l("Grade or course placement"),
    Purpose.CREDIT_ACCRUAL: _l("Accrual of credits"),
    Purpose.MEP_PARTICIPATION: _l("Participation in the Migrant Education Program"),
    Purpose.MATCHING: _l("Telling whether two records are one child"),
    Purpose.WRITTEN_CONSENT: _l("Written consent on file"),
}
"""The five routine uses (specification, FERPA and the Privacy Act); anything else needs written consent."""
ROUTINE = tuple(one for one in LABELS if one is not Purpose.WRITTEN_CONSENT)
"""Purposes that hold for every child of the visit."""
OWN_SCOPE = "own scope"
"""What the audit trail says where no purpose had to be stated."""


def label(purpose: str) -> str:
    """The words of a purpose as the audit trail keeps it."""
    known = {one.value: words for one, words in LABELS.items()}
    return known.get(purpose, _l("Within own scope") if purpose == OWN_SCOPE else "")


def is_within_scope(db: Session, student: Student, *, by: User) -> bool:
    """Whether the child belongs to the person's own district, region or State.

    District and region by the child's enrollments, State by its State records. The roles of the Department of
    Education have no scope of their own.
    """
    if by.role is Role.PRIVACY_ACT_ADMINISTRATOR or by.state_code is None:
        return False
    own = exists().where(StateRecord.student_id == student.id, *_of_place(by))
    return bool(db.scalar(select(own)))


def _of_place(by: User) -> list[ColumnElement[bool]]:
    in_state = [StateRecord.state_code == by.state_code]
    if by.district_id is None and by.region_id is None:
        return in_state
    districts = select(District.code).where(
        District.id == by.district_id if by.district_id is not None else District.region_id == by.region_id
    )
    enrolled = exists().where(Enrollment.state_record_id == StateRecord.id, Enrollment.district_code.in_(districts))
    return [*in_state, enrolled]


def stated(session: UserSession, msix_id: str) -> Purpose | None:
    """The purpose that this visit gave and that holds for the child."""
    if session.purpose_msix_id and session.purpose_msix_id != msix_id:
        return None
    return session.purpose


def state(db: Session, session: UserSession, *, purpose: Purpose, reference: str, student: Student) -> None:
    """Remember the purpose for the visit; a written consent for its one child only."""
    is_consent = purpose is Purpose.WRITTEN_CONSENT
    if is_consent and not reference.strip():
        raise RuleBroken(_l("Say where the written consent is kept: its number, or the folder and date."))
    db.execute(
        update(UserSession)
        .where(UserSession.id == session.id)
        .values(
            purpose=purpose,
            purpose_reference=reference.strip()[:120] if is_consent else "",
            purpose_msix_id=student.msix_id if is_consent else "",
        ),
        execution_options={"synchronize_session": False},
    )


def of_opening(db: Session, msix_id: str, *, session: UserSession, by: User) -> dict[str, str]:
    """What the audit trail keeps of why this person opens this child; empty: the purpose must be asked for first.

    A child that does not exist asks for none: the page itself says that there is nothing.
    """
    student = db.scalar(select(Student).where(Student.msix_id == msix_id))
    if student is None or is_within_scope(db, student.survivor, by=by):
        return {"purpose": OWN_SCOPE}
    purpose = stated(session, student.survivor.msix_id)
    if purpose is None:
        return {}
    return {"purpose": purpose.value} | ({"reference": session.purpose_reference} if session.purpose_reference else {})
