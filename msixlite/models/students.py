"""Children: the Student who owns the MSIX ID, and what each State reported of them.

Columns that hold a Minimum Data Element carry the element's `key` of the registry (`domain/mde.py`) as their name.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_list, moment, name60
from msixlite.models.uploads import Submission


class Student(Base):
    """One child. Never deleted: a merged-away MSIX ID leads to the survivor for ever."""

    __tablename__ = "student"

    id: Mapped[int] = mapped_column(primary_key=True)
    msix_id: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[moment]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"), index=True)

    merged_into: Mapped["Student | None"] = relationship(remote_side=[id])
    state_records: Mapped[list["StateRecord"]] = relationship(back_populates="student", order_by="StateRecord.id")

    @property
    def survivor(self) -> "Student":
        """The student that this MSIX ID leads to: itself unless merged away."""
        student = self
        while student.merged_into is not None:
            student = student.merged_into
        return student


class StateRecord(Base):
    """One State's view of a child: the Student Demographic elements (MDE 2-19)."""

    __tablename__ = "state_record"
    __table_args__ = (UniqueConstraint("state_code", "state_student_id", "id_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    """The submission that last changed this record."""
    content_hash: Mapped[str] = mapped_column(String(64))
    """Of everything the State reported of the child, so that an unchanged child costs nothing."""

    state_student_id: Mapped[str] = mapped_column(String(15))
    id_type: Mapped[str] = mapped_column(String(2))
    first_name: Mapped[name60]
    middle_name: Mapped[name60 | None]
    last_name_1: Mapped[name60]
    last_name_2: Mapped[name60 | None]
    suffix: Mapped[str | None] = mapped_column(String(10))
    sex: Mapped[str | None] = mapped_column(String(10))
    birth_date: Mapped[date] = mapped_column(index=True)
    multiple_birth: Mapped[bool | None]
    birth_city: Mapped[name60 | None]
    birth_state: Mapped[str | None] = mapped_column(String(10))
    birth_country: Mapped[str | None] = mapped_column(String(3))
    birth_date_verification: Mapped[str | None] = mapped_column(String(4))
    male_parent_first_name: Mapped[name60 | None]
    male_parent_last_name: Mapped[name60 | None]
    female_parent_first_name: Mapped[name60 | None]
    female_parent_last_name: Mapped[name60 | None]

    student: Mapped[Student] = relationship(back_populates="state_records")
    submission: Mapped[Submission] = relationship()
    moves: Mapped[list["QualifyingMove"]] = relationship(order_by="QualifyingMove.arrival_date.desc()")
    enrollments: Mapped[list["Enrollment"]] = relationship(order_by="Enrollment.enrollment_date.desc()")
    assessments: Mapped[list["Assessment"]] = relationship(order_by="Assessment.administered_on.desc()")
    courses: Mapped[list["Course"]] = relationship(order_by="Course.academic_year.desc(), Course.title")

    @property
    def full_name(self) -> str:
        """Surnames, then given names, as the State writes them: García López, María Guadalupe."""
        surnames = " ".join(filter(None, (self.last_name_1, self.last_name_2, self.suffix)))
        return f"{surnames}, {' '.join(filter(None, (self.first_name, self.middle_name)))}"


class _Reported:
    """What the rows of a State record have in common: whose they are, and which submission last changed them."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))


class QualifyingMove(_Reported, Base):
    """A move that makes a child eligible (MDE 20-26)."""

    __tablename__ = "qualifying_move"
    __table_args__ = (UniqueConstraint("state_record_id", "arrival_date"),)

    arrival_date: Mapped[date]
    """Qualifying arrival date (QAD)."""
    from_city: Mapped[name60 | None]
    from_state: Mapped[str | None] = mapped_column(String(10))
    from_country: Mapped[str | None] = mapped_column(String(3))
    to_city: Mapped[name60 | None]
    to_state: Mapped[str | None] = mapped_column(String(10))
    eligibility_end: Mapped[date | None]


class Enrollment(_Reported, Base):
    """A stay in a school or project, with its flags (MDE 27-46, 64-71)."""

    __tablename__ = "enrollment"
    __table_args__ = (
        UniqueConstraint("state_record_id", "enrollment_date", "school_key"),
        Index("ix_enrollment_school_code", "school_code"),
        Index("ix_enrollment_district_code", "district_code"),
    )

    school_key: Mapped[str] = mapped_column(String(120))
    """The school's code, or its folded name where it has no code: part of the natural key."""
    school_name: Mapped[str | None] = mapped_column(String(120))
    school_code: Mapped[str | None] = mapped_column(String(12))
    facility_name: Mapped[str | None] = mapped_column(String(120))
    facility_address_1: Mapped[str | None] = mapped_column(String(120))
    facility_address_2: Mapped[str | None] = mapped_column(String(120))
    facility_address_3: Mapped[str | None] = mapped_column(String(120))
    facility_city: Mapped[name60 | None]
    facility_state: Mapped[str | None] = mapped_column(String(2))
    facility_zip: Mapped[str | None] = mapped_column(String(10))
    telephone: Mapped[str | None] = mapped_column(String(30))
    district_name: Mapped[str | None] = mapped_column(String(120))
    district_code: Mapped[str | None] = mapped_column(String(7))
    enrollment_date: Mapped[date]
    enrollment_type: Mapped[str | None] = mapped_column(String(2))
    withdrawal_date: Mapped[date | None]
    grade_level: Mapped[str | None] = mapped_column(String(2))
    lep: Mapped[bool | None]
    pfs: Mapped[bool | None]
    idea: Mapped[bool | None]
    med_alert: Mapped[str | None] = mapped_column(String(10))
    immunization: Mapped[bool | None]
    graduation_school_code: Mapped[str | None] = mapped_column(String(12))
    graduation: Mapped[str | None] = mapped_column(String(30))
    out_of_state_transcript: Mapped[bool | None]
    algebra_1: Mapped[bool | None]
    home_school: Mapped[bool | None]
    residency_date: Mapped[date | None]
    comment: Mapped[str | None] = mapped_column(String(255))


class Assessment(_Reported, Base):
    """A test taken (MDE 47-53)."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("state_record_id", "title", "content", "administered_on"),)

    title: Mapped[str] = mapped_column(String(120))
    content: Mapped[str] = mapped_column(String(60), default="")
    assessment_type: Mapped[str | None] = mapped_column(String(2))
    administered_on: Mapped[str] = mapped_column(String(10))
    """ISO date, or year and month where the day is not known: 2026-04."""
    reporting_state: Mapped[str | None] = mapped_column(String(2))
    score: Mapped[str | None] = mapped_column(String(20))
    interpretation: Mapped[str | None] = mapped_column(String(60))


class Course(_Reported, Base):
    """A course taken or begun (MDE 54-63), with the school that gave it (MDE 27, 28)."""

    __tablename__ = "course"
    __table_args__ = (
        UniqueConstraint(
            "state_record_id",
            "academic_year",
            "title",
            "section",
            "term_type",
            "school_key",
            name="uq_course_natural_key",
        ),
    )

    school_key: Mapped[str] = mapped_column(String(120), default="")
    school_name: Mapped[str | None] = mapped_column(String(120))
    school_code: Mapped[str | None] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str | None] = mapped_column(String(60))
    course_type: Mapped[str | None] = mapped_column(String(40))
    academic_year: Mapped[str] = mapped_column(String(9), default="")
    section: Mapped[str] = mapped_column(String(20), default="")
    term_type: Mapped[str] = mapped_column(String(30), default="")
    clock_hours: Mapped[int | None]
    grade_to_date: Mapped[str | None] = mapped_column(String(10))
    credits: Mapped[Decimal | None] = mapped_column(Numeric(5, 3))
    final_grade: Mapped[str | None] = mapped_column(String(10))

    @property
    def is_open(self) -> bool:
        """Begun and not finished: no final grade, and no credit for the whole."""
        return self.final_grade is None and self.credits is None


class LinkDecision(Base):
    """Why a State record belongs to a student: what matching decided, with its reasons in words."""

    __tablename__ = "link_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    """The student that the record was linked to."""
    outcome: Mapped[str] = mapped_column(String(20))
    """new, linked, claimed (the file named the MSIX ID), unlinked."""
    score: Mapped[float | None]
    reasons: Mapped[json_list]
    model_version: Mapped[str] = mapped_column(String(20))
    decided_at: Mapped[moment]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the system decided by itself."""


class KnownDifferent(Base):
    """Two State records that a person found to be different children; remembered until an identity element changes."""

    __tablename__ = "known_different"
    __table_args__ = (UniqueConstraint("low_id", "high_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    low_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"))
    high_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    decided_at: Mapped[moment]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class RecordChange(Base):
    """What one submission changed in a State record: an element's old and new value."""

    __tablename__ = "record_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    section: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(200))
    """Which row of the section, in words: Algebra 1, 2025-2026."""
    element: Mapped[str] = mapped_column(String(120))
    old: Mapped[str | None] = mapped_column(String(255))
    new: Mapped[str | None] = mapped_column(String(255))

    submission: Mapped[Submission] = relationship()


SECTION_MODELS: dict[str, Any] = {
    "move": QualifyingMove,
    "enrollment": Enrollment,
    "assessment": Assessment,
    "course": Course,
}
"""The model of each repeating section of the registry."""
