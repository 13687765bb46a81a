"""How long the server waits for a request: a sender of a byte a second must not hold its threads."""

import os
import socket
import ssl
from time import monotonic
from typing import Any

from cheroot.errors import FatalSSLAlert
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from msixlite.config import Settings

GRACE = 10
"""Seconds that a body may take to begin, before its speed counts."""
PLAIN = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"This server only speaks HTTPS on this port.\r\n"
)


class _TimedSocket(socket.SocketIO):
    """Reads from a connection until the time for this part of the request is over."""

    def __init__(self, connection: socket.socket, settings: Settings) -> None:
        super().__init__(connection, "rb")
        self._connection, self._settings = connection, settings
        self.head_begins()

    def head_begins(self) -> None:
        self._began, self._received, self._in_body = monotonic(), 0, False

    def body_begins(self) -> None:
        self._began, self._received, self._in_body = monotonic(), 0, True

    def _ends(self) -> float:
        if not self._in_body:
            return self._began + self._settings.header_seconds
        grace = min(GRACE, self._settings.body_seconds)
        by_speed = grace + self._received / self._settings.body_slowest
        return self._began + min(self._settings.body_seconds, by_speed)

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends() - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        usual = self._connection.gettimeout()
        self._connection.settimeout(left if usual is None else min(left, usual))
        try:
            count = super().readinto(buffer)
        except TimeoutError as fault:
            if isinstance(self._connection, ssl.SSLSocket) and self._connection.version() is None:
                raise FatalSSLAlert("the handshake took too long") from fault  # an answer would go on with it
            raise
        except ssl.SSLError as fault:
            raise _as_cheroot_knows_it(fault, self._connection) from fault
        finally:
            if self._connection.fileno() != -1:
                self._connection.settimeout(usual)
        self._received += count or 0
        return count


def _as_cheroot_knows_it(fault: ssl.SSLError, connection: socket.socket) -> Exception:
    """The handshake failed: somebody who speaks plain HTTP gets a plain answer, all others none."""
    if fault.reason == "HTTP_REQUEST":
        os.write(connection.fileno(), PLAIN)
    return FatalSSLAlert(*fault.args)


class _TimedReader(StreamReader):  # type: ignore[misc]
    def __init__(self, connection: socket.socket, settings: Settings, size: int) -> None:
        super(StreamReader, self).__init__(_TimedSocket(connection, settings), size)
        self.bytes_read = 0


class _TimedRequest(HTTPRequest):  # type: ignore[misc]
    def respond(self) -> None:
        self.conn.rfile.raw.body_begins()
        super().respond()


def connection_class(settings: Settings) -> type:
    """Connections whose requests must be there in time."""

    def files(connection: socket.socket, mode: str, size: int) -> Any:
        if "r" not in mode:
            return StreamWriter(connection, mode, size)
        return _TimedReader(connection, settings, size)

    class TimedConnection(HTTPConnection):  # type: ignore[misc]
        RequestHandlerClass = _TimedRequest

        def __init__(self, server: Any, connection: socket.socket, _makefile: Any) -> None:
            super().__init__(server, connection, files)

        def communicate(self) -> bool:
            self.rfile.raw.head_begins()
            return bool(super().communicate())

    return TimedConnection


class LateHandshake(BuiltinSSLAdapter):  # type: ignore[misc]
    """TLS whose handshake is made by the thread that serves: in the one that accepts it would hold up everybody."""

    def wrap(self, connection: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        wrapped = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}
