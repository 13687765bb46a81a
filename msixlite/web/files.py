"""Files that people send: read up to their limit, looked at by the virus scanner, then checked (rule P9)."""

import io

from flask import g

from msixlite import virus_scanner
from msixlite.domain import kept_files
from msixlite.web.middleware import release_lock


def read_attachment(file, *, what: str) -> bytes:
    """The bytes of a plain PDF, such as a certificate. Raises RuleBroken."""
    limit = g.settings.form_megabytes * 1024 * 1024
    content = file.stream.read(limit + 1)
    kept_files.check_pdf(content, limit=limit, what=what)
    scan(io.BytesIO(content))
    return content


def scan(content) -> None:
    """Ask the virus scanner, where the site has one. Others may write meanwhile. Raises RuleBroken."""
    if g.settings.virus_scanner:
        release_lock()
        virus_scanner.check(content, g.settings.virus_scanner, seconds=g.settings.virus_scanner_seconds)
