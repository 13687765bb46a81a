"""Reminders of what a person must renew: training, Rules of Behavior, password."""

import enum
from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, moment


class Renewal(enum.Enum):
    TRAINING = "training"
    RULES = "rules"
    PASSWORD = "password"  # noqa: S105 - a word, not a password
    UPLOAD = "upload"
    """The State's file that did not come by its schedule (C12)."""


class Reminder(Base):
    """One e-mail that said that something is due: written once for each threshold, however often the clock comes."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("user_id", "renewal", "due_on", "days_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    renewal: Mapped[Renewal]
    due_on: Mapped[date]
    days_before: Mapped[int]
    """30 or 7 calendar days; 0 for what is overdue."""
    made_at: Mapped[moment]
