"""Backups: the whole site in one file under AES-256, proved by restoring it, and brought back on any machine (A12).

The file is a ZIP (WinZip AE-2): the database as `msixlite.sqlite3` or, from PostgreSQL, `msixlite.dump`; everything
else of the site's folder under `files/`; `manifest.json` with the SHA-256 of each.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pyzipper  # type: ignore[import-untyped]
from sqlalchemy import URL, func, make_url, select

from msixlite import site
from msixlite.config import Settings
from msixlite.domain import audit
from msixlite.domain.errors import RuleBroken
from msixlite.domain.export_files import SHORTEST_PASSPHRASE
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User

BLOCK = 1 << 20
SQLITE, DUMP, MANIFEST, FILES = "msixlite.sqlite3", "msixlite.dump", "manifest.json", "files/"
NIGHTLY = "msixlite-????-??-??.zip"
"""Names of the nightly backups, by their day."""
TORN_AFTER = timedelta(hours=12)
"""A backup that was begun so long ago and never ended: its process died."""


@dataclass(frozen=True)
class Restored:
    """What stands in a site brought back from a backup."""

    made_at: datetime
    children: int
    records: int
    people: int
    audit_message: str
    audit_ok: bool

    @property
    def words(self) -> str:
        return (
            f"Backup of {self.made_at:%m/%d/%Y %H:%M} UTC: {self.children:,} children, {self.records:,} State records, "
            f"{self.people:,} accounts. {self.audit_message}"
        )


def write(settings: Settings, target: Path, *, passphrase: str) -> Path:
    """Write the site into one new file, readable by its owner only, while the site goes on. Raises RuleBroken."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise RuleBroken(f"A passphrase wants at least {SHORTEST_PASSPHRASE} characters.")
    if target.exists():
        raise RuleBroken(f"There is a file {target} already. Give another name, or move that one away.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    opened = _new(part)
    try:
        with tempfile.TemporaryDirectory() as folder, os.fdopen(opened, "wb") as file:
            database = _copy_database(make_url(settings.database_url), Path(folder))
            _pack(file, [(database.name, database), *_site_files(settings)], passphrase)
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return target


def _new(part: Path) -> int:
    try:
        return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RuleBroken(f"Another backup is being written to {part}.") from None


def _copy_database(address: URL, folder: Path) -> Path:
    """The database at one moment, taken while others write."""
    if address.get_backend_name() != "sqlite":
        return _dump(address, folder / DUMP)
    copy = folder / SQLITE
    with closing(sqlite3.connect(str(address.database))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _dump(address: URL, copy: Path) -> Path:
    _postgres("pg_dump", address, "--format=custom", "--no-owner", f"--file={copy}")
    return copy


def _postgres(program: str, address: URL, *arguments: str) -> None:
    """Run a tool of PostgreSQL; the password goes by the environment, which other people of the machine do not see."""
    if shutil.which(program) is None:
        raise RuleBroken(f"{program} is missing. On Debian type: sudo apt-get install -y postgresql-client")
    plain = address.set(drivername="postgresql", password=None, query={}).render_as_string()
    environment = {**os.environ, "PGPASSWORD": address.password or ""}
    done = subprocess.run([program, f"--dbname={plain}", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuleBroken(f"{program} failed: {done.stderr.strip()[-500:]}")


def _site_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Everything of the site's folder but the database, the practice site, and the backups themselves."""
    own = {settings.instance / name for name in (SQLITE, f"{SQLITE}-wal", f"{SQLITE}-shm", f"{SQLITE}-journal")}
    for path in sorted(settings.instance.rglob("*")):
        inside_backups = settings.backup_folder is not None and path.is_relative_to(settings.backup_folder)
        practiced = path.is_relative_to(settings.instance / site.PRACTICE)
        if path.is_file() and not path.is_symlink() and path not in own and not (inside_backups or practiced):
            yield FILES + path.relative_to(settings.instance).as_posix(), path


def _pack(file: IO[bytes], members: list[tuple[str, Path]], passphrase: str) -> None:
    sums = {}
    with pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, path in members:
            archive.write(path, name)
            with path.open("rb") as content:
                sums[name] = hashlib.file_digest(content, "sha256").hexdigest()
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        archive.writestr(MANIFEST, json.dumps({"made_at": made_at, "sha256": sums}, indent=1))


def restore(archive: Path, settings: Settings, *, passphrase: str) -> Restored:
    """Bring the site back into an empty folder and an empty database, and prove it whole. Raises RuleBroken."""
    if not archive.is_file():
        raise RuleBroken(f"There is no file {archive}.")
    _check_empty(settings)
    with tempfile.TemporaryDirectory(dir=settings.instance) as folder:
        made_at = _unpack(archive, Path(folder), passphrase)
        _bring_back(Path(folder), settings)
    return _proof(settings, made_at)


def _check_empty(settings: Settings) -> None:
    if any(path.name != "config.toml" for path in settings.instance.iterdir()):
        raise RuleBroken(
            f"{settings.instance} holds a site already. Restore into a new folder: set MSIXLITE_INSTANCE, "
            "or move the present one away."
        )


def _unpack(archive: Path, folder: Path, passphrase: str) -> datetime:
    """Take the files out, each compared with its sum; returns when the backup was made."""
    try:
        with pyzipper.AESZipFile(archive) as packed:
            packed.setpassword(passphrase.encode())
            manifest = json.loads(packed.read(MANIFEST))
            for name, expected in manifest["sha256"].items():
                _take_out(packed, name, folder, expected)
    except (RuntimeError, KeyError, ValueError, OSError, zlib.error, pyzipper.BadZipFile) as fault:
        raise RuleBroken(f"{archive.name} cannot be restored: wrong passphrase, or damaged ({fault}).") from fault
    return datetime.fromisoformat(manifest["made_at"])


def _take_out(packed: pyzipper.AESZipFile, name: str, folder: Path, expected: str) -> None:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise ValueError(f"{name} leads out of the folder")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with packed.open(name) as source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        while block := source.read(BLOCK):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != expected:
        raise ValueError(f"{name} was changed")


def _bring_back(folder: Path, settings: Settings) -> None:
    address = make_url(settings.database_url)
    kept = folder / SQLITE
    if kept.exists() != (address.get_backend_name() == "sqlite"):
        raise RuleBroken("This backup is of the other kind of database: set database_url to the same kind as before.")
    if kept.exists():
        kept.rename(str(address.database))
    else:
        _postgres("pg_restore", address, "--no-owner", "--exit-on-error", "--single-transaction", str(folder / DUMP))
    for path in sorted((folder / FILES).rglob("*")) if (folder / FILES).exists() else []:
        target = settings.instance / path.relative_to(folder / FILES)
        if path.is_dir():
            target.mkdir(mode=0o700, exist_ok=True)
        elif not target.exists():
            path.rename(target)


def _proof(settings: Settings, made_at: datetime) -> Restored:
    sessions = site.prepare(settings)
    try:
        with sessions().reading() as db:
            checked = audit.verify(db)
            children = db.scalar(select(func.count()).select_from(Student).where(Student.merged_into_id.is_(None))) or 0
            records = db.scalar(select(func.count()).select_from(StateRecord)) or 0
            people = db.scalar(select(func.count()).select_from(User)) or 0
    finally:
        sessions.kw["bind"].dispose()
    return Restored(made_at, children, records, people, checked.message, checked.ok)


def drill(archive: Path, settings: Settings, *, passphrase: str) -> Restored:
    """Restore into a folder that is thrown away: the proof that the backup is worth keeping. SQLite only."""
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        raise RuleBroken("To try a backup of PostgreSQL, restore it into an empty database of its own.")
    with tempfile.TemporaryDirectory() as folder:
        away = replace(settings, instance=Path(folder), database_url=f"sqlite:///{Path(folder) / SQLITE}")
        return restore(archive, away, passphrase=passphrase)


def nightly(settings: Settings, *, now: datetime) -> str:
    """Once a day, where a folder is set: write a backup, try it, drop those beyond the number kept. What was done."""
    folder = settings.backup_folder
    if folder is None or settings.backup_passphrase_file is None:
        return ""
    target = folder / f"msixlite-{now.astimezone(UTC):%Y-%m-%d}.zip"
    if target.exists():
        return ""
    _remove_torn(target, now)
    passphrase = settings.backup_passphrase_file.read_text(encoding="utf-8").strip()
    write(settings, target, passphrase=passphrase)
    tried = ""
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        tried = drill(target, settings, passphrase=passphrase).words
    for old in sorted(folder.glob(NIGHTLY))[: -settings.backup_keep]:
        old.unlink()
    return f"Backup written to {target.name}. {tried}".strip()


def last(settings: Settings) -> datetime | None:
    """When the newest of the nightly backups was written; None where there is none."""
    folder = settings.backup_folder
    written = [path.stat().st_mtime for path in folder.glob(NIGHTLY)] if folder is not None else []
    return datetime.fromtimestamp(max(written), UTC) if written else None


def _remove_torn(target: Path, now: datetime) -> None:
    part = target.with_name(target.name + ".part")
    if part.exists() and now.timestamp() - part.stat().st_mtime > TORN_AFTER.total_seconds():
        part.unlink(missing_ok=True)
