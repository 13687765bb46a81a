"""The family page's text where a State has approved its own."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base, moment


class FamilyText(Base):
    """A State's own text of the family page in both languages, in place of the built-in one."""

    __tablename__ = "family_text"

    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), primary_key=True)
    english: Mapped[str] = mapped_column(Text())
    spanish: Mapped[str] = mapped_column(Text())
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
