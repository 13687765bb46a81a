"""Security and privacy training: who took which module when, and what a State adds to it."""

from datetime import date

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class TrainingAttempt(Base):
    """One quiz that was sent in, passed or not."""

    __tablename__ = "training_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    module: Mapped[str] = mapped_column(String(40))
    taken_at: Mapped[moment]
    right: Mapped[int]
    asked: Mapped[int]
    passed: Mapped[bool]


class TrainingReminder(Base):
    """A person's training is due soon. The daily run writes each reminder once; e-mail will be sent from here."""

    __tablename__ = "training_reminder"
    __table_args__ = (UniqueConstraint("user_id", "due_on", "days_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    due_on: Mapped[date]
    days_before: Mapped[int]
    """30 or 7 calendar days."""
    made_at: Mapped[moment]

    user: Mapped[User] = relationship()


class StateTrainingText(Base):
    """What a State adds to every module."""

    __tablename__ = "state_training_text"

    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    """Paragraphs, with an empty line between them."""
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
