"""Files that people send as proof: no active content, a random name, readable by the owner only."""

import os
import re
from pathlib import Path

from msixlite.domain.errors import RuleBroken
from msixlite.models.base import random_token
from msixlite.models.words import _l

_ACTIVE_CONTENT = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")


def is_pdf(content: bytes) -> bool:
    """Whether it begins and ends as a PDF does."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


def holds_active_content(content: bytes) -> bool:
    """Whether a PDF holds scripts or other files (P9)."""
    plain = _HEX_IN_NAME.sub(lambda found: bytes((int(found[1], 16),)), content)
    return _ACTIVE_CONTENT.search(plain) is not None


def check_pdf(content: bytes, *, limit: int, what: str) -> None:
    """Raise RuleBroken where it is no plain PDF of at most `limit` bytes. `what` it is to be: a form, a certificate."""
    if len(content) > limit:
        raise RuleBroken(
            _l(
                "The %(what)s is larger than %(megabytes)s MB. Scan it in black and white.",
                what=what,
                megabytes=limit // 1024 // 1024,
            )
        )
    if not is_pdf(content):
        raise RuleBroken(_l("The %(what)s is not a PDF. Scan the %(what)s, or print it into a PDF.", what=what))
    if holds_active_content(content):
        raise RuleBroken(
            _l("The %(what)s holds scripts or other files. Print it into a new PDF and upload that.", what=what)
        )


def keep(content: bytes, *, folder: Path) -> str:
    """Write the file under a random name, readable by the owner only; returns the name."""
    folder.mkdir(mode=0o700, exist_ok=True)
    token = random_token()
    with os.fdopen(os.open(folder / token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return token
