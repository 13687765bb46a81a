"""TLS in the process itself, over a real connection; and no way around it."""

import http.client
import json
import re
import ssl
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from msixlite import certificates, cli, config
from msixlite.server import make
from msixlite.web import create_app


@pytest.fixture
def files(tmp_path):
    return certificates.make(tmp_path / "tls", ["localhost", "127.0.0.1"])


def served(app, settings, files):
    tls = {"tls_certificate": files.certificate, "tls_key": files.key}
    server = make(replace(settings, host="127.0.0.1", port=0, **tls), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    return server


@pytest.fixture
def secure(settings, files):
    app = create_app(replace(settings, tls_certificate=files.certificate, tls_key=files.key))
    server = served(app, settings, files)
    yield server.bind_addr[1]
    server.stop()
    app.extensions["upload_pool"].shutdown(wait=True)
    app.config["SESSIONS"].kw["bind"].dispose()


def connection(port, authority, host="localhost"):
    return http.client.HTTPSConnection(host, port, context=ssl.create_default_context(cafile=authority))


class TestRealConnection:
    def test_cookies_and_headers(self, secure, files):
        link = connection(secure, files.authority)
        link.request("GET", "/consent")
        answer = link.getresponse()
        assert answer.status == 200
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-msixlite=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in cookie
        assert "Domain" not in cookie
        assert re.fullmatch(r"max-age=\d{8}; includeSubDomains", answer.headers["Strict-Transport-Security"])

    def test_a_form_is_taken(self, secure, files):
        link = connection(secure, files.authority)
        link.request("GET", "/consent")
        answer = link.getresponse()
        text, cookie = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
        token = re.search(r'"X-CSRFToken": "([^"]+)"', text).group(1)
        address = f"https://localhost:{secure}"
        sent = {"Cookie": cookie, "Referer": f"{address}/consent", "Content-Type": "application/x-www-form-urlencoded"}
        link.request("POST", "/consent", body=f"csrf_token={token}", headers=sent)
        answer = link.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
        link.request(
            "POST", "/consent", body=f"csrf_token={token}", headers={**sent, "Referer": "https://evil.example/"}
        )
        assert link.getresponse().status == 400

    def test_only_a_browser_that_trusts_the_authority_connects(self, secure, files, tmp_path):
        other = certificates.make(tmp_path / "other", ["localhost"])
        for authority in (None, other.authority):
            with pytest.raises(ssl.SSLCertVerificationError):
                connection(secure, authority).request("GET", "/consent")

    def test_the_address_works_as_well_as_the_name(self, secure, files):
        link = connection(secure, files.authority, host="127.0.0.1")
        link.request("GET", "/healthz")
        assert json.loads(link.getresponse().read()) == {"status": "ok"}

    def test_old_protocols_are_refused(self, secure, files):
        context = ssl.create_default_context(cafile=files.authority)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError):
            http.client.HTTPSConnection("localhost", secure, context=context).request("GET", "/healthz")

    def test_who_speaks_plain_http_is_told_so(self, secure):
        link = http.client.HTTPConnection("127.0.0.1", secure, timeout=5)
        link.request("GET", "/healthz")
        answer = link.getresponse()
        assert answer.status == 400
        assert b"only speaks HTTPS" in answer.read()


class TestCertificates:
    def test_keys_are_the_owners_only_and_the_authoritys_is_thrown_away(self, files):
        assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
        assert stat.S_IMODE(files.key.parent.stat().st_mode) == 0o700
        assert sorted(file.name for file in files.key.parent.iterdir()) == [
            "authority.pem",
            "server-key.pem",
            "server.pem",
        ]

    def test_the_authority_vouches_for_its_names_only(self, files):
        from cryptography import x509

        authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
        assert constraints.critical
        assert {str(one.value) for one in constraints.value.permitted_subtrees} == {"localhost", "127.0.0.1/32"}

    def test_it_ends(self, tmp_path, settings):
        files = certificates.make(tmp_path / "old", ["localhost"], now=datetime.now(UTC) - timedelta(days=900))
        server = served(lambda _environ, start: start("200 OK", []) or [b""], settings, files)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            connection(server.bind_addr[1], files.authority).request("GET", "/")
        server.stop()

    def test_the_command_says_what_to_do(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("MSIXLITE_INSTANCE", str(tmp_path / "site"))
        assert cli.main(["cert", "records.example.gov", "192.0.2.7"]) == 0
        said = capsys.readouterr().out
        lines = [line for line in said.splitlines() if line.startswith("tls_")]
        (tmp_path / "site/config.toml").write_text("\n".join(lines))
        config.check_transport(config.load(), "0.0.0.0")


class TestRefusal:
    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "records.example.gov", ""])
    def test_off_loopback_without_tls_it_does_not_start(self, settings, host):
        with pytest.raises(config.ConfigError, match=r"python3 app\.py cert"):
            config.check_transport(settings, host)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
    def test_on_loopback_it_starts(self, settings, host):
        config.check_transport(settings, host)

    def test_behind_a_stated_proxy_it_starts(self, settings):
        config.check_transport(replace(settings, trusted_proxies=1), "0.0.0.0")

    def test_the_command_itself_refuses(self, settings):
        environment = {"MSIXLITE_INSTANCE": str(settings.instance), "MSIXLITE_DATABASE_URL": settings.database_url}
        command = [sys.executable, "-c", "import sys; from msixlite import cli; sys.exit(cli.main(sys.argv[1:]))"]
        ended = subprocess.run(
            [*command, "run", "--host", "0.0.0.0", "--port", "0"],
            env={**environment, "PATH": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 2
        assert "does not start" in ended.stderr


class TestProxy:
    def app(self, settings, proxies):
        return create_app(replace(settings, trusted_proxies=proxies))

    def test_a_forged_sender_is_not_believed(self, settings):
        """One proxy is trusted: what the visitor wrote before it does not count."""
        app = self.app(settings, 1)
        with app.test_client() as client:
            client.get("/healthz", headers={"X-Forwarded-For": "1.2.3.4, 192.0.2.9"})
            from flask import request

            assert request.remote_addr == "192.0.2.9"
        app.config["SESSIONS"].kw["bind"].dispose()

    def test_without_a_proxy_nothing_is_believed(self, app):
        with app.test_client() as client:
            client.get("/healthz", headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example"})
            from flask import request

            assert request.remote_addr == "127.0.0.1"
            assert request.host == "localhost"

    def test_behind_a_proxy_cookies_are_secure(self, settings):
        app = self.app(settings, 1)
        answer = app.test_client().get("/consent", headers={"X-Forwarded-Proto": "https"})
        assert answer.headers["Set-Cookie"].startswith("__Host-msixlite=")
        assert "Strict-Transport-Security" in answer.headers
        app.config["SESSIONS"].kw["bind"].dispose()
