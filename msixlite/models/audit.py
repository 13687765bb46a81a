"""The audit trail: one hash-chained event for each request, and the chain's head."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, json_dict, json_list, moment


class AuditEvent(Base):
    """Who did what, to whom, when, with which outcome. Never changed, never deleted."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_use", "user_id", "outcome", "action", "at"),)
    """When a person last did what, without reading the events themselves (rule A33)."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap."""
    at: Mapped[moment] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Empty: nobody was signed in, or the system itself acted."""
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(80), default="", index=True)
    """Whom or what it concerned: student 123456789012, submission 7."""
    outcome: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(45), default="")
    detail: Mapped[json_dict]
    changes: Mapped[json_list]
    """[table, row, column, old, new]; secrets are named, never shown."""
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of the chain, one row: a trail cut short no longer meets it. Writers lock it first."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
