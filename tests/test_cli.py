"""The command line: each verb does what it says, and says what went wrong."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from msixlite import cli, config, site
from msixlite.domain import accounts, daily, passwords, training
from msixlite.models.audit import AuditEvent
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role, User
from tests.files import child, workbook
from tests.tamper import drop_triggers


@pytest.fixture
def home(monkeypatch, tmp_path, empty_database):
    """A site of its own, named by the environment."""
    folder = tmp_path / "site"
    monkeypatch.setenv("MSIXLITE_INSTANCE", str(folder))
    monkeypatch.setenv("MSIXLITE_DATABASE_URL", empty_database)
    return folder


@pytest.fixture
def look(home):
    """A session on that site."""
    opened = []

    def look():
        sessions = site.prepare(config.load())
        opened.append(sessions)
        return sessions().reading()

    yield look
    for sessions in opened:
        sessions.kw["bind"].dispose()


class TestInit:
    def test_empty_makes_a_site_without_people_and_children(self, home, look, capsys):
        assert cli.main(["init", "--empty"]) == 0
        assert "python3 app.py user" in capsys.readouterr().out
        assert not (home / site.DEMO_ACCOUNTS).exists()
        with look() as db:
            assert site.is_empty(db)
            assert not site.wants_demo(config.load(), db)

    def test_empty_twice_is_the_same(self, home):
        assert cli.main(["init", "--empty"]) == 0
        assert cli.main(["init", "--empty"]) == 0

    def test_empty_refuses_where_there_are_children(self, home, capsys):
        assert cli.main(["demo", "--children", "30"]) == 0
        assert cli.main(["init", "--empty"]) == 1
        assert "already holds" in capsys.readouterr().err


def test_a_new_database_is_its_owners_alone(tmp_path):
    """Also where the folder was made before, open to others, as `instance/` of a fresh clone is."""
    tmp_path.chmod(0o755)
    settings = config.load({"MSIXLITE_INSTANCE": str(tmp_path)})
    site.prepare(settings).kw["bind"].dispose()
    assert stat.S_IMODE((tmp_path / "msixlite.sqlite3").stat().st_mode) == 0o600


class TestDemo:
    def test_fills_an_empty_site_with_accounts_for_every_role(self, home, look):
        assert cli.main(["demo", "--children", "40", "--seed", "7"]) == 0
        listed = home / site.DEMO_ACCOUNTS
        assert stat.S_IMODE(listed.stat().st_mode) == 0o600
        signs_in = json.loads(listed.read_text())
        for role in Role:
            assert len([one for one in signs_in if one["role"] == role.label]) >= 2
        with look() as db:
            assert db.scalar(select(func.count()).select_from(Student)) > 25
            assert db.scalar(select(func.count(func.distinct(StateRecord.state_code)))) == 4
            one = signs_in[0]
            kept = db.scalar(select(User.password_hash).where(User.user_name == one["user"]))
            assert passwords.verify(one["password"], kept)

    def test_one_account_of_each_role_is_ready_and_the_others_begin_as_a_new_colleague_does(self, home, look):
        assert cli.main(["demo", "--children", "30"]) == 0
        now = datetime.now(UTC)
        listed = json.loads((home / site.DEMO_ACCOUNTS).read_text())
        first = {one["user"] for one in site.sign_ins(config.load())}
        assert len(first) == len(Role)
        with look() as db:
            for one in listed:
                user = db.scalar(select(User).where(User.user_name == one["user"]))
                waits = (
                    accounts.must_change_password(user, now=now, age=timedelta(days=60)),
                    accounts.must_accept_rules(db, user, now=now),
                    training.must_train(db, user, now=now),
                )
                assert waits == ((False,) * 3 if one["user"] in first else (True,) * 3), one["role"]

    def test_never_fills_a_site_that_is_not_empty(self, home, capsys):
        assert cli.main(["demo", "--children", "30"]) == 0
        assert cli.main(["demo", "--children", "30"]) == 1
        assert "an empty one only" in capsys.readouterr().err


class TestImport:
    @pytest.fixture
    def file(self, tmp_path):
        return str(workbook(tmp_path / "a.xlsx", {"Students": [child("TX1"), child("TX2", Birth_Date="?")]}))

    def test_takes_a_file_and_lists_what_waits(self, home, look, file, capsys):
        assert cli.main(["import", file, "--state", "tx"]) == 0
        said = capsys.readouterr().out
        assert "1 new children" in said
        assert "Students, row 3, TX2 Quintanilla, Rosalinda: Birth Date “?” is not a date" in said
        with look() as db:
            assert db.scalar(select(func.count()).select_from(StateRecord)) == 1

    def test_dry_run_changes_nothing(self, home, look, file):
        assert cli.main(["import", file, "--state", "TX", "--dry-run"]) == 0
        with look() as db:
            assert site.is_empty(db)

    @pytest.mark.parametrize(
        ("file", "state", "said"), [("missing.xlsx", "TX", "There is no file"), (__file__, "TX", "ending in .py")]
    )
    def test_says_what_is_wrong(self, home, file, state, said, capsys):
        assert cli.main(["import", file, "--state", state]) == 1
        assert said in capsys.readouterr().err

    def test_a_state_that_does_not_exist(self, home, file, capsys):
        assert cli.main(["import", file, "--state", "ZZ"]) == 1
        assert "There is no State “ZZ”" in capsys.readouterr().err


class TestUser:
    WORDS = "user State.Lead --role state_user_administrator --first-name A --last-name B --email a@example.gov"

    def test_makes_an_account_with_a_password_shown_once(self, home, look, capsys):
        assert cli.main([*self.WORDS.split(), "--state", "VT"]) == 0
        shown = capsys.readouterr().out.split()[-1]
        with look() as db:
            user = db.scalar(select(User).where(User.user_name == "state.lead"))
            assert (user.role, user.state_code) == (Role.STATE_USER_ADMINISTRATOR, "VT")
            assert accounts.must_change_password(user, now=user.created_at)
            assert passwords.verify(shown, user.password_hash)
            event = db.scalar(select(AuditEvent).where(AuditEvent.subject == f"user {user.id}"))
            assert ["user", str(user.id), "role", None, "state_user_administrator"] in event.changes

    def test_a_role_that_belongs_to_a_state_needs_one(self, home, capsys):
        assert cli.main(self.WORDS.split()) == 1
        assert "needs a State" in capsys.readouterr().err

    def test_an_unknown_role(self, home, capsys):
        words = self.WORDS.replace("state_user_administrator", "boss").split()
        assert cli.main(words) == 1
        assert "Roles are:" in capsys.readouterr().err


class TestAccount:
    """Accounts of the Department's roles are managed here and nowhere else (C17)."""

    MAKE = "user privacy.officer --role privacy_act_administrator --first-name A --last-name B --email a@example.gov"

    def test_from_made_to_deactivated(self, home, look, capsys):
        assert cli.main(self.MAKE.split()) == 0
        for deed in ("disable", "enable", "reset", "deactivate"):
            assert cli.main(["account", deed, "privacy.officer", "--reason", "as told"]) == 0
            if deed == "reset":
                shown = capsys.readouterr().out.split()[-1]
                with look() as db:
                    kept = db.scalar(select(User.password_hash).where(User.user_name == "privacy.officer"))
                    assert passwords.verify(shown, kept)
        assert cli.main(["account", "enable", "privacy.officer", "--reason", "again"]) == 1
        with look() as db:
            actions = set(db.scalars(select(AuditEvent.action)))
        assert {"command account reset", "command account deactivate"} <= actions

    def test_nobody_of_that_name(self, home, capsys):
        assert cli.main(["account", "unlock", "nobody", "--reason", "x"]) == 1
        assert "There is no account" in capsys.readouterr().err


class TestDaily:
    def test_says_what_it_did_and_twice_is_the_same(self, home, look, capsys):
        assert cli.main(["daily"]) == 0
        said = capsys.readouterr().out
        assert "Accounts disabled" in said
        assert "Worklist items past due: 0 sent to the State's desk" in said
        assert cli.main(["daily"]) == 0
        with look() as db:
            events = db.scalars(select(AuditEvent).where(AuditEvent.action == "daily")).all()
            assert events[0].detail["done"] == said.splitlines()[: len(daily.DEEDS)]


class TestRules:
    def test_publishes_a_file(self, home, tmp_path, look, capsys):
        (tmp_path / "rules.txt").write_text("New rules.")
        assert cli.main(["rules", str(tmp_path / "rules.txt"), "--force"]) == 0
        with look() as db:
            assert accounts.current_rules(db).text == "New rules."
        assert cli.main(["rules", str(tmp_path / "missing.txt")]) == 1


class TestVerifyAudit:
    def test_a_whole_trail_and_a_broken_one(self, home, capsys, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("TX1")]})
        cli.main(["import", str(path), "--state", "TX"])
        cli.main(["import", str(path), "--state", "TX"])
        assert cli.main(["verify-audit"]) == 0
        assert "is whole: 2 events" in capsys.readouterr().out
        sessions = site.prepare(config.load())
        with sessions() as db, db.begin():
            drop_triggers(db)
            db.execute(update(AuditEvent).where(AuditEvent.id == 1).values(action="nothing"))
        sessions.kw["bind"].dispose()
        assert cli.main(["verify-audit"]) == 1
        assert "Event 1 was changed" in capsys.readouterr().out


class TestSettings:
    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ("port = 99999", "wants a whole number from 1 to 65535"),
            ("colour = 'blue'", "is no setting"),
            ("port = = 1", "is not TOML"),
            ("tls_key = '/nowhere/key.pem'", "there is no such file"),
        ],
    )
    def test_a_setting_that_cannot_be_used_is_named(self, home, written, said, capsys):
        home.mkdir(parents=True)
        (home / "config.toml").write_text(written)
        assert cli.main(["verify-audit"]) == 2
        assert said in capsys.readouterr().err

    def test_the_environment_wins_over_the_file(self, tmp_path):
        (tmp_path / "config.toml").write_text("port = 8123\nthreads = 13\n")
        settings = config.load({"MSIXLITE_INSTANCE": str(tmp_path), "MSIXLITE_PORT": "8124"})
        assert (settings.port, settings.threads) == (8124, 13)
