"""Submissions: files of Minimum Data Elements that a State sent, and the rows that wait for mending."""

import enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, SaidText, json_dict, json_list, moment
from msixlite.models.users import User
from msixlite.models.words import _l


class SubmissionStatus(enum.Enum):
    RECEIVED = _l("received")
    """The file is kept; reading it has not ended."""
    APPLIED = _l("applied")
    REFUSED = _l("refused")
    """Nothing was taken; `message` says why."""


class Submission(Base):
    """One file from one State."""

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    """Bytes."""
    status: Mapped[SubmissionStatus] = mapped_column(default=SubmissionStatus.RECEIVED)
    message: Mapped[str] = mapped_column(SaidText, default="")
    """Why the whole file was refused."""
    tries: Mapped[int] = mapped_column(default=0)
    """How often reading it was begun: a file that ends the process is not taken up for ever."""
    received_at: Mapped[moment]
    applied_at: Mapped[moment | None]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: from the command line."""

    rows_read: Mapped[int] = mapped_column(default=0)
    rows_quarantined: Mapped[int] = mapped_column(default=0)
    children_new: Mapped[int] = mapped_column(default=0)
    """Unknown children that got a new MSIX ID; near matches are among them."""
    children_linked: Mapped[int] = mapped_column(default=0)
    """Unknown to the State, linked to a child already here."""
    children_changed: Mapped[int] = mapped_column(default=0)
    children_unchanged: Mapped[int] = mapped_column(default=0)
    near_matches: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[json_list] = mapped_column(default=list)

    uploaded_by: Mapped[User | None] = relationship()


class QuarantinedRow(Base):
    """A row that was not taken: where it stood, what is wrong, and how to mend it."""

    __tablename__ = "quarantined_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    section: Mapped[str] = mapped_column(String(20))
    table_name: Mapped[str] = mapped_column(String(60))
    row_number: Mapped[int]
    """As a spreadsheet shows it: the heading is row 1."""
    child: Mapped[str] = mapped_column(String(200))
    faults: Mapped[json_list]
    """[element, value, reason in plain words], one for each fault of the row."""
    content: Mapped[json_dict]
    """The whole row as sent, element key to text, so that it can be mended in place."""
