"""Merges and splits of children: flagged by one person, made true by another, undone from a snapshot."""

import enum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_dict, moment
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l


class ChangeKind(enum.Enum):
    MERGE = _l("merge")
    SPLIT = _l("split")


class ChangeStatus(enum.Enum):
    INITIATED = _l("initiated")
    """Locked: no other merge or split may flag these children."""
    VALIDATED = _l("validated")
    REJECTED = _l("rejected")
    WITHDRAWN = _l("withdrawn")
    UNDONE = _l("undone")


class IdentityChange(Base):
    """A merge of two or more children, or a split of one."""

    __tablename__ = "identity_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ChangeKind]
    status: Mapped[ChangeStatus] = mapped_column(default=ChangeStatus.INITIATED)
    master_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    """The child that keeps its MSIX ID."""
    names: Mapped[str] = mapped_column(String(300))
    """Whom it is about, as they were called when it was begun."""
    reason: Mapped[str] = mapped_column(String(500))
    obstacles_accepted: Mapped[bool] = mapped_column(default=False)
    """Overlapping enrollments, a multiple birth or an earlier “different children” stood against it, and whoever began
    it, or validated it, looked at them and explained them."""
    picture: Mapped[str] = mapped_column(String(64))
    """Hash of the State records as the initiator saw them."""
    initiated_at: Mapped[moment]
    initiated_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty though it is decided: the system did it, because the State switched that on."""
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    by_single_administrator: Mapped[bool] = mapped_column(default=False)
    """The initiator validated it alone: the State has one administrator and switched that on."""
    snapshot: Mapped[json_dict] = mapped_column(default=dict)
    """Who was whose before, so that an undo restores exactly that."""
    applied_number: Mapped[int | None] = mapped_column(unique=True)
    """The order in which changes that stand were made true: the last one of a child is undone first."""
    undone_at: Mapped[moment | None]
    """When it was undone; of one that waits, when its decision was taken back."""
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    undo_reason: Mapped[str] = mapped_column(String(500), default="")

    master: Mapped[Student] = relationship()
    parts: Mapped[list["IdentityChangePart"]] = relationship(order_by="IdentityChangePart.id")
    initiated_by: Mapped[User] = relationship(foreign_keys=[initiated_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])

    @property
    def title(self) -> str:
        """Merge 7."""
        return _l("%(kind)s %(number)s", kind=self.kind.value.capitalize(), number=str(self.id))


class IdentityChangePart(Base):
    """A child to be merged, or a State record to be split off."""

    __tablename__ = "identity_change_part"
    __table_args__ = (UniqueConstraint("change_id", "student_id", "state_record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("identity_change.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), index=True)
    """Merge: the child that joins or, being the master, is joined. Split: the child that is split."""
    state_record_id: Mapped[int | None] = mapped_column(ForeignKey("state_record.id"), index=True)
    new_child: Mapped[int] = mapped_column(default=0)
    """Split: 1, 2 …, State records with the same number become one new child."""

    student: Mapped[Student] = relationship()
    state_record: Mapped[StateRecord | None] = relationship()


class PendingChange(Base):
    """The lock: a child is in one pending merge or split at most, and the database itself sees to it."""

    __tablename__ = "pending_change"

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True, autoincrement=False)
    change_id: Mapped[int] = mapped_column(ForeignKey("identity_change.id"), index=True)
