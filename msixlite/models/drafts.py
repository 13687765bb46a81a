"""What somebody was writing when their session ended or locked."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, moment


class FormDraft(Base):
    """A form that arrived too late. Sealed, shown to its writer alone, and forgotten after twelve hours (A13)."""

    __tablename__ = "form_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    endpoint: Mapped[str] = mapped_column(String(80))
    """Which page it was, by its name."""
    path: Mapped[str] = mapped_column(String(500))
    """Where the form was sent."""
    fields: Mapped[str] = mapped_column(Text, info={"secret": True})
    """Names and values, sealed with the site's own key."""
    kept_at: Mapped[moment]
