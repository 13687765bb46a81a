"""When a State sends its files: the events beside its regular schedule."""

import enum
from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.places import District
from msixlite.models.users import User
from msixlite.models.words import _l


class UploadEventKind(enum.Enum):
    """What asks for an upload beside the schedule (specification, Record Maintenance; 34 CFR 200.85(b)(3))."""

    ENROLLMENT = _l("start of enrollment")
    GRADING_PERIOD = _l("end of a grading period")
    TERM = _l("end of a term")
    WITHDRAWAL = _l("withdrawal")
    RESIDENCE = _l("change of residence")


class UploadEvent(Base):
    """A day in a State or one of its districts after which new data must be sent. It names no child."""

    __tablename__ = "upload_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    kind: Mapped[UploadEventKind]
    happened_on: Mapped[date]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    """Empty: the whole State."""
    due_on: Mapped[date]
    """By the reading that the State had when it was entered: the earlier day, or the regulation's."""
    added_at: Mapped[moment]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sent_at: Mapped[moment | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who said that a file held these data."""

    district: Mapped[District | None] = relationship()
    sent_by: Mapped[User | None] = relationship(foreign_keys=sent_by_id)
