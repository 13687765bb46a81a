"""Follow-up of the immunization and medical-alert flags: the sender was asked, the papers came. No diagnosis."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l


class FollowUpKind(enum.Enum):
    """Which flag. The value is the element's name."""

    IMMUNIZATION = _l("Immunization record")
    MED_ALERT = _l("Medical alert")


class FollowUp(Base):
    """Somebody asked the sender for what a flag points to; and that it came. There is no field for health."""

    __tablename__ = "follow_up"
    __table_args__ = (CheckConstraint("(received_on IS NULL) = (received_by_id IS NULL)", name="received_pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    kind: Mapped[FollowUpKind]
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    """The State that asked."""
    whom: Mapped[str] = mapped_column(String(80))
    """Person and office that were asked."""
    asked_on: Mapped[date]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[moment]
    received_on: Mapped[date | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    student: Mapped[Student] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    received_by: Mapped[User | None] = relationship(foreign_keys=received_by_id)
