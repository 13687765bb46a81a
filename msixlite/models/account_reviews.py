"""The yearly look through all accounts: keep, change or close each, then sign (rule A36)."""

import enum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User
from msixlite.models.words import _l


class ReviewDecision(enum.Enum):
    KEEP = _l("keep")
    CHANGE = _l("change")
    """Needed, but not as it is: the administrator changes role or place."""
    CLOSE = _l("close")
    """Not needed any more: the account is deactivated."""


class AccountReview(Base):
    """One year's review of the accounts that its administrator manages."""

    __tablename__ = "account_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"), index=True)
    """Empty: the State User Administrators of all States."""
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    started_at: Mapped[moment]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    signed_at: Mapped[moment | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    started_by: Mapped[User] = relationship(foreign_keys=started_by_id)
    signed_by: Mapped[User | None] = relationship(foreign_keys=signed_by_id)


class ReviewLine(Base):
    """One account in a review."""

    __tablename__ = "review_line"
    __table_args__ = (UniqueConstraint("review_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("account_review.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[ReviewDecision | None]
    words: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    review: Mapped[AccountReview] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
