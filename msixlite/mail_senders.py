"""Ways for an e-mail to leave: a mail server (SMTP), a folder, the console. Each is a `domain.mail.Send`."""

import os
import re
import select
import smtplib
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from msixlite.config import Settings
from msixlite.domain.mail import SEALED_PART, SITE, PutOff, Refused, Send, Unanswered
from msixlite.models.mail import OutgoingMail

MAIL_LINKS = "links in e-mails"
"""The purpose of the seal on a token that waits in the outbox."""
NOTICED = 0.2
"""Seconds in which the end of a connection shows before the last line is sent."""


def sender(settings: Settings) -> Send:
    """The way that the settings name."""
    return {"file": to_folder, "console": to_console, "smtp": to_server}[settings.mail_sender](settings)


def message(mail: OutgoingMail, settings: Settings) -> EmailMessage:
    """The mail with its headers. Raises Refused where an address or the subject cannot stand in a header."""
    made = EmailMessage()
    try:
        made["Message-ID"] = mail.message_id
        made["Date"] = mail.written_at
        made["From"] = settings.mail_from
        made["To"] = mail.address
        made["Subject"] = mail.subject
    except ValueError as fault:
        raise Refused(f"The mail cannot be written: {fault}") from fault
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(_body(mail, settings))
    return made


def _body(mail: OutgoingMail, settings: Settings) -> str:
    body = mail.body.replace(SITE, settings.public_address + "/")
    return body.replace(SEALED_PART, settings.seal(MAIL_LINKS).open(mail.sealed_token)) if mail.sealed_token else body


def to_folder(settings: Settings) -> Send:
    """One .eml file a mail, named by its Message-ID: a second copy of one mail has no place there."""
    folder = settings.instance / "outbox"

    def send(mail: OutgoingMail, hand_over: Callable[[], None]) -> None:
        written = message(mail, settings).as_bytes()
        folder.mkdir(mode=0o700, exist_ok=True)
        hand_over()
        _write_once(folder / f"{re.sub(r'[^A-Za-z0-9_-]', '', mail.message_id)}.eml", written)

    return send


def _write_once(path: Path, written: bytes) -> None:
    arriving = path.with_suffix(".arriving")
    try:
        with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(written)
        arriving.rename(path)
    except OSError as fault:
        raise PutOff(str(fault)) from fault


def to_console(settings: Settings) -> Send:
    """Printed where the site was started."""

    def send(mail: OutgoingMail, hand_over: Callable[[], None]) -> None:
        written = message(mail, settings).as_string()
        hand_over()
        print(written, file=sys.stdout, flush=True)

    return send


def to_server(settings: Settings) -> Send:
    """By SMTP with STARTTLS or TLS. Whatever goes wrong before the last line only puts the mail off."""

    def send(mail: OutgoingMail, hand_over: Callable[[], None]) -> None:
        written = _dotted(message(mail, settings).as_bytes(policy=SMTP))
        with _connected(settings) as server:
            _before_the_last_line(server, settings.mail_from, mail.address, written)
            hand_over()
            _last_line(server)

    return send


def _dotted(written: bytes) -> bytes:
    """Lines that begin with a dot get another (RFC 5321, 4.5.2); the text ends with a line break."""
    return re.sub(rb"(?m)^\.", b"..", written.rstrip(b"\r\n") + b"\r\n")


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    try:
        server = _connect(settings)
    except (OSError, smtplib.SMTPException) as fault:
        raise PutOff(f"The mail server cannot be used: {fault}") from fault
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.close()


def _connect(settings: Settings) -> smtplib.SMTP:
    trusted = ssl.create_default_context(cafile=str(settings.smtp_authority) if settings.smtp_authority else None)
    seconds = float(settings.smtp_seconds)
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=seconds, context=trusted
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=seconds)
    if settings.smtp_security == "starttls":
        server.starttls(context=trusted)
    if settings.smtp_user:
        server.login(settings.smtp_user, settings.smtp_password)
    return server


def _before_the_last_line(server: smtplib.SMTP, sender: str, recipient: str, written: bytes) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        for answer, wanted in ((server.mail(sender), 250), (server.rcpt(recipient), 250), (server.docmd("DATA"), 354)):
            _check(answer, wanted)
        server.send(written)
        if not _still_listens(server):
            raise PutOff("The mail server ended the connection in the middle of the text.")
    except (OSError, smtplib.SMTPException) as fault:
        raise PutOff(f"The connection broke before the mail was handed over: {fault}") from fault


def _check(answer: tuple[int, bytes], wanted: int) -> None:
    code, words = answer
    said = f"{code} {words.decode(errors='replace')}"
    if code == wanted or (wanted == 250 and code in (251, 252)):
        return
    if 500 <= code < 600:
        raise Refused(said)
    raise PutOff(said)


def _still_listens(server: smtplib.SMTP) -> bool:
    """Nothing may come from the server in the middle of a text, unless it ends the connection."""
    line = server.sock
    if line is None:
        return False
    select.select([line], [], [], NOTICED)
    seconds = line.gettimeout()
    line.setblocking(False)
    try:
        line.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    finally:
        line.settimeout(seconds)
    return False


def _last_line(server: smtplib.SMTP) -> None:
    try:
        server.send(b".\r\n")
        answer = server.getreply()
    except (OSError, smtplib.SMTPException) as fault:
        raise Unanswered(f"The mail server did not say whether it took the mail: {fault}") from fault
    if answer[0] == -1:
        raise Unanswered("The mail server did not say whether it took the mail.")
    _check(answer, 250)
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
