"""What search and matching look children up by: plain tables, kept beside the State records."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base


class NameToken(Base):
    """A folded word of some child's names, once, with the number of children who have it."""

    __tablename__ = "name_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(60), unique=True)
    children: Mapped[int]
    """Document frequency: how usual the word is."""


class NameKey(Base):
    """What a misspelt word is found by: the word with letters left out, and how it sounds."""

    __tablename__ = "name_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("name_token.id"), primary_key=True)


class NamePair(Base):
    """Two words that stand in one child's names, as one number: low << 22 | high."""

    __tablename__ = "name_pair"

    pair: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True, index=True)


class NamePost(Base):
    """A word of a child's names, the children seen last first."""

    __tablename__ = "name_post"
    __table_args__ = (Index("ix_name_post_token_id_seen", "token_id", "seen"),)

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("name_token.id"), primary_key=True)
    seen: Mapped[date]
    """Last enrollment, withdrawal or arrival of the child."""


class BlockKey(Base):
    """A key under which State records of one child meet, however they were misspelt."""

    __tablename__ = "block_key"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), primary_key=True, index=True)
