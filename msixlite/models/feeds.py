"""Calendar feeds: a secret address each, through which a calendar program reads a person's due dates."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class CalendarFeed(Base):
    """One secret link. It is shown once; kept is its hash, so that nobody reads it out of the database."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    made_at: Mapped[moment]
    revoked_at: Mapped[moment | None]

    user: Mapped[User] = relationship()
