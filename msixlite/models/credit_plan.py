"""Graduation plans: what a State wants earned in each subject, as its own people entered it."""

from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment


class GraduationPlan(Base):
    """One plan of a State, for the children who begin grade 9 in a school year or later."""

    __tablename__ = "graduation_plan"
    __table_args__ = (UniqueConstraint("state_code", "name", "first_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    name: Mapped[str] = mapped_column(String(80))
    first_year: Mapped[str] = mapped_column(String(9))
    """School year: 2026-2027."""
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    subjects: Mapped[list["PlanSubject"]] = relationship(order_by="PlanSubject.position", cascade="all, delete-orphan")


class PlanSubject(Base):
    """What a plan wants in one subject, and what a usual course of it takes and gives."""

    __tablename__ = "plan_subject"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("graduation_plan.id"), index=True)
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(String(60))
    other_names: Mapped[str] = mapped_column(String(200), default="")
    """Subjects that count here too, as other States write them, with commas between."""
    credits: Mapped[Decimal] = mapped_column(Numeric(5, 3))
    course_credits: Mapped[Decimal] = mapped_column(Numeric(5, 3))
    """What one whole course gives."""
    course_hours: Mapped[int | None]
    """Clock hours of one whole course; empty: no partial credit is estimated."""
