"""What left the site: prints, files and fax cover sheets, each under a serial."""

import enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.users import User


class ExportKind(enum.Enum):
    RECORD_PRINT = "record_print"
    RECORD_FILE = "record_file"
    DISCLOSURES_PRINT = "disclosures_print"
    WORKLIST_FILE = "worklist_file"
    AUDIT_FILE = "audit_file"
    FAX_COVER = "fax_cover"
    REQUEST_PRINT = "request_print"
    PROVIDED_FILE = "provided_file"
    MORNING_SHEET = "morning_sheet"
    CORRECTION_LETTER = "correction_letter"
    MOVE_PRINT = "move_print"
    PACKET_PRINT = "packet_print"
    SEARCH_FILE = "search_file"
    REQUESTS_FILE = "requests_file"
    SUMMARY_FILE = "summary_file"


class Destruction(enum.Enum):
    """How a copy came to its end (rule P2)."""

    SHREDDED = "shredded"
    WIPED = "wiped"
    FILED = "filed"


class Export(Base):
    """A copy that left the site. Its serial stands on it; a tick says when and how it was destroyed."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(12), unique=True)
    made_at: Mapped[moment]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[ExportKind]
    subject: Mapped[str] = mapped_column(String(80), default="", index=True)
    """Whom it concerns, in the words of the audit trail: msix 123456789012."""
    note: Mapped[str] = mapped_column(String(200), default="")
    """Format and reason of a file; the recipient of a fax."""
    encrypted: Mapped[bool] = mapped_column(default=False)
    destroyed_at: Mapped[moment | None]
    destroyed_how: Mapped[Destruction | None]

    user: Mapped[User] = relationship()
