"""Move notices: that a family arrived or leaves, to whom it was told, and what came of it."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_list, moment
from msixlite.models.places import District, State
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l


class MoveKind(enum.Enum):
    ARRIVED = _l("arrived")
    """The children are here now: told to the place they came from."""
    DEPARTURE_PLANNED = _l("will leave")
    """Told to the place they go to."""
    DEPARTED = _l("left")
    """Told to the place they go to."""


class Certainty(enum.Enum):
    CERTAIN = _l("certain")
    LIKELY = _l("likely")
    GUESS = _l("a guess")


class MoveStatus(enum.Enum):
    SENT = _l("sent")
    DELIVERED = _l("delivered")
    """A recipient's mail system took the e-mail."""
    SEEN = _l("seen")
    """A recipient opened the notice here."""
    ACKNOWLEDGED = _l("acknowledged")
    LOCATED = _l("located")
    NOT_FOUND = _l("not found")
    ALREADY_ENROLLED = _l("already enrolled")
    NEEDS_MORE = _l("needs more")
    DISMISSED = _l("dismissed")


class MoveLevel(enum.Enum):
    """Whom a notice has reached: it goes up where nobody answers."""

    DISTRICT = _l("district")
    REGION = _l("region")
    STATE = _l("State")


class MoveNotice(Base):
    """One family's move, told by its own side (who sends) to the other side (who receives)."""

    __tablename__ = "move_notice"
    __table_args__ = (CheckConstraint("(dismissed_at IS NULL) = (dismissed_by_id IS NULL)", name="dismissed_pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    """MN-2026-000123: all that an e-mail says of it."""
    kind: Mapped[MoveKind]
    sender_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    own_state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    own_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    other_state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    other_district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    other_city: Mapped[str] = mapped_column(String(60), default="")
    other_area: Mapped[str] = mapped_column(String(60), default="")
    """ZIP code or county, where that is all that is known."""
    moved_on: Mapped[date | None]
    certainty: Mapped[Certainty]
    reason: Mapped[str] = mapped_column(String(60), default="")
    told_by: Mapped[str] = mapped_column(String(60), default="")
    services: Mapped[json_list]
    """Services in progress, in words."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Stays inside the system."""

    sent_at: Mapped[moment]
    status: Mapped[MoveStatus]
    level: Mapped[MoveLevel]
    reply_due_at: Mapped[moment]
    """24 clock hours after it was sent, or fewer as the receiving State sets; 24 after it was passed on."""
    due_on: Mapped[date]
    """Five working days after it was sent, or fewer as the receiving State sets."""
    due_days: Mapped[int]
    """Working days that were counted."""
    due_calendar: Mapped[str] = mapped_column(String(40))
    acknowledged_at: Mapped[moment | None]
    update_state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"))
    """The State that the children left; it sends what is new of them."""
    update_due_on: Mapped[date | None]
    """Four working days after that State had notice of the move (34 CFR 200.85(b)(3)(iii))."""
    dismissed_at: Mapped[moment | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str] = mapped_column(String(200), default="")

    sender: Mapped[User] = relationship(foreign_keys=sender_id)
    own_state: Mapped[State] = relationship(foreign_keys=own_state_code)
    own_district: Mapped[District | None] = relationship(foreign_keys=own_district_id)
    other_state: Mapped[State] = relationship(foreign_keys=other_state_code)
    other_district: Mapped[District | None] = relationship(foreign_keys=other_district_id)
    children: Mapped[list["MoveChild"]] = relationship(order_by="MoveChild.id")
    recipients: Mapped[list["MoveRecipient"]] = relationship(order_by="MoveRecipient.id")
    messages: Mapped[list["MoveMessage"]] = relationship(order_by="MoveMessage.id")

    @property
    def own_place(self) -> str:
        return _place(self.own_district, self.own_state, "", "")

    @property
    def other_place(self) -> str:
        return _place(self.other_district, self.other_state, self.other_city, self.other_area)

    @property
    def from_place(self) -> str:
        return self.other_place if self.kind is MoveKind.ARRIVED else self.own_place

    @property
    def to_place(self) -> str:
        return self.own_place if self.kind is MoveKind.ARRIVED else self.other_place


def _place(district: District | None, state: State, city: str, area: str) -> str:
    return ", ".join(filter(None, (district.name if district else "", city, area, state.name)))


class MoveChild(Base):
    """A child of a move notice."""

    __tablename__ = "move_child"
    __table_args__ = (UniqueConstraint("notice_id", "student_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("move_notice.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)

    student: Mapped[Student] = relationship()


class MoveRecipient(Base):
    """A person whom a move notice was sent to, and why to this one."""

    __tablename__ = "move_recipient"
    __table_args__ = (UniqueConstraint("notice_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("move_notice.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    why: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[moment]
    seen_at: Mapped[moment | None]

    user: Mapped[User] = relationship()


class MoveMessage(Base):
    """One line of the correspondence: who, when, what was said, and the state it led to."""

    __tablename__ = "move_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("move_notice.id"), index=True)
    at: Mapped[moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the clock."""
    status: Mapped[MoveStatus | None]
    text: Mapped[str] = mapped_column(Text, default="")

    by: Mapped[User | None] = relationship()


class RoutingRule(Base):
    """Who gets the notices of an area that is no district: a ZIP code, its beginning, or a county."""

    __tablename__ = "routing_rule"
    __table_args__ = (UniqueConstraint("state_code", "area", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    area: Mapped[str] = mapped_column(String(60))
    """Folded: "783", "78380", "nueces"."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User] = relationship()
