"""Data requests: what one State asks another to report of a child, what became of each element, and who said what."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.moves import MoveNotice
from msixlite.models.places import District, State
from msixlite.models.students import StateRecord
from msixlite.models.uploads import Submission
from msixlite.models.users import User
from msixlite.models.words import _l, capital_first
from msixlite.models.worklist import WorklistItem


class RequestReason(enum.Enum):
    """Why the data are needed. The value is a phrase for people."""

    INTERSTATE_MOVE = _l("move from another State")
    MOVE_IN_STATE = _l("move within the State")
    ENROLLMENT = _l("enrollment")
    PLACEMENT = _l("grade or course placement")
    CREDIT = _l("credit accrual")
    MEP = _l("MEP participation")

    @property
    def label(self) -> str:
        """With a capital."""
        return capital_first(self.value)


class RequestStatus(enum.Enum):
    SENT = _l("sent")
    ACKNOWLEDGED = _l("acknowledged")
    PARTLY_ANSWERED = _l("partly answered")
    """Some elements came or were stated, others wait."""
    ANSWERED = _l("answered")
    STILL_MISSING = _l("still missing")
    """The asker opened it again."""
    CLOSED = _l("closed")
    WITHDRAWN = _l("withdrawn")


class DataRequest(Base):
    """One request to one State for one child. It is a worklist item of that State and has its number."""

    __tablename__ = "data_request"
    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_pair"),)

    id: Mapped[int] = mapped_column(ForeignKey("worklist_item.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    """DR-2026-000123: all that an e-mail says of it."""
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    """The State record of the child that the asked State keeps."""
    asker_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    own_state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    own_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    asked_state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    reason: Mapped[RequestReason]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("move_notice.id"))
    """The move notice that started it, if one did."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Stays inside the system."""

    asked_at: Mapped[moment]
    status: Mapped[RequestStatus]
    acknowledge_due_on: Mapped[date]
    """Four working days after it was asked or opened again, at the asked State's place."""
    raise_on: Mapped[date | None]
    """The last day of the two working days after which an unacknowledged request goes up a level; empty at the top."""
    acknowledged_at: Mapped[moment | None]
    answered_at: Mapped[moment | None]
    ended_at: Mapped[moment | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    item: Mapped[WorklistItem] = relationship()
    state_record: Mapped[StateRecord] = relationship()
    asker: Mapped[User] = relationship(foreign_keys=asker_id)
    own_state: Mapped[State] = relationship(foreign_keys=own_state_code)
    own_district: Mapped[District | None] = relationship()
    asked_state: Mapped[State] = relationship(foreign_keys=asked_state_code)
    notice: Mapped[MoveNotice | None] = relationship()
    elements: Mapped[list["RequestElement"]] = relationship(order_by="RequestElement.id")
    messages: Mapped[list["RequestMessage"]] = relationship(order_by="RequestMessage.id")

    @property
    def own_place(self) -> str:
        """Where the asker sits: the district with its State, or the State."""
        return ", ".join(filter(None, (self.own_district.name if self.own_district else "", self.own_state.name)))

    @property
    def waiting(self) -> list["RequestElement"]:
        """The elements that neither came nor were stated."""
        return [element for element in self.elements if element.waits]


class RequestElement(Base):
    """One element asked for: the file that brought it, or the statement why it is not available."""

    __tablename__ = "request_element"
    __table_args__ = (
        UniqueConstraint("request_id", "state_record_id", "name"),
        CheckConstraint("(came_at IS NULL) = (submission_id IS NULL)", name="came_pair"),
        CheckConstraint("(stated_at IS NULL) = (stated_by_id IS NULL)", name="stated_pair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("data_request.id"), index=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    """As `domain/completeness.py` names it."""
    came_at: Mapped[moment | None]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    statement: Mapped[str] = mapped_column(String(500), default="")
    """Why it is not available."""
    stated_at: Mapped[moment | None]
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    state_record: Mapped[StateRecord] = relationship()
    submission: Mapped[Submission | None] = relationship()
    stated_by: Mapped[User | None] = relationship()

    @property
    def waits(self) -> bool:
        return self.came_at is None and self.stated_at is None


class RequestMessage(Base):
    """One line of the correspondence: who, when, what was said, and the state it led to."""

    __tablename__ = "request_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("data_request.id"), index=True)
    at: Mapped[moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the clock, or an upload."""
    status: Mapped[RequestStatus | None]
    text: Mapped[str] = mapped_column(Text, default="")

    by: Mapped[User | None] = relationship()
