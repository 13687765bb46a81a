"""A site: its folder, its database, and what it is filled with at its first start."""

import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.orm import sessionmaker

from msixlite import migrations
from msixlite.config import Settings
from msixlite.demo import accounts as demo_accounts
from msixlite.demo import corrections as demo_corrections
from msixlite.demo import places as demo_places
from msixlite.demo import population, state_files
from msixlite.demo import requests as demo_requests
from msixlite.domain import accounts, passwords, places, second_factor, uploads
from msixlite.domain.errors import RuleBroken
from msixlite.models.base import OurSession, make_engine, make_session_factory, random_token
from msixlite.models.students import Student
from msixlite.models.users import Role, User

RULES = Path(__file__).parent / "domain" / "rules_of_behavior.txt"
DEMO_ACCOUNTS = "demo-accounts.json"
STARTED_CLEAN = "started-clean"
PRACTICE = "practice"
"""The folder of the practice site inside the site's folder, and the mark that stands in it."""


@dataclass(frozen=True)
class DemoAccount:
    """A sign-in of the demo. It works until its password is changed."""

    role: str
    user: str
    password: str
    place: str


@dataclass(frozen=True)
class Shortcut:
    """A link that signs in as typing a demo account's name and password does, once, while the site runs."""

    token: str
    user: str
    password: str


def prepare(settings: Settings) -> sessionmaker[OurSession]:
    """Sessions on the site's database, at the newest revision, with the States and Rules of Behavior in it."""
    _make_private_file(settings.database_url)
    engine = make_engine(settings.database_url)
    migrations.upgrade(engine)
    sessions = make_session_factory(engine)
    with sessions() as db, db.begin():
        second_factor.seal_plain(db, seal=settings.seal("second factor"))
        places.add_missing_states(db)
        if accounts.current_rules(db) is None:
            accounts.publish_rules(db, text=RULES.read_text(encoding="utf-8"), now=datetime.now(UTC))
    return sessions


def _make_private_file(database_url: str) -> None:
    """A new SQLite file is its owner's alone, in a folder open to others too; SQLite gives -wal and -shm the same."""
    address = make_url(database_url)
    if address.get_backend_name() == "sqlite" and address.database:
        os.close(os.open(address.database, os.O_WRONLY | os.O_CREAT, 0o600))


def is_empty(db: OurSession) -> bool:
    """Whether there is neither a person nor a child in the database."""
    return db.scalar(select(User.id).limit(1)) is None and db.scalar(select(Student.id).limit(1)) is None


def is_demo(settings: Settings) -> bool:
    """Whether every page and PDF must say that it shows made-up children."""
    return (settings.instance / DEMO_ACCOUNTS).exists()


def is_practice(settings: Settings) -> bool:
    """Whether this is the place to practice in: made-up children, and accounts that everybody may use."""
    return (settings.instance / PRACTICE).is_file()


def practice_of(settings: Settings) -> Settings:
    """The settings of the practice site: its own folder and database, and nothing of it leaves by e-mail."""
    folder = settings.instance / PRACTICE
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / PRACTICE).touch()
    database = f"sqlite:///{folder / 'msixlite.sqlite3'}"
    return replace(settings, instance=folder, database_url=database, mail_sender="file", backup_folder=None)


def clear_practice(settings: Settings) -> None:
    """Throw away what was done in the practice site, and its made-up children with it."""
    shutil.rmtree(settings.instance / PRACTICE, ignore_errors=True)


def wants_demo(settings: Settings, db: OurSession) -> bool:
    """At the first start, unless the site was started clean."""
    return is_empty(db) and not (settings.instance / STARTED_CLEAN).exists()


def start_clean(settings: Settings) -> sessionmaker[OurSession]:
    """A site without people and children. Refuses where there are some already."""
    sessions = prepare(settings)
    with sessions().reading() as db:
        if not is_empty(db):
            raise RuleBroken(
                "This site already holds people or children. To begin anew, set MSIXLITE_INSTANCE to another folder, "
                "or move the present one away."
            )
    (settings.instance / STARTED_CLEAN).touch()
    return sessions


def fill_demo(
    sessions: sessionmaker[OurSession], settings: Settings, *, children: int = 600, seed: int = 1
) -> list[DemoAccount]:
    """Made-up places, people and children; the children come through the same upload as a State's files.

    The first account of each role is past password, Rules of Behavior and training; the others begin as a new colleague
    does. In a practice site all are past them, for the next person to use.
    """
    now = datetime.now(UTC)
    made = population.make(children=children, seed=seed, today=now.date())
    with sessions() as db, db.begin():
        demo_places.add(db, made.places)
    signs_in = _add_accounts(sessions, now, all_ready=is_practice(settings))
    _write_privately(settings.instance / DEMO_ACCOUNTS, json.dumps([asdict(one) for one in signs_in], indent=2))
    with tempfile.TemporaryDirectory() as folder:
        for state, path in state_files.write_submissions(made, Path(folder)).items():
            uploads.receive_file(sessions, path, state=state, now=now)
    with sessions() as db, db.begin():
        demo_requests.add(db, now=now)
        demo_corrections.add(db, now=now)
    return signs_in


def sign_ins(settings: Settings) -> list[dict[str, str]]:
    """The first sign-in of each role, as the demo's file has them; none in a site without the demo."""
    path = settings.instance / DEMO_ACCOUNTS
    if not path.exists():
        return []
    first: dict[str, dict[str, str]] = {}
    for account in json.loads(path.read_text(encoding="utf-8")):
        first.setdefault(account["role"], account)
    return list(first.values())


def shortcut(settings: Settings) -> Shortcut | None:
    """A link for the start of a demo to print; None in any other site."""
    registrar = next((one for one in sign_ins(settings) if one["role"] == Role.MSIX_PRIMARY.label), None)
    return Shortcut(random_token(), registrar["user"], registrar["password"]) if registrar else None


def _add_accounts(sessions: sessionmaker[OurSession], now: datetime, *, all_ready: bool) -> list[DemoAccount]:
    """Two accounts or more for each role; each with its own password that does not expire."""
    wanted = list(demo_accounts.wanted())
    plain = [passwords.one_time_password() for _ in wanted]
    with ThreadPoolExecutor(max_workers=2) as pool:
        hashes = list(pool.map(passwords.hash_password, plain))
    with sessions() as db, db.begin():
        users = [
            demo_accounts.create(db, account, password_hash=password_hash, now=now)
            for account, password_hash in zip(wanted, hashes, strict=True)
        ]
        first_of_roles = {user.role: user for user in reversed(users)}.values()
        for user in users if all_ready else first_of_roles:
            demo_accounts.make_ready(db, user, now=now)
        return [
            DemoAccount(user.role.label, user.user_name, password, user.place)
            for user, password in zip(users, plain, strict=True)
        ]


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
