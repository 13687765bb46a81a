"""Evidence beside a correction request or a dispute statement: PDF or picture, told by its content (rule P9)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msixlite.domain import kept_files
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.attachments import Attachment
from msixlite.models.users import User
from msixlite.models.words import _l

MOST = 10
"""Files that one request or statement may have."""
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
"""Media type → how a saved copy's name ends. Nothing else is taken."""
_SIGNS = {
    "image/png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    "image/jpeg": (b"\xff\xd8\xff", b"\xff\xd9"),
}
"""How the content of a picture begins, and what stands at its end."""


@dataclass(frozen=True)
class Sent:
    """A file as a person sent it."""

    file_name: str
    content: bytes


def media_type(content: bytes) -> str | None:
    """By the content alone; None for what is not taken."""
    if kept_files.is_pdf(content):
        return "application/pdf"
    return next(
        (kind for kind, (start, end) in _SIGNS.items() if content.startswith(start) and end in content[-64:]), None
    )


def check(sent: Sequence[Sent], *, limit: int, already: int = 0) -> None:
    """Raise RuleBroken where a file is too large, of a kind that is not taken, or one too many. `limit`: bytes."""
    if len(sent) + already > MOST:
        raise RuleBroken(_l("At most %(most)s files stand beside one request or statement.", most=MOST))
    for number, one in enumerate(sent, 1):
        _check(one, _l("File %(number)s", number=number) if len(sent) > 1 else _l("The file"), limit)


def _check(one: Sent, which: str, limit: int) -> None:
    if len(one.content) > limit:
        raise RuleBroken(
            _l(
                "%(which)s is larger than %(megabytes)s MB. Scan it in black and white.",
                which=which,
                megabytes=limit // 1024 // 1024,
            )
        )
    kind = media_type(one.content)
    if kind is None:
        raise RuleBroken(
            _l("%(which)s is not a PDF, PNG or JPEG file. Scan the paper, or print the file into a PDF.", which=which)
        )
    if kind == "application/pdf" and kept_files.holds_active_content(one.content):
        raise RuleBroken(
            _l("%(which)s holds scripts or other files. Print it into a new PDF and attach that.", which=which)
        )


def keep(sent: Sequence[Sent], *, folder: Path, now: datetime, by: User) -> list[Attachment]:
    """Write checked files; the caller puts them beside what they belong to."""
    return [
        Attachment(
            token=kept_files.keep(one.content, folder=folder),
            file_name=_shown(one.file_name),
            media_type=media_type(one.content),
            size=len(one.content),
            sha256=hashlib.sha256(one.content).hexdigest(),
            added_at=now,
            added_by_id=by.id,
        )
        for one in sent
    ]


def _shown(file_name: str) -> str:
    """The last part of a path, without what cannot be printed."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable()).strip()[-120:] or "without a name"


def copy(attachment: Attachment) -> Attachment:
    """The same file, to stand beside another request too."""
    kept = ("token", "file_name", "media_type", "size", "sha256", "added_at", "added_by_id")
    return Attachment(**{name: getattr(attachment, name) for name in kept})


def among(attachments: Sequence[Attachment], attachment_id: int) -> Attachment:
    """The one of this number; of any other there is none here."""
    found = next((one for one in attachments if one.id == attachment_id), None)
    if found is None:
        raise NotFound("attachment")
    return found
