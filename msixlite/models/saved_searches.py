"""Searches that people keep under a name of their own."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, json_dict, moment


class SavedSearch(Base):
    """A search that a person asks again. Its criteria hold names, so that only its token stands in addresses."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token: Mapped[str] = mapped_column(String(43), unique=True)
    text: Mapped[str] = mapped_column(String(200))
    fields: Mapped[json_dict | None]
    filters: Mapped[json_dict]
    """How the list was narrowed and ordered."""
    saved_at: Mapped[moment]
