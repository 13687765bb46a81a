"""Security and privacy training: who took which module when, and what a State adds to it."""

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class TrainingAttempt(Base):
    """One quiz that was sent in, passed or not."""

    __tablename__ = "training_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    module: Mapped[str] = mapped_column(String(40))
    taken_at: Mapped[moment]
    right: Mapped[int]
    asked: Mapped[int]
    passed: Mapped[bool]


class OutsideTraining(Base):
    """Training that a person took elsewhere, entered with its certificate by a User Administrator (A3)."""

    __tablename__ = "outside_training"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    module: Mapped[str] = mapped_column(String(40))
    """The module of the role that the person had when it was entered: a new role asks for its own."""
    taken_on: Mapped[date]
    certificate_token: Mapped[str] = mapped_column(String(43), info={"secret": True})
    """The name of the certificate in the site's folder; random, so that it cannot be guessed."""
    recorded_at: Mapped[moment]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    recorded_by: Mapped[User] = relationship(foreign_keys=recorded_by_id)


class StateTrainingText(Base):
    """What a State adds to every module."""

    __tablename__ = "state_training_text"

    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    """Paragraphs, with an empty line between them."""
    changed_at: Mapped[moment]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
