"""What people reported as odd or as misuse."""

import enum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.places import State
from msixlite.models.users import User


class IncidentKind(enum.Enum):
    """The signs that the specification tells people to watch for (Other Considerations), and misuse of an account."""

    MISUSE = "misuse"
    SOCIAL_ENGINEERING = "social_engineering"
    ODD_CONTENT = "odd_content"
    WRONG_FORMAT = "wrong_format"
    MISSING_DATA = "missing_data"
    OUTAGE = "outage"
    LOST_COPY = "lost_copy"
    OTHER = "other"


class IncidentReport(Base):
    """One report of a person, or of somebody who was not signed in.

    Kept; a User Administrator or the State's lead marks it as seen.
    """

    __tablename__ = "incident_report"
    __table_args__ = (CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reported_at: Mapped[moment]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Empty: nobody was signed in."""
    state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"), index=True)
    """The State whose people look at it: the reporter's own; without sign-in the one that was named, if any."""
    contact: Mapped[str] = mapped_column(String(120), default="")
    """How to reach somebody who was not signed in, in their own words."""
    kind: Mapped[IncidentKind]
    text: Mapped[str] = mapped_column(Text)
    page: Mapped[str] = mapped_column(String(80), default="")
    """The page that it was reported from, as the audit trail calls it: students.record."""
    self_locked: Mapped[bool] = mapped_column(default=False)
    """The person disabled the own account with the report."""
    seen_at: Mapped[moment | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(String(500), default="")
    """What was done, in the words of the one who saw it."""

    state: Mapped[State | None] = relationship()
    reported_by: Mapped[User | None] = relationship(foreign_keys=reported_by_id)
    seen_by: Mapped[User | None] = relationship(foreign_keys=seen_by_id)

    @property
    def reference(self) -> str:
        """What people and e-mails call it: IR-2026-000123."""
        return f"IR-{self.reported_at.year}-{self.id:06d}"
