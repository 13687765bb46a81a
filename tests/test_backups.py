"""Backups: written beside a running site, tried, and brought back elsewhere."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pyzipper

from msixlite import backups, config, scheduler, site
from msixlite.domain.errors import RuleBroken
from tests.conftest import SERVER, site_settings
from tests.files import child

PASSPHRASE = "a long passphrase of the office"
ROOT = Path(__file__).resolve().parents[1]
only_sqlite = pytest.mark.skipif(
    bool(SERVER), reason="what follows is about SQLite's file; PostgreSQL has its own test"
)


@pytest.fixture
def filled(settings):
    """A site with a signed form in its folder."""
    settings.instance.mkdir(exist_ok=True)
    settings.account_forms.mkdir(exist_ok=True)
    (settings.account_forms / "1.pdf").write_bytes(b"%PDF-1.7 signed")
    assert settings.secret_key  # made at its first use
    return settings


@pytest.fixture
def elsewhere(tmp_path, databases):
    address = databases.new() if SERVER else f"sqlite:///{tmp_path / 'other' / 'msixlite.sqlite3'}"
    yield site_settings(address, tmp_path / "other")
    databases.drop(address)


def test_a_site_is_brought_back_whole(filled, elsewhere, tmp_path):
    signs = filled.audit_key.public.fingerprint
    file = backups.write(filled, tmp_path / "kept" / "b.zip", passphrase=PASSPHRASE)
    done = backups.restore(file, elsewhere, passphrase=PASSPHRASE)
    assert done.audit_ok
    assert done.children >= 5
    assert done.people > 20
    assert (elsewhere.account_forms / "1.pdf").read_bytes() == b"%PDF-1.7 signed"
    assert elsewhere.secret_key == filled.secret_key
    assert elsewhere.audit_key.public.fingerprint == signs


def test_nobody_else_of_the_machine_may_read_it(filled, tmp_path):
    file = backups.write(filled, tmp_path / "b.zip", passphrase=PASSPHRASE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert b"Castaneda" not in content
    assert b"SQLite format" not in content


@only_sqlite
def test_taken_while_somebody_writes_it_holds_one_moment(filled, tmp_path, office):
    with office.deed() as db:
        db.connection().exec_driver_sql("CREATE TABLE half (one INTEGER)")
        file = backups.write(filled, tmp_path / "b.zip", passphrase=PASSPHRASE)
    assert backups.drill(file, filled, passphrase=PASSPHRASE).audit_ok
    with pyzipper.AESZipFile(file) as packed:
        packed.setpassword(PASSPHRASE.encode())
        (tmp_path / "copy.sqlite3").write_bytes(packed.read(backups.SQLITE))
    copy = sqlite3.connect(tmp_path / "copy.sqlite3")
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    copy.close()


@only_sqlite
class TestRefused:
    @pytest.fixture
    def file(self, filled, tmp_path):
        return backups.write(filled, tmp_path / "b.zip", passphrase=PASSPHRASE)

    def test_a_wrong_passphrase(self, file, elsewhere):
        with pytest.raises(RuleBroken, match="wrong passphrase, or damaged"):
            backups.restore(file, elsewhere, passphrase="another passphrase")
        assert list(elsewhere.instance.iterdir()) == []

    def test_every_damage_is_found_before_anything_is_put_in_place(self, file, elsewhere):
        whole = file.read_bytes()
        for at in range(100, len(whole), len(whole) // 12):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
            try:
                done = backups.restore(file, elsewhere, passphrase=PASSPHRASE)
            except RuleBroken:
                assert list(elsewhere.instance.iterdir()) == []
            else:  # a byte that says nothing, such as a time in the ZIP's directory
                assert done.audit_ok
                for path in sorted(elsewhere.instance.rglob("*"), reverse=True):
                    path.rmdir() if path.is_dir() else path.unlink()

    def test_into_a_site_that_stands(self, file, filled):
        with pytest.raises(RuleBroken, match="holds a site already"):
            backups.restore(file, filled, passphrase=PASSPHRASE)

    def test_over_a_file_that_is_there(self, file, filled):
        with pytest.raises(RuleBroken, match="already"):
            backups.write(filled, file, passphrase=PASSPHRASE)

    def test_a_short_passphrase(self, filled, tmp_path):
        with pytest.raises(RuleBroken, match="16 characters"):
            backups.write(filled, tmp_path / "c.zip", passphrase="short")

    def test_a_name_that_leads_out_of_the_folder(self, elsewhere, tmp_path):
        hostile = tmp_path / "hostile.zip"
        with pyzipper.AESZipFile(hostile, "w") as packed:
            packed.setpassword(PASSPHRASE.encode())
            packed.setencryption(pyzipper.WZ_AES, nbits=256)
            packed.writestr("../../out", b"x")
            packed.writestr(backups.MANIFEST, '{"made_at": "2026-11-25T00:00:00+00:00", "sha256": {"../../out": "x"}}')
        with pytest.raises(RuleBroken, match="leads out"):
            backups.restore(hostile, elsewhere, passphrase=PASSPHRASE)
        assert not (tmp_path / "out").exists()

    def test_no_file(self, elsewhere, tmp_path):
        with pytest.raises(RuleBroken, match="There is no file"):
            backups.restore(tmp_path / "none.zip", elsewhere, passphrase=PASSPHRASE)


@only_sqlite
class TestNightly:
    @pytest.fixture
    def nights(self, filled, tmp_path):
        (tmp_path / "words").write_text(PASSPHRASE + "\n")
        environment = {
            "MSIXLITE_DATABASE_URL": filled.database_url,
            "MSIXLITE_INSTANCE": str(filled.instance),
            "MSIXLITE_BACKUP_FOLDER": str(tmp_path / "nights"),
            "MSIXLITE_BACKUP_PASSPHRASE_FILE": str(tmp_path / "words"),
            "MSIXLITE_BACKUP_KEEP": "2",
        }
        return config.load(environment)

    def test_once_a_day_tried_and_the_old_ones_dropped(self, nights):
        now = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
        assert "children" in backups.nightly(nights, now=now)
        assert backups.nightly(nights, now=now + timedelta(hours=3)) == ""
        for days in (1, 2):
            backups.nightly(nights, now=now + timedelta(days=days))
        assert sorted(one.name for one in nights.backup_folder.iterdir()) == [
            "msixlite-2026-11-26.zip",
            "msixlite-2026-11-27.zip",
        ]

    def test_belongs_to_the_clock_work(self, nights):
        sessions = site.prepare(nights)
        told = [outcome.words for outcome in scheduler.tick(nights, sessions)]
        assert any("Backup written" in words for words in told)
        assert not any("Backup written" in one.words for one in scheduler.tick(nights, sessions))
        sessions.kw["bind"].dispose()

    def test_a_failure_is_told(self, nights, tmp_path):
        (tmp_path / "words").write_text("short")
        sessions = site.prepare(nights)
        failed = [outcome for outcome in scheduler.tick(nights, sessions) if outcome.failed]
        assert "nightly backup failed" in failed[0].words
        sessions.kw["bind"].dispose()

    def test_one_that_was_torn_is_made_anew(self, nights):
        now = datetime.now(UTC)
        nights.backup_folder.mkdir()
        part = nights.backup_folder / f"msixlite-{now:%Y-%m-%d}.zip.part"
        part.touch()
        with pytest.raises(RuleBroken, match="is being written"):
            backups.nightly(nights, now=now)
        os.utime(part, (now.timestamp() - 90_000,) * 2)
        assert "Backup written" in backups.nightly(nights, now=now)


@only_sqlite
def test_two_commands_bring_a_site_to_another_machine(filled, office, tmp_path, request):
    office.take({"Students": [child("TX800")]})
    words = {"MSIXLITE_PASSPHRASE": PASSPHRASE, "PATH": os.defpath}

    def app(*arguments, folder, database=None):
        environment = {**words, "MSIXLITE_INSTANCE": str(folder)}
        if database:
            environment["MSIXLITE_DATABASE_URL"] = database
        return subprocess.run(
            [sys.executable, str(ROOT / "app.py"), *arguments], env=environment, capture_output=True, text=True
        )

    file = tmp_path / "b.zip"
    kept = app("backup", str(file), folder=filled.instance, database=filled.database_url)
    assert kept.returncode == 0, kept.stderr
    assert "Tried: Backup of" in kept.stdout
    assert PASSPHRASE not in kept.stdout
    back = app("restore", str(file), folder=tmp_path / "new")  # the first command; the second one serves
    request.node.user_properties.append(("goal", [15, "Restores a backup on a new computer (commands)", 2, 2]))
    assert back.returncode == 0, back.stderr
    with sqlite3.connect(tmp_path / "new" / "msixlite.sqlite3") as copy:
        assert copy.execute("SELECT count(*) FROM state_record WHERE state_student_id = 'TX800'").fetchone() == (1,)
    assert "holds a site already" in app("restore", str(file), folder=tmp_path / "new").stderr
