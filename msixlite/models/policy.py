"""What a State decides for itself, within what the rules allow."""

import enum

from sqlalchemy import CheckConstraint, ForeignKey, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base
from msixlite.models.words import _l


class UploadSchedule(enum.Enum):
    """How often a State's system sends its file: daily to weekly (specification, Record Maintenance; C12)."""

    NIGHTLY = _l("nightly")
    TWICE_A_WEEK = _l("twice a week")
    WEEKLY = _l("weekly")


class DaysReading(enum.Enum):
    """Which of two days is due where the specification and the regulation name different ones (C4)."""

    EARLIER = _l("the earlier of both days")
    REGULATION = _l("working days, as the regulation counts")


class StatePolicy(Base):
    """A State's settings. A State without a row has the defaults, which are the safe values."""

    __tablename__ = "state_policy"
    __table_args__ = (
        CheckConstraint("first_reply_hours BETWEEN 1 AND 24", name="first_reply_hours"),
        CheckConstraint("resolution_days BETWEEN 1 AND 5", name="resolution_days"),
        CheckConstraint("escalation_days BETWEEN 1 AND 20", name="escalation_days"),
        CheckConstraint("roles_per_account BETWEEN 1 AND 3", name="roles_per_account"),
        CheckConstraint("idle_minutes BETWEEN 5 AND 30", name="idle_minutes"),
    )

    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), primary_key=True)
    first_reply_hours: Mapped[int] = mapped_column(default=24)
    """Clock hours to the first reply; a State may shorten them."""
    resolution_days: Mapped[int] = mapped_column(default=5)
    """Working days to the solution; a State may shorten them."""
    escalation_days: Mapped[int] = mapped_column(default=5)
    """Working days after the due date until an unanswered item at the State's desk counts as run out."""
    idle_minutes: Mapped[int] = mapped_column(default=30, server_default="30")
    """Minutes without activity after which its people are signed out; a State may shorten them (rule A13)."""
    single_administrator: Mapped[bool] = mapped_column(default=False)
    """The initiator of a merge or split may validate it, after a second confirmation and with a marked audit line."""
    approve_when_run_out: Mapped[bool] = mapped_column(default=False)
    """Merges and splits that ran out are approved by the system. Off: they wait for a person for ever."""
    upload_schedule: Mapped[UploadSchedule] = mapped_column(default=UploadSchedule.NIGHTLY, server_default="nightly")
    """When its next file is expected. Nothing is sent by itself."""
    days_reading: Mapped[DaysReading] = mapped_column(
        default=DaysReading.EARLIER, server_default="the earlier of both days"
    )
    """What is due after an event, and counts as overdue; the other day stands beside it."""
    late_by_clock: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A first reply is counted as late by the clock, not from the next working day on (C5)."""
    account_documents: Mapped[str] = mapped_column(Text, default="")
    """What an application for an account must bring besides its signed form, one document a line (rule A30)."""
    roles_per_account: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many roles an account may have on the same day (rule A14); it works in one of them at a time."""
