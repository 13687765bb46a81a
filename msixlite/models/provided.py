"""Information provided: what of a child's record was given to whom, as a clerk notes it (rule N6)."""

import enum
from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.moves import MoveNotice
from msixlite.models.requests import DataRequest
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l


class Channel(enum.Enum):
    """How it was given. The value is a word for people."""

    PHONE = _l("telephone")
    FAX = _l("fax")
    PAPER = _l("paper")
    EMAIL_POINTER = _l("e-mail that only points here")
    IN_PERSON = _l("in person")


class ProvidedEntry(Base):
    """One entry: what, to whom, when and how. Entries are added, never changed."""

    __tablename__ = "provided_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    """The State whose clerk gave it."""
    given_on: Mapped[date] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(300))
    to_person: Mapped[str] = mapped_column(String(120))
    to_office: Mapped[str] = mapped_column(String(120))
    channel: Mapped[Channel]
    note: Mapped[str] = mapped_column(Text, default="")
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("move_notice.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("data_request.id"))
    entered_at: Mapped[moment]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)

    student: Mapped[Student] = relationship()
    notice: Mapped[MoveNotice | None] = relationship()
    request: Mapped[DataRequest | None] = relationship()
    entered_by: Mapped[User] = relationship()

    @property
    def reference(self) -> str:
        """The notice or request that it belongs to, if any."""
        about = self.notice or self.request
        return about.reference if about else ""
