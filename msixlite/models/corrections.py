"""Requests of a family to correct a child's data (34 CFR 200.85(e)): what is meant, the steps, inquiries, reminders."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.attachments import Attachment
from msixlite.models.base import Base, moment
from msixlite.models.places import District, Region, State
from msixlite.models.students import StateRecord, Student
from msixlite.models.uploads import Submission
from msixlite.models.users import User
from msixlite.models.words import _l


class Requester(enum.Enum):
    """Who may ask for a correction or dispute data."""

    PARENT = _l("parent")
    GUARDIAN = _l("guardian")
    CHILD = _l("child")


class Channel(enum.Enum):
    """How a request reached the office."""

    LETTER = _l("letter")
    FORM = _l("form")
    TELEPHONE = _l("telephone")
    IN_PERSON = _l("in person")
    ANOTHER_STATE = _l("another State")

    @property
    def words(self) -> str:
        """After "it came": by letter, in person."""
        return _CHANNEL_WORDS[self]


_CHANNEL_WORDS = {
    Channel.LETTER: _l("by letter"),
    Channel.FORM: _l("on the form"),
    Channel.TELEPHONE: _l("by telephone"),
    Channel.IN_PERSON: _l("in person"),
    Channel.ANOTHER_STATE: _l("from another State"),
}


class Language(enum.Enum):
    """Of the letters to the family."""

    ENGLISH = "en"
    SPANISH = "es"


class CorrectionStatus(enum.Enum):
    RECEIVED = _l("received")
    ACKNOWLEDGED = _l("acknowledged")
    INVESTIGATED = _l("investigated")
    DECIDED = _l("decided")
    NOTIFIED = _l("notified")
    FORWARDED = _l("forwarded")
    """All that it means belongs to other States, which answer as if asked directly."""


class Decision(enum.Enum):
    CORRECTED = _l("corrected")
    PARTLY = _l("partly corrected")
    NOT_CORRECTED = _l("not corrected")


class AskedBy(enum.Enum):
    """Who may ask a State about a request (34 CFR 200.85(e)(2) and (3))."""

    STATE = _l("another State")
    DEPARTMENT = _l("the U.S. Department of Education")


class CorrectionRequest(Base):
    """One request, as one State answers it."""

    __tablename__ = "correction_request"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (decision IS NULL)", name="decided_pair"),
        CheckConstraint("(revised_due_on IS NULL) = (revised_counted = '')", name="revised_counted_pair"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    """CR-2026-000123: all that an e-mail says of it."""
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    """The State that answers."""
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"), index=True)
    """The office that took it in, where that is not the State's."""
    requester: Mapped[Requester]
    requester_name: Mapped[str] = mapped_column(String(120))
    """As given."""
    requester_address: Mapped[str] = mapped_column(String(400))
    """Lines of a postal address: the letters go there."""
    requester_phone: Mapped[str] = mapped_column(String(30), default="")
    language: Mapped[Language]
    channel: Mapped[Channel]
    text: Mapped[str] = mapped_column(Text)
    """What is wrong, in the family's words."""

    received_on: Mapped[date]
    """The day from which the clocks run."""
    entered_at: Mapped[moment]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    status: Mapped[CorrectionStatus]
    due_on: Mapped[date]
    """30 calendar days after it was received."""
    due_counted: Mapped[str] = mapped_column(String(200))
    """How the day was counted, with the calendar that made it."""
    forward_due_on: Mapped[date | None]
    """Four working days after it was received, where another State's data are meant."""
    forward_counted: Mapped[str] = mapped_column(String(200), default="")
    forwarded_at: Mapped[moment | None]
    """When the last of the other States had it."""
    forwarded_from_id: Mapped[int | None] = mapped_column(ForeignKey("correction_request.id"), index=True)
    acknowledged_at: Mapped[moment | None]
    decided_at: Mapped[moment | None]
    decision: Mapped[Decision | None]
    reasons: Mapped[str] = mapped_column(Text, default="")
    notified_at: Mapped[moment | None]
    revised_due_on: Mapped[date | None]
    """Four working days after a decision to correct."""
    revised_counted: Mapped[str] = mapped_column(String(200), default="")
    revised_at: Mapped[moment | None]
    """When a submission came with the last of what was to be corrected."""

    state: Mapped[State] = relationship()
    region: Mapped[Region | None] = relationship()
    district: Mapped[District | None] = relationship()
    entered_by: Mapped[User] = relationship()
    forwarded_from: Mapped["CorrectionRequest | None"] = relationship(remote_side=[id], back_populates="forwarded_to")
    forwarded_to: Mapped[list["CorrectionRequest"]] = relationship(
        back_populates="forwarded_from", order_by="CorrectionRequest.id"
    )
    elements: Mapped[list["CorrectionElement"]] = relationship(order_by="CorrectionElement.id")
    steps: Mapped[list["CorrectionStep"]] = relationship(order_by="CorrectionStep.id")
    inquiries: Mapped[list["CorrectionInquiry"]] = relationship(order_by="CorrectionInquiry.id")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")

    @property
    def student(self) -> Student:
        """The child whose State record is meant: after a merge or a split, the one to whom it belongs now."""
        return self.elements[0].state_record.student

    @property
    def own_elements(self) -> list["CorrectionElement"]:
        """Those that this State decides."""
        return [one for one in self.elements if one.state_record.state_code == self.state_code]

    @property
    def other_states(self) -> list[str]:
        """Other States whose data are meant."""
        found = (one.state_record.state_code for one in self.elements)
        return sorted({code for code in found if code != self.state_code})

    @property
    def place(self) -> str:
        """The office that took it in."""
        if self.district or self.region:
            return f"{(self.district or self.region).name}, {self.state_code}"  # type: ignore[union-attr]
        return self.state.name


class CorrectionElement(Base):
    """One element that a request means: as the State reports it, and as it should be."""

    __tablename__ = "correction_element"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("correction_request.id"), index=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    section: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(200), default="")
    """Which row of the section, in words."""
    key: Mapped[str] = mapped_column(String(40))
    """The element's key in the registry."""
    value_as_is: Mapped[str] = mapped_column(String(255))
    """In words, taken when the request was entered; empty: not reported."""
    stored_as: Mapped[str | None] = mapped_column(String(255))
    """The same as the history of a record keeps it."""
    value_as_should: Mapped[str] = mapped_column(String(255))
    accepted: Mapped[bool | None]
    """What was decided: to be corrected, or not."""
    revised_by_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    """The submission that changed it."""

    state_record: Mapped[StateRecord] = relationship()
    revised_by: Mapped[Submission | None] = relationship()


class CorrectionStep(Base):
    """What was done with a request, when, by whom. Nothing of it is ever changed."""

    __tablename__ = "correction_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("correction_request.id"), index=True)
    at: Mapped[moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the system itself."""
    status: Mapped[CorrectionStatus | None]
    """Where it led to; empty: a note."""
    text: Mapped[str] = mapped_column(Text)

    by: Mapped[User | None] = relationship()


class CorrectionInquiry(Base):
    """A question about a request, to be answered in writing within ten working days."""

    __tablename__ = "correction_inquiry"
    __table_args__ = (CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("correction_request.id"), index=True)
    asked_by: Mapped[AskedBy]
    asker: Mapped[str] = mapped_column(String(120))
    """Name and office, as given."""
    received_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date]
    counted: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[moment | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    answered_by: Mapped[User | None] = relationship()


class CorrectionReminder(Base):
    """That a clock of a request was reminded of, so that nobody is reminded twice."""

    __tablename__ = "correction_reminder"
    __table_args__ = (UniqueConstraint("request_id", "clock", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("correction_request.id"))
    clock: Mapped[str] = mapped_column(String(20))
    """answer, forward, revised, or inquiry 7."""
    kind: Mapped[str] = mapped_column(String(10))
    """soon, overdue."""
    at: Mapped[moment]


class LetterTemplate(Base):
    """A State's own wording of one letter in one language."""

    __tablename__ = "letter_template"
    __table_args__ = (UniqueConstraint("state_code", "key", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    key: Mapped[str] = mapped_column(String(40))
    language: Mapped[Language]
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
