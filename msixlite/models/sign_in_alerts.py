"""Accounts that were used from two networks at nearly the same time."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class SignInAlert(Base):
    """A sign-in while another session, from another network, was in use: perhaps a shared or stolen password (A18)."""

    __tablename__ = "sign_in_alert"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[moment]
    """When the second of the two sessions began."""
    address: Mapped[str] = mapped_column(String(45))
    """Network address of the second session."""
    other_address: Mapped[str] = mapped_column(String(45))
    """Network address of the first session."""
    other_active_at: Mapped[moment]
    """When the first session was last used."""
    answered_at: Mapped[moment | None]
    was_me: Mapped[bool | None]
    """What the person said; empty until then."""
    looked_at: Mapped[moment | None]
    looked_at_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The User Administrator who has looked into it, whatever the person said."""

    user: Mapped[User] = relationship(foreign_keys=user_id)
