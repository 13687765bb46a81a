"""Senders of a byte now and then, over real connections: everybody else is still answered."""

import http.client
import re
import socket
import ssl
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from msixlite import certificates
from msixlite.server import make
from msixlite.web import create_app

THREADS = 3
PATIENCE = {"header_seconds": 1, "body_seconds": 2, "threads": THREADS}
HEAD = b"POST /consent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def serving(settings):
    """`serving(tls=…)`: a server with few threads and little patience; its port and its application."""
    started = []

    def start(**other):
        ours = replace(settings, host="127.0.0.1", port=0, **PATIENCE, **other)
        app = create_app(ours)
        server = make(ours, app)
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        started.append((server, app))
        return server.bind_addr[1], app

    yield start
    for server, app in started:
        server.stop()
        app.extensions["upload_pool"].shutdown(wait=True)
        app.config["SESSIONS"].kw["bind"].dispose()


class Slow:
    """As many slow senders as the server has threads, and two more."""

    def __init__(self, port, beginning, piece=b"x"):
        self.links = [socket.create_connection(("127.0.0.1", port)) for _ in range(THREADS + 2)]
        for link in self.links:
            link.sendall(beginning)
        self.piece, self.going = piece, True
        threading.Thread(target=self._drip, daemon=True).start()
        time.sleep(0.3)

    def _drip(self):
        while self.going:
            for link in self.links:
                try:
                    link.sendall(self.piece)
                except OSError:
                    continue
            time.sleep(0.2)

    def end(self):
        self.going = False
        for link in self.links:
            link.close()


def seconds_until_answered(port, context=None):
    began = time.monotonic()
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    link = kind("127.0.0.1", port, timeout=15, **({"context": context} if context else {}))
    link.request("GET", "/healthz")
    assert link.getresponse().status == 200
    return time.monotonic() - began


@pytest.mark.parametrize(
    "beginning",
    [b"GET /help HTTP/1.1\r\nX-Slow: ", HEAD + b"Cookie: msixlite=x\r\nContent-Length: 100000\r\n\r\n"],
    ids=["head", "body"],
)
def test_others_are_answered(serving, beginning):
    port, _app = serving()
    slow = Slow(port, beginning)
    try:
        assert seconds_until_answered(port) < 6
    finally:
        slow.end()


def test_others_are_answered_under_tls_too(serving, tmp_path):
    """A handshake that does not go on holds neither the one who accepts nor a thread for long."""
    files = certificates.make(tmp_path / "tls", ["localhost", "127.0.0.1"])
    port, _app = serving(tls_certificate=files.certificate, tls_key=files.key)
    slow = Slow(port, b"\x16\x03\x01\x02\x00", piece=b"\x00")
    try:
        assert seconds_until_answered(port, ssl.create_default_context(cafile=files.authority)) < 6
    finally:
        slow.end()


def test_the_slow_one_is_told(serving):
    port, _app = serving()
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(5)
        link.sendall(b"GET /help HTTP/1.1\r\n")
        assert b"408" in link.recv(200)


def test_a_slow_body_holds_no_lock_of_the_database(serving, as_):
    """A form in the middle of its way, of somebody signed in: somebody else writes meanwhile."""
    port, app = serving()
    cookie = as_("msix_primary").get_cookie("msixlite").value.encode()
    head = HEAD.replace(b"/consent", b"/me/") + b"Cookie: msixlite=" + cookie
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(head + b"\r\nContent-Length: 100000\r\n\r\ncsrf")
        time.sleep(0.7)
        began = time.monotonic()
        with app.config["SESSIONS"]() as db, db.begin():
            db.execute(text("UPDATE state SET name = name"))
        assert time.monotonic() - began < 0.8


def test_a_form_in_pieces_that_comes_in_time_is_taken(serving):
    port, _app = serving()
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request("GET", "/consent")
    answer = link.getresponse()
    token = re.search(r'"X-CSRFToken": "([^"]+)"', answer.read().decode()).group(1)
    body = f"csrf_token={token}".encode()
    cookie = answer.headers["Set-Cookie"].partition(";")[0].encode()
    with socket.create_connection(("127.0.0.1", port)) as slowly:
        slowly.settimeout(10)
        slowly.sendall(HEAD + b"Cookie: " + cookie + b"\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 40):
            slowly.sendall(body[at : at + 40])
            time.sleep(0.1)
        assert b"303" in slowly.recv(200)


def test_busy_answers_say_when_to_try_again(app, visitor):
    from werkzeug.exceptions import ServiceUnavailable

    from msixlite.web.access import public

    def busy():
        raise ServiceUnavailable

    app.view_functions["help.health"] = public(busy)
    assert visitor.get("/healthz", expect=503).headers["Retry-After"] == "10"
