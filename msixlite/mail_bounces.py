"""Reading a delivery status notification (RFC 3464): which mail came back for good, and why."""

from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message

from msixlite.domain.errors import RuleBroken

LONGEST_ANSWER = 300


def read(written: bytes) -> tuple[str, str]:
    """Message-ID of the mail that came back, and the words of the mail system that returned it.

    A report that says “delayed”, “delivered” or “relayed” (RFC 3464, 2.3.3) is refused, and so is a mail that is no
    report: a colleague's mail with ours attached says nothing about what became of ours.
    """
    try:
        report = message_from_bytes(written)
        parts = list(report.walk())
    except RecursionError:
        raise RuleBroken("This e-mail is nested too deep to be read.") from None
    words = _answer_of_failure(parts)
    message_id = next((found for part in parts[1:] if (found := _message_id(part))), "")
    if not message_id:
        raise RuleBroken("This e-mail does not say which mail came back.")
    return message_id, words


def _answer_of_failure(parts: Iterable[Message]) -> str:
    """The words of the first recipient whose mail failed; they stand in the blocks of the delivery status."""
    blocks = [block for part in parts if part.get_content_type() == "message/delivery-status" for block in part.walk()]
    if not blocks:
        raise RuleBroken("This e-mail is no delivery report.")
    failed = [block for block in blocks if str(block["Action"] or "").split(" ")[0].strip().lower() == "failed"]
    if not failed:
        raise RuleBroken("This report does not say that a mail failed.")
    words = failed[0]["Diagnostic-Code"] or failed[0]["Status"] or "returned"
    readable = "".join(letter if letter.isprintable() else " " for letter in str(words))
    return " ".join(readable.split())[:LONGEST_ANSWER]


def _message_id(part: Message) -> str:
    """It stands in the header of the mail that came back, or in the text where only its header came back."""
    if part.get_content_type() != "text/rfc822-headers":
        return str(part["Message-ID"] or "").strip()
    headers = message_from_bytes(part.get_payload(decode=True) or b"")
    return str(headers["Message-ID"] or "").strip()
