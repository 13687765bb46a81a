"""The worklist: what people must decide."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_list, moment
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User


class WorklistKind(enum.Enum):
    NEAR_MATCH = "near_match"


class WorklistItem(Base):
    """Something that a Data Administrator must decide."""

    __tablename__ = "worklist_item"
    __table_args__ = (
        UniqueConstraint("kind", "state_record_id", "candidate_id"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by_id IS NULL)", name="resolved_pair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[WorklistKind]
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    """The State whose submission raised it."""
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"))
    candidate_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    """The child already known whom the State record resembles."""
    score: Mapped[float]
    reasons: Mapped[json_list]
    model_version: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[moment]
    reply_due_at: Mapped[moment]
    """24 clock hours after it was opened (specification, Emails on student moves)."""
    due_on: Mapped[date]
    """Five working days after it was opened."""
    due_calendar: Mapped[str] = mapped_column(String(40))
    """The holiday calendar that the due date was counted with."""
    resolved_at: Mapped[moment | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    state_record: Mapped[StateRecord] = relationship()
    candidate: Mapped[Student] = relationship()
    resolved_by: Mapped[User | None] = relationship()
