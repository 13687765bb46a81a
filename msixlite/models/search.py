"""What search and matching look children up by: plain tables, kept beside the State records."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from msixlite.models.base import Base


class NameToken(Base):
    """A folded word of children's names, once, with the number of children who have it now."""

    __tablename__ = "name_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(60), unique=True)
    children: Mapped[int]
    """How usual the word is; 0 where no child has it any more."""


class NameKey(Base):
    """What a misspelt word is found by: the word with letters left out, and how it sounds."""

    __tablename__ = "name_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("name_token.id"), primary_key=True)


class NamePair(Base):
    """Two words that stand in one child's names, as one number: low << 22 | high; a word alone is paired with itself.

    Without foreign keys: a dozen rows a child, written and deleted together with its ChildName rows.
    """

    __tablename__ = "name_pair"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pair: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    student_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class ChildName(Base):
    """One way in which a State names and dates a child, folded: what a search compares, and what it is found by."""

    __tablename__ = "child_name"
    __table_args__ = ({"sqlite_with_rowid": False},)

    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2 …, one for each different naming."""
    surnames: Mapped[str] = mapped_column(String(400))
    given: Mapped[str] = mapped_column(String(400))
    born: Mapped[date] = mapped_column(index=True)
    seen: Mapped[date]
    """Last enrollment, withdrawal or arrival of the child; where there is none, its birth date."""


class BlockKey(Base):
    """A key under which State records of one child meet, however they were misspelt."""

    __tablename__ = "block_key"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), primary_key=True, index=True)
