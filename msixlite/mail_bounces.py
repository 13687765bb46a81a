"""Reading a delivery status notification (RFC 3464): which mail came back, and why."""

from email import message_from_bytes
from email.message import Message
from email.policy import default

from msixlite.domain.errors import RuleBroken


def read(written: bytes) -> tuple[str, str]:
    """Message-ID of the mail that came back, and the words of the mail system that returned it."""
    report = message_from_bytes(written, policy=default)
    message_id = next((found for part in report.walk() if (found := _original(part, report))), "")
    if not message_id:
        raise RuleBroken("This e-mail does not say which mail came back.")
    words = next((str(part["Diagnostic-Code"]) for part in report.walk() if part["Diagnostic-Code"]), "returned")
    return message_id, words


def _original(part: Message, report: Message) -> str:
    """The Message-ID of the mail that came back stands in a part of the report, not in the report's own header."""
    own = part["Message-ID"] if part is not report else None
    if own:
        return str(own).strip()
    if part.get_content_type() == "text/rfc822-headers":
        headers = message_from_bytes(part.get_payload(decode=True) or b"", policy=default)
        return str(headers["Message-ID"] or "").strip()
    return ""
