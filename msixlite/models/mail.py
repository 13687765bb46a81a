"""E-mail that leaves: an outbox written together with the deed, each try to send, and the State's own wording."""

import enum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User
from msixlite.models.words import _l


class MailStatus(enum.Enum):
    WAITING = _l("waiting")
    """To be sent at `next_try_at`; put off by the mail system if it was tried before."""
    SENDING = _l("sending")
    """Claimed by one process."""
    SENT = _l("sent")
    """The recipient's mail system took it."""
    REFUSED = _l("refused")
    """The recipient's mail system refused it for good, or returned it later (a bounce)."""
    GIVEN_UP = _l("given up")
    """Put off for 24 hours."""
    UNCERTAIN = _l("uncertain")
    """Handed over whole, but no answer came: it may have arrived. Never sent again by itself."""


class OutgoingMail(Base):
    """One e-mail to one person. It says nothing personal."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_due", "status", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    """The Message-ID header: the same at every try, so that a second copy is known as one."""
    template: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(20), default="", index=True)
    """What it is about: MN-2026-000123."""
    state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"), index=True)
    """The State that sends."""
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Whose deed wrote it; empty where a clock did."""
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Empty: it goes to somebody who has no account yet, at `recipient_address`."""
    recipient_address: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    sealed_token: Mapped[str | None] = mapped_column(String(255), info={"secret": True})
    """The random token of a link in the body, sealed; removed when the mail has ended. The body marks its place."""
    written_at: Mapped[moment]
    status: Mapped[MailStatus] = mapped_column(default=MailStatus.WAITING)
    next_try_at: Mapped[moment]
    try_until: Mapped[moment]
    """24 hours after it was written or sent again: then the sender hears that it did not go out."""
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(43), info={"secret": True})
    """The process that sends it at present."""
    claimed_at: Mapped[moment | None]
    handed_over_at: Mapped[moment | None]
    """Written before its last line is sent: from then on it may have arrived."""
    ended_at: Mapped[moment | None]

    sender: Mapped[User | None] = relationship(foreign_keys=sender_id)
    recipient: Mapped[User | None] = relationship(foreign_keys=recipient_id)
    attempts: Mapped[list["MailAttempt"]] = relationship(order_by="MailAttempt.id")

    @property
    def address(self) -> str:
        """Where it goes."""
        return self.recipient.email if self.recipient else self.recipient_address


class MailAttempt(Base):
    """One try to send a mail, or a word that came back later, in the mail system's own words."""

    __tablename__ = "mail_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outgoing_mail.id"), index=True)
    at: Mapped[moment]
    outcome: Mapped[str] = mapped_column(String(20))
    """sent, put off, refused, uncertain, returned, again."""
    answer: Mapped[str] = mapped_column(String(300), default="")


class MailTemplate(Base):
    """A State's own wording of one kind of e-mail; without a row the default holds."""

    __tablename__ = "mail_template"
    __table_args__ = (UniqueConstraint("state_code", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    key: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
