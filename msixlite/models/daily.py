"""Clock work: which job ran last, and for which stretch of time."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, moment


class JobRun(Base):
    """One row a job. Whoever holds its lock runs the job; the row is written in the job's own transaction."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[str] = mapped_column(String(20), default="")
    """The day or the minute that it last ran for, as text that sorts: 2026-11-25."""
    finished_at: Mapped[moment | None]
    result: Mapped[str] = mapped_column(String(200), default="")
