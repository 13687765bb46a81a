"""Requests for an account: the User Application Form, from the applicant to the account or the refusal."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.places import District, Region, State
from msixlite.models.users import Role, User
from msixlite.models.words import _l


class RequestStatus(enum.Enum):
    REQUESTED = _l("requested")
    VERIFIED = _l("verified")
    """The verifying authority confirmed identity and need."""
    APPROVED = _l("approved")
    """The approving authority agreed; the account may be created."""
    CREATED = _l("created")
    REFUSED = _l("refused")


class IdentityDocument(enum.Enum):
    """What the verifying authority saw."""

    DRIVER_LICENSE = _l("driver's license or State ID card")
    EMPLOYEE_CARD = _l("employee identity card")
    PASSPORT = _l("passport")
    OTHER = _l("other government identity document")


class AccountRequest(Base):
    """One application. Kept three years after the access ends, or after the refusal (34 CFR 200.85(f)(4))."""

    __tablename__ = "account_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[RequestStatus] = mapped_column(default=RequestStatus.REQUESTED)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    """The applicant's position."""
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(30))
    work_address: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role]
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    intended_use: Mapped[str] = mapped_column(Text)
    trained_on: Mapped[date]
    """The applicant's last cyber security training."""

    verifier_name: Mapped[str] = mapped_column(String(120))
    verifier_title: Mapped[str] = mapped_column(String(120))
    verifier_phone: Mapped[str] = mapped_column(String(30))
    identity_document: Mapped[IdentityDocument]
    """What the verifying authority, the direct supervisor or higher, saw."""
    need_attested: Mapped[bool]

    form_token: Mapped[str] = mapped_column(String(43), info={"secret": True})
    """The name of the signed form in the site's folder; random, so that it cannot be guessed. Empty: it was removed."""
    requested_at: Mapped[moment]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """The account that was made."""

    state: Mapped[State] = relationship()
    region: Mapped[Region | None] = relationship()
    district: Mapped[District | None] = relationship()
    user: Mapped[User | None] = relationship()
    documents: Mapped[list["RequestDocument"]] = relationship(order_by="RequestDocument.id")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def place(self) -> str:
        """Where the account is to belong, in words."""
        part = self.district or self.region
        return f"{part.name}, {self.state_code}" if part else _l("All of %(state)s", state=self.state.name)


class RequestDocument(Base):
    """One line of the State's list as it stood when the application was sent, ticked by the applicant."""

    __tablename__ = "request_document"
    __table_args__ = (CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_pair"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("account_request.id"), index=True)
    text: Mapped[str] = mapped_column(String(160))
    seen_at: Mapped[moment | None]
    """When the User Administrator who verified the application ticked it as seen."""
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    seen_by: Mapped[User | None] = relationship()


class RequestDraft(Base):
    """An application that is not sent yet (status Draft): whoever has its random token goes on with it."""

    __tablename__ = "request_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    """SHA-256 of the token, which stands in the applicant's link and nowhere here."""
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    fields: Mapped[str] = mapped_column(Text, info={"secret": True})
    """What was typed, sealed. Never the signed form."""
    saved_at: Mapped[moment]
    ends_at: Mapped[moment] = mapped_column(index=True)
    """From then on it opens no more; the day's work removes it."""
    is_mailed: Mapped[bool] = mapped_column(default=False)
    """The link went to the address that the applicant gave."""


class RequestDecision(Base):
    """One step of an application: who decided what, when, and how they made sure."""

    __tablename__ = "request_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("account_request.id"), index=True)
    status: Mapped[RequestStatus]
    """What the application became."""
    words: Mapped[str] = mapped_column(String(300), default="")
    """How the verifying authority was reached, or why the application was refused."""
    at: Mapped[moment]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship()
