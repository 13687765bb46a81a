"""Dispute statements: what a parent, guardian or child formally says against data. Added to, never edited away."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.attachments import Attachment
from msixlite.models.base import Base, moment
from msixlite.models.corrections import Requester
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l


class DisputeStatement(Base):
    """A statement that stands beside the elements it disputes until it is withdrawn."""

    __tablename__ = "dispute_statement"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_pair"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason = '')", name="withdrawn_with_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stated_by: Mapped[Requester]
    name: Mapped[str] = mapped_column(String(120))
    """As given."""
    received_on: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[moment]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[moment | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawal_reason: Mapped[str] = mapped_column(String(500), default="")

    entered_by: Mapped[User] = relationship(foreign_keys=[entered_by_id])
    withdrawn_by: Mapped[User | None] = relationship(foreign_keys=[withdrawn_by_id])
    elements: Mapped[list["DisputeElement"]] = relationship(back_populates="statement", order_by="DisputeElement.id")
    additions: Mapped[list["DisputeAddition"]] = relationship(order_by="DisputeAddition.id")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")

    @property
    def title(self) -> str:
        """Dispute statement 7."""
        return _l("Dispute statement %(number)s", number=str(self.id))

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None

    @property
    def student(self) -> Student:
        """The child whose State record is meant: after a merge or a split, the one to whom it belongs now."""
        return self.elements[0].state_record.student


class DisputeElement(Base):
    """One element that a statement disputes, in one State's record: it goes where that record goes."""

    __tablename__ = "dispute_element"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("dispute_statement.id"), index=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    section: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int]
    """The row of the section; 0: the State record itself."""
    what: Mapped[str] = mapped_column(String(200), default="")
    """Which row, in words."""
    key: Mapped[str] = mapped_column(String(40))
    """The element's key in the registry."""
    value_as_is: Mapped[str] = mapped_column(String(255))
    """In words, taken when the statement was entered; empty: not reported."""

    statement: Mapped[DisputeStatement] = relationship(back_populates="elements")
    state_record: Mapped[StateRecord] = relationship()


class DisputeAddition(Base):
    """What was added to a statement later."""

    __tablename__ = "dispute_addition"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("dispute_statement.id"), index=True)
    at: Mapped[moment]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text)

    by: Mapped[User] = relationship()
