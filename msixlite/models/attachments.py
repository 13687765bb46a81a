"""Files that people attach as evidence: what is known of them. Their content lies outside of everything served."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class Attachment(Base):
    """A file beside a correction request or a dispute statement. Never changed."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("(correction_id IS NULL) <> (dispute_id IS NULL)", name="belongs_to_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("correction_request.id"), index=True)
    dispute_id: Mapped[int | None] = mapped_column(ForeignKey("dispute_statement.id"), index=True)
    token: Mapped[str] = mapped_column(String(43))
    """Name of the file in the site's folder; a request that was forwarded shares it."""
    file_name: Mapped[str] = mapped_column(String(120))
    """As the sender called it."""
    media_type: Mapped[str] = mapped_column(String(40))
    """By its content, not by its name."""
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[moment]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    added_by: Mapped[User] = relationship()
