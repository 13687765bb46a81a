"""Every setting, its default and its meaning: from `config.toml` in the site's folder and from MSIXLITE_* variables."""

import ipaddress
import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from msixlite.domain import signatures
from msixlite.domain.seals import Seal
from msixlite.domain.signatures import SigningKey

ROOT = Path(__file__).resolve().parents[1]


CHOICES = {"mail_sender": ("file", "console", "smtp"), "smtp_security": ("starttls", "tls", "none")}


class ConfigError(Exception):
    """A setting cannot be used; the message names it, its value, and how to mend it."""


def _setting(default: Any, meaning: str, lowest: int | None = None, highest: int | None = None) -> Any:
    return field(default=default, metadata={"meaning": meaning, "lowest": lowest, "highest": highest})


@dataclass(frozen=True)
class Settings:
    """The settings of one site."""

    instance: Path
    """The folder of the site's own data."""
    database_url: str = _setting("", "SQLAlchemy address; empty: msixlite.sqlite3 in the site's folder")
    host: str = _setting("127.0.0.1", "Address to serve on")
    port: int = _setting(8000, "Port to serve on", 1, 65535)
    threads: int = _setting(16, "Requests served at the same time", 12, 64)
    header_seconds: int = _setting(10, "Seconds in which the head of a request must be there", 1, 120)
    body_seconds: int = _setting(600, "Seconds in which the rest of it must be there", 5, 3600)
    body_slowest: int = _setting(1024, "Bytes a second that the rest brings at least", 16, 1_000_000)
    tls_certificate: Path | None = _setting(None, "Certificate file (PEM); with tls_key the app speaks HTTPS itself")
    tls_key: Path | None = _setting(None, "Private key of the certificate (PEM)")
    trusted_proxies: int = _setting(0, "How many reverse proxies stand in front and set X-Forwarded-*", 0, 5)
    host_names: str = _setting("", "Names the site answers to, with commas between them; empty: any")
    password_minimum_length: int = _setting(8, "Characters a password needs (rule A20)", 8, 128)
    monitoring_notice: str = _setting(
        "", "Text of the monitoring notice before sign-in, in place of the usual one (rule A5)"
    )
    planned_outage: str = _setting("", "Planned outage, in a sentence for everybody; shown on the page /status (P5)")
    office_opens: int = _setting(6, "Hour from which opening records is usual, in the person's State", 0, 23)
    office_closes: int = _setting(20, "Hour from which opening records is unusual again", 1, 24)
    unusual_records: int = _setting(60, "So many children opened by one person in a day are unusual", 2, 100_000)
    unusual_exports: int = _setting(20, "So many prints and exports by one person in a day are unusual", 1, 100_000)
    unusual_failures: int = _setting(2, "So many failed sign-ins of one account are unusual", 1, 1000)
    password_minimum_score: int = _setting(2, "How hard a password must be to guess, by zxcvbn", 0, 4)
    password_days: int = _setting(60, "Days until a password must be changed (rules A22, C1)", 1, 90)
    password_least_days: int = _setting(
        0, "Days that a password one has chosen stays, so that nobody cycles back to an old one (A23); 0: none", 0, 7
    )
    second_factor_roles: str = _setting("", "Roles that need a second factor, with commas; all: every role")
    department_titles: str = _setting(
        "",
        "Offices of a State beside the Department's roles (C21): Privacy Act Administrator = State Privacy Officer; …",
    )
    sessions_per_account: int = _setting(1, "Sessions that one account may have at once (rule A8)", 1, 5)
    two_networks_minutes: int = _setting(
        30, "A sign-in from another network alerts if the session before was used so many minutes ago; 0: never", 0, 30
    )
    lock_after_minutes: int = _setting(0, "Idle minutes after which the password is asked again (A34); 0: never", 0, 29)
    upload_megabytes: int = _setting(50, "Largest file that may be uploaded", 1, 2000)
    form_megabytes: int = _setting(5, "Largest signed application form", 1, 50)
    unused_days: int = _setting(90, "Days without a sign-in after which an account is disabled (A35)", 30, 365)
    backup_folder: Path | None = _setting(None, "Folder of the nightly backups (A12); empty: none are made")
    backup_passphrase_file: Path | None = _setting(None, "File with the passphrase of the nightly backups, 16 or more")
    backup_keep: int = _setting(14, "Nightly backups that are kept", 2, 366)
    least_count: int = _setting(10, "Summary figures below this are not told (0 is)", 1, 100)
    training_pass_percent: int = _setting(80, "Share of right answers that passes the training quiz (A3)", 50, 100)

    @property
    def account_forms(self) -> Path:
        """The folder of the signed application forms, outside of everything that is served."""
        return self.instance / "account-forms"

    attachment_megabytes: int = _setting(10, "Largest file beside a correction or a dispute statement", 1, 50)

    @property
    def attachments(self) -> Path:
        """The folder of evidence beside corrections and dispute statements, outside of everything that is served."""
        return self.instance / "attachments"

    @property
    def training_certificates(self) -> Path:
        """The folder of the certificates of training taken elsewhere."""
        return self.instance / "training-certificates"

    virus_scanner: str = _setting(
        "", "ClamAV: unix:/run/clamav/clamd.ctl, tcp:127.0.0.1:3310, or the path of clamdscan; empty: none"
    )
    virus_scanner_seconds: int = _setting(60, "Seconds to wait for the virus scanner", 1, 600)
    site_address: str = _setting("", "Address of the site in e-mails; empty: host and port")
    mail_sender: str = _setting("file", "How e-mail leaves: smtp, file (into outbox/ of the site's folder) or console")
    mail_from: str = _setting("msixlite@localhost", "Address that e-mail comes from")
    smtp_host: str = _setting("", "Mail server, where mail_sender is smtp")
    smtp_port: int = _setting(587, "Port of the mail server", 1, 65535)
    smtp_security: str = _setting("starttls", "starttls, tls, or none (only on this machine)")
    smtp_user: str = _setting("", "User name at the mail server; empty: no sign-in")
    smtp_password: str = field(default="", repr=False, metadata={"meaning": "Password at the mail server"})
    smtp_authority: Path | None = _setting(None, "Certificates (PEM) to trust besides those of the system")
    smtp_seconds: int = _setting(30, "Seconds to wait for each answer of the mail server", 1, 300)

    @property
    def public_address(self) -> str:
        """Where people reach the site, without a slash at its end."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.site_address or f"{scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def secret_key(self) -> str:
        """Signs the cookies; made at the first use, readable by the owner only."""
        path = self.instance / "secret_key"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return path.read_text(encoding="ascii")

    @property
    def audit_key(self) -> SigningKey:
        """Signs exported audit trails; made at the first use, readable by the owner only."""
        path = self.instance / "audit_key.pem"
        if not path.exists():
            _write_once(path, signatures.new_private_key())
        return SigningKey(path.read_bytes())

    def seal(self, purpose: str) -> Seal:
        """What seals columns of the database for this purpose, with a key derived from the secret key."""
        return Seal(self.secret_key, purpose)


def _write_once(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all; of several processes the first one's stays."""
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    with suppress(FileExistsError):
        os.link(own, path)
    own.unlink()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; a variable of the environment wins over the file. Makes the site's folder.

    Raises ConfigError for an unknown setting or a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    instance = Path(environment.get("MSIXLITE_INSTANCE") or ROOT / "instance").resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = _from_file(instance / "config.toml")
    for setting in fields(Settings):
        named = f"MSIXLITE_{setting.name.upper()}"
        if setting.name != "instance" and environment.get(named):
            values[setting.name] = _checked(setting, environment[named], named)
    if bool(values.get("tls_certificate")) != bool(values.get("tls_key")):
        raise ConfigError("tls_certificate and tls_key belong together: set both, or neither.")
    if bool(values.get("backup_folder")) != bool(values.get("backup_passphrase_file")):
        raise ConfigError("backup_folder and backup_passphrase_file belong together: set both, or neither.")
    _check_mail(values)
    _check_scanner(values.get("virus_scanner") or "")
    values["database_url"] = _database_url(values.get("database_url") or "", instance)
    return Settings(instance=instance, **values)


def check_transport(settings: Settings, host: str) -> None:
    """Children's data leave the machine encrypted or not at all (rule A17). Raises ConfigError."""
    if settings.tls_certificate or settings.trusted_proxies or _is_loopback(host):
        return
    raise ConfigError(
        f"Serving on {host} without TLS would send children's data in the clear, so msixlite does not start.\n"
        "Do one of these:\n"
        "  1. Make a certificate:  python3 app.py cert YOUR-SERVER-NAME\n"
        "     and set tls_certificate and tls_key as it says; or set those of your own authority.\n"
        "  2. Put a reverse proxy with TLS in front on the same machine, serve on 127.0.0.1,\n"
        "     and set trusted_proxies = 1.\n"
        "  3. To try it on this machine alone, serve on 127.0.0.1."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_mail(values: Mapping[str, Any]) -> None:
    """An SMTP server needs a name, and a password never goes over an open line."""
    if values.get("mail_sender") != "smtp":
        return
    if not values.get("smtp_host"):
        raise ConfigError("mail_sender is smtp: name the server with smtp_host.")
    if values.get("smtp_security") == "none" and values["smtp_host"] not in ("localhost", "127.0.0.1", "::1"):
        raise ConfigError("smtp_security may be none only for a mail server on this machine.")


def _check_scanner(scanner: str) -> None:
    if scanner and not scanner.startswith(("unix:/", "tcp:", "/")):
        raise ConfigError(
            f"virus_scanner is {scanner!r}; it wants unix:/SOCKET of clamd, tcp:HOST:PORT, or the /PATH of clamdscan."
        )


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    known = {setting.name: setting for setting in fields(Settings) if setting.name != "instance"}
    unknown = sorted(set(written) - set(known))
    if unknown:
        raise ConfigError(f"{path} names {unknown[0]!r}, which is no setting. Settings are: {', '.join(known)}.")
    return {name: _checked(known[name], value, f"{name} in {path}") for name, value in written.items()}


def _checked(setting: Any, value: Any, named: str) -> Any:
    """The value in the setting's own kind, within its bounds."""
    if setting.type is int:
        return _whole_number(setting, value, named)
    if setting.name in CHOICES and value not in CHOICES[setting.name]:
        raise ConfigError(f"{named} is {value!r}; it wants one of {', '.join(CHOICES[setting.name])}.")
    if setting.name == "backup_folder":
        return Path(str(value)).resolve()
    if setting.name.startswith("tls_") or setting.name in ("smtp_authority", "backup_passphrase_file"):
        path = Path(str(value))
        if not path.is_file():
            raise ConfigError(f"{named} is {value!r}, and there is no such file.")
        return path
    return str(value)


def _whole_number(setting: Any, value: Any, named: str) -> int:
    lowest, highest = setting.metadata["lowest"], setting.metadata["highest"]
    try:
        number = int(str(value))
    except ValueError:
        raise ConfigError(f"{named} is {value!r}; it wants a whole number from {lowest} to {highest}.") from None
    if not lowest <= number <= highest:
        raise ConfigError(f"{named} is {number}; it wants a whole number from {lowest} to {highest}.")
    return number


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'msixlite.sqlite3'}"
    for spelling in ("postgresql://", "postgres://"):
        if url.startswith(spelling):
            return "postgresql+psycopg://" + url.removeprefix(spelling)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ConfigError("MSIXLITE_DATABASE_URL wants to begin with sqlite:/// or postgresql://.")
    return url
