"""Real SMTP servers for tests, on a port of this machine: some take mail, some misbehave in one exact way."""

import asyncio
import socket
import ssl
import subprocess
from contextlib import contextmanager
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Inbox:
    """Takes every mail and keeps it."""

    def __init__(self):
        self.taken = []
        self.users = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(message_from_bytes(envelope.content))
        return "250 OK: taken"

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        self.users.append(auth_data.login.decode())
        return AuthResult(success=auth_data.password == b"secret")


class PutsOff(Inbox):
    """Greylists: 451 for the first tries."""

    def __init__(self, tries=1):
        super().__init__()
        self.tries = tries

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.tries:
            self.tries -= 1
            return "451 4.7.1 Greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class PutsOffTheText(Inbox):
    """Says 452 after the whole text."""

    async def handle_DATA(self, server, session, envelope):
        return "452 4.3.1 Mailbox full"


class Refuses(Inbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        return "550 5.1.1 No such user here"


class Hangs(Inbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(30)


class DiesAfterTheText(Inbox):
    """Takes the mail, and ends the connection without a word."""

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(message_from_bytes(envelope.content))
        server.transport.abort()
        return "250 OK"


class DyingSMTP(SMTP):
    """Ends the connection in the middle of a text."""

    async def smtp_DATA(self, arg):
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


class _Controller(Controller):
    protocol = SMTP

    def factory(self):
        return self.protocol(self.handler, **self.SMTP_kwargs)


class _DyingController(_Controller):
    protocol = DyingSMTP


@contextmanager
def serving(handler, *, dies=False, **how):
    """The server's port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = (_DyingController if dies else _Controller)(handler, hostname="127.0.0.1", port=port, **how)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def certificate(folder):
    """A certificate for 127.0.0.1 that signs itself, and the context of a server that uses it."""
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", made),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context
