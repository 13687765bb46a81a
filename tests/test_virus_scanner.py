"""The virus scanner: a daemon that speaks clamd's protocol over a real connection, and a command."""

import io
import socketserver
import struct
import threading

import pytest

from msixlite import config, virus_scanner
from msixlite.domain.errors import RuleBroken
from tests.domain.test_accounts import PDF

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon(socketserver.BaseRequestHandler):
    """What clamd does with INSTREAM: pieces after their length, until an empty one."""

    def handle(self):
        stream = self.request.makefile("rb")
        if stream.read(10) != b"zINSTREAM\0":
            return
        content = b""
        while (length := struct.unpack("!L", stream.read(4))[0]) > 0:
            content += stream.read(length)
        self.server.seen.append(content)
        if self.server.says is None:
            return
        found = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        self.request.sendall((self.server.says or found) + b"\0")


@pytest.fixture
def daemon(request, tmp_path):
    """A listening daemon; its address as the setting names it."""
    servers = []

    def start(kind="tcp", says=b""):
        if kind == "tcp":
            server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon)
            address = f"tcp:127.0.0.1:{server.server_address[1]}"
        else:
            server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd.ctl"), Daemon)
            address = f"unix:{tmp_path / 'clamd.ctl'}"
        server.says, server.seen = says, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server, address

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def check(content, address, seconds=5):
    virus_scanner.check(io.BytesIO(content), address, seconds=seconds)


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_a_clean_file_passes_whole(daemon, kind):
    server, address = daemon(kind)
    content = b"clean" * 50_000
    check(content, address)
    assert server.seen == [content]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_a_virus_is_named_and_refused(daemon, kind):
    _server, address = daemon(kind)
    with pytest.raises(RuleBroken, match=r"found Eicar-Test-Signature in this file\. It was not kept"):
        check(b"x" * 70_000 + EICAR, address)


@pytest.mark.parametrize(
    "says",
    [b"INSTREAM size limit exceeded. ERROR", b"stream: Can't open file ERROR", b"", None, b"stream: OK ERROR"],
)
def test_any_other_answer_refuses(daemon, says):
    _server, address = daemon(says=says)
    if says == b"":
        check(b"x", address)
        return
    with pytest.raises(RuleBroken, match="does not answer"):
        check(b"x", address)


@pytest.mark.parametrize("address", ["tcp:127.0.0.1:9", "unix:/nowhere/clamd.ctl", "tcp:127.0.0.1:x", "/nowhere/scan"])
def test_a_scanner_that_cannot_be_reached_refuses(address):
    with pytest.raises(RuleBroken, match="does not answer"):
        check(b"x", address)


def test_one_that_never_answers_refuses_in_time():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RuleBroken, match="does not answer"):
        check(b"x", f"tcp:127.0.0.1:{silent.getsockname()[1]}", seconds=0.3)


@pytest.fixture
def command(tmp_path):
    """A program that behaves like clamdscan: 0 clean, 1 found, 2 failed."""
    program = tmp_path / "clamdscan"
    program.write_text(
        "#!/bin/sh\nif grep -q EICAR-STANDARD; then echo 'stream: Eicar FOUND'; exit 1; fi\n"
        "[ -e \"$0.broken\" ] && { echo 'ERROR: Could not connect to clamd' >&2; exit 2; }\necho 'stream: OK'\n"
    )
    program.chmod(0o700)
    return program


def test_the_command(command):
    check(b"clean", str(command))
    with pytest.raises(RuleBroken, match="found Eicar in"):
        check(EICAR, str(command))
    command.with_name("clamdscan.broken").touch()
    with pytest.raises(RuleBroken, match="does not answer"):
        check(b"clean", str(command))


@pytest.mark.parametrize("value", ["yes", "clamdscan", "http://localhost"])
def test_a_setting_that_names_no_scanner_is_refused(tmp_path, value):
    with pytest.raises(config.ConfigError, match="virus_scanner"):
        config.load({"MSIXLITE_INSTANCE": str(tmp_path), "MSIXLITE_VIRUS_SCANNER": value})


class TestOnTheSite:
    """Everything that is uploaded goes through it."""

    @pytest.fixture
    def scanned(self, app, daemon):
        from dataclasses import replace

        server, address = daemon()
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], virus_scanner=address)
        return server

    def certificate(self, as_, person, content, expect):
        form = {"taken_on": "2026-11-01", "certificate": (io.BytesIO(content), "c.pdf")}
        return as_("state_user_administrator").send(
            f"/training/elsewhere/{person('msix_primary').id}", form, expect=expect
        )

    def test_a_certificate(self, scanned, as_, person, settings):
        text = self.certificate(as_, person, PDF.replace(b"trailer", EICAR + b" trailer"), 422).text
        assert "found Eicar-Test-Signature" in text
        assert not settings.training_certificates.exists()
        self.certificate(as_, person, PDF, 303)
        assert scanned.seen[-1] == PDF

    def test_a_submission(self, scanned, as_, app, settings):
        client = as_("state_data_administrator")
        form = {"file": (io.BytesIO(b"First Name\n" + EICAR), "students.csv")}
        assert "found Eicar-Test-Signature" in client.send("/uploads/", form, expect=422).text
        assert not [one for one in (settings.instance / "submissions").iterdir() if "arriving" in one.name]
        form = {"file": (io.BytesIO(b"First Name\nAna"), "students.csv")}
        client.send("/uploads/", form, expect=303)
        app.extensions["upload_pool"].shutdown(wait=True)

    def test_an_application(self, scanned, visitor, settings):
        form = {
            **dict.fromkeys(("first_name", "last_name", "title", "phone", "work_address", "intended_use"), "x"),
            **dict.fromkeys(("verifier_name", "verifier_title", "verifier_phone"), "y"),
            "email": "nela@example.gov",
            "role": "msix_primary",
            "place": "state-TX",
            "trained_on": "2026-01-15",
            "identity_document": "passport",
            "need_attested": "y",
            "signed_form": (io.BytesIO(PDF.replace(b"trailer", EICAR + b" trailer")), "form.pdf"),
        }
        text = visitor.send("/get-an-account?state=TX", form, expect=422).text
        assert "found Eicar-Test-Signature" in text
        assert not settings.account_forms.exists()

    def test_one_that_is_set_but_gone_refuses(self, app, as_, person, settings):
        from dataclasses import replace

        app.config["SETTINGS"] = replace(app.config["SETTINGS"], virus_scanner="tcp:127.0.0.1:9")
        assert "does not answer" in self.certificate(as_, person, PDF, 422).text
        assert not settings.training_certificates.exists()
