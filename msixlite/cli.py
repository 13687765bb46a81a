"""The command line: one verb, one function. Imports stand inside, so that --help is quick."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msixlite.config import Settings

ROOT = Path(__file__).resolve().parents[1]
BACKUP_WORDS = "MSIXLITE_PASSPHRASE"
"""The environment's name for the passphrase of a backup."""
Verb = Callable[[argparse.Namespace], int]


def main(arguments: list[str]) -> int:
    """Run one verb; 0 when it did what it says, 1 when it did not, 2 when the words were wrong."""
    if arguments[:1] == ["test"] and "--help" not in arguments[:2] and "-h" not in arguments[:2]:
        return test(arguments[1:])
    chosen = parser().parse_args(arguments or ["run"])
    from msixlite.config import ConfigError
    from msixlite.domain.errors import NotFound, RuleBroken

    try:
        return chosen.verb(chosen)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except (RuleBroken, NotFound) as error:
        print(error, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    top = argparse.ArgumentParser(prog="python3 app.py", description="msixlite: migrant student records exchange.")
    verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Verb, sentence: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=sentence, description=sentence)
        added.set_defaults(verb=run)
        return added

    serve = verb("run", run, "Serve the site (the same as no verb); the first start fills it with the demo.")
    serve.add_argument("--host", help="address to serve on (127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to serve on (8000)")
    try_out = verb("practice", practice, "Serve a practice site beside the real one: made-up children, its own bar.")
    try_out.add_argument("--host", help="address to serve on (127.0.0.1)")
    try_out.add_argument("--port", type=int, default=8001, help="port to serve on (8001)")
    try_out.add_argument("--fresh", action="store_true", help="throw away what was practiced before")
    verb("test", lambda _chosen: test([]), "Run every test: ruff, mypy, pytest. Further words go to pytest.")
    begin = verb("init", init, "Prepare the site's folder and database, and fill the demo when it is empty.")
    begin.add_argument("--empty", action="store_true", help="start clean: no demo, no accounts")
    made_up = verb("demo", demo, "Fill an empty site with made-up places, people and children.")
    made_up.add_argument("--children", type=int, default=600, help="how many children (600)")
    made_up.add_argument("--seed", type=int, default=1, help="the same seed makes the same children (1)")
    take = verb("import", import_file, "Take a State's submission: XLSX, ZIP of CSV files, or CSV.")
    take.add_argument("file", type=Path, metavar="FILE")
    take.add_argument("--state", required=True, metavar="XX", help="the State that sends it, two letters")
    take.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    join = verb("link", link, "Link State CSV files to children, away from the site: writes links.csv and review.csv.")
    join.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the State is a column, or the name: TX.csv")
    join.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    again = verb("match", match, "Compare all State records again, and put children who may be one on the worklists.")
    again.add_argument("--engine", choices=["own", "splink"], default="own", help="who compares (own)")
    backends = ["duckdb", "spark", "postgresql"]
    again.add_argument("--backend", choices=backends, default="duckdb", help="where Splink runs (duckdb)")
    person = verb("user", add_user, "Make an account with a one-time password, which is printed once.")
    person.add_argument("user_name")
    person.add_argument("--role", required=True, help="such as state_user_administrator")
    person.add_argument("--first-name", required=True)
    person.add_argument("--last-name", required=True)
    person.add_argument("--email", required=True)
    person.add_argument("--state", help="two letters; none for the roles of the Department of Education")
    vouch = verb("cert", cert, "Make a certificate authority and a server certificate of the site's own.")
    vouch.add_argument("names", nargs="*", metavar="NAME", help="names and addresses that people type (this machine's)")
    existing = verb("account", change_account, "Unlock, reset, disable, enable or deactivate an account of any role.")
    existing.add_argument("deed", choices=["unlock", "reset", "disable", "enable", "deactivate"])
    existing.add_argument("user_name")
    existing.add_argument("--reason", required=True, help="why, or how you made sure who asks; it is kept")
    verb("daily", daily, "Do the day's work, what else is due, and send the e-mail that waits: for the system's timer.")
    keep = verb("backup", backup, "Write the whole site into one file under AES-256, and try it.")
    keep.add_argument("file", type=Path, metavar="FILE")
    back = verb("restore", restore, "Bring a site back from a backup into a new folder, and prove it whole.")
    back.add_argument("file", type=Path, metavar="FILE")
    verb("bounce", take_bounce, "Read a returned e-mail from standard input and show it to its sender.")
    binding = verb("rules", publish_rules, "Publish a new version of the Rules of Behavior from a text file.")
    binding.add_argument("file", type=Path, metavar="FILE")
    binding.add_argument("--force", action="store_true", help="everybody reads it at their next page")
    walk = verb("verify-audit", verify_audit, "Walk the audit trail, or an exported one; name the first broken link.")
    walk.add_argument("--file", type=Path, metavar="EXPORT", help="the exported ZIP, or audit.csv with its signature")
    walk.add_argument("--public-key", type=Path, metavar="PEM", help="the site's public key, got by another way")
    verb("docs", docs, "Print the policy tables into docs/.")
    verb("translate", translate, "Bring the catalogues of translations up to what is marked, and compile them.")
    measure = verb("bench", bench, "Run a benchmark of bench/, or list them.")
    measure.add_argument("name", nargs="?")
    measure.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to the benchmark")
    return top


def run(chosen: argparse.Namespace) -> int:
    """Prepare, fill the demo at the first start, and serve until stopped."""
    from msixlite import config, server

    settings = config.load()
    config.check_transport(settings, chosen.host or settings.host)
    _fill_at_first_start(settings)
    return server.serve(settings, host=chosen.host or settings.host, port=chosen.port or settings.port)


def practice(chosen: argparse.Namespace) -> int:
    """The same for the practice site, in a folder of its own."""
    from msixlite import config, server, site

    settings = config.load()
    config.check_transport(settings, chosen.host or settings.host)
    if chosen.fresh:
        site.clear_practice(settings)
    own = site.practice_of(settings)
    _fill_at_first_start(own)
    return server.serve(own, host=chosen.host or settings.host, port=chosen.port)


def _fill_at_first_start(settings: "Settings") -> None:
    from msixlite import site

    sessions = site.prepare(settings)
    with sessions().reading() as db:
        first_start = site.wants_demo(settings, db)
    if first_start:
        print("Filling the demo …", flush=True)
        site.fill_demo(sessions, settings)
    sessions.kw["bind"].dispose()


def test(further: list[str]) -> int:
    """Lint, types, tests; all run, the worst decides."""
    steps = (
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy"],
        [sys.executable, "-m", "pytest", "-n", "auto", *further],
    )
    failed = [step[2] for step in steps if subprocess.run(step, cwd=ROOT).returncode != 0]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def init(chosen: argparse.Namespace) -> int:
    from msixlite import config, site

    settings = config.load()
    if chosen.empty:
        site.start_clean(settings)
        print(f"A clean site stands in {settings.instance}. Make the first account with: python3 app.py user --help")
        return 0
    sessions = site.prepare(settings)
    with sessions().reading() as db:
        wanted = site.wants_demo(settings, db)
    if wanted:
        site.fill_demo(sessions, settings)
    print(f"The site in {settings.instance} is ready{' and holds the demo' if wanted else ''}.")
    return 0


def demo(chosen: argparse.Namespace) -> int:
    from msixlite import config, site
    from msixlite.domain.errors import RuleBroken

    settings = config.load()
    sessions = site.prepare(settings)
    with sessions().reading() as db:
        if not site.is_empty(db):
            raise RuleBroken("This site already holds people or children; the demo fills an empty one only.")
    signs_in = site.fill_demo(sessions, settings, children=chosen.children, seed=chosen.seed)
    print(
        f"{chosen.children:,} made-up children and {len(signs_in)} accounts: {settings.instance / site.DEMO_ACCOUNTS}"
    )
    return 0


def import_file(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from msixlite import config, site, virus_scanner
    from msixlite.domain import uploads

    settings = config.load()
    if settings.virus_scanner and chosen.file.is_file():
        with chosen.file.open("rb") as content:
            virus_scanner.check(content, settings.virus_scanner, seconds=settings.virus_scanner_seconds)
    sessions = site.prepare(settings)
    now = datetime.now(UTC)
    report = uploads.receive_file(sessions, chosen.file, state=chosen.state, now=now, dry_run=chosen.dry_run)
    print("\n".join(report.summary()))
    return 0


def link(chosen: argparse.Namespace) -> int:
    from msixlite.domain import linking

    linking.link_files(chosen.files, chosen.out, say=print)
    return 0


def match(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from msixlite import config, site
    from msixlite.domain import rematching, splink_engine

    settings, engine = config.load(), rematching.own_engine
    if chosen.engine == "splink":
        engine = splink_engine.engine(chosen.backend, settings.database_url)
    report = rematching.rematch(site.prepare(settings), engine, now=datetime.now(UTC))
    print(report.summary())
    return 0


def add_user(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from msixlite import config, site
    from msixlite.domain import accounts, audit, passwords, places
    from msixlite.domain.errors import RuleBroken
    from msixlite.models.users import Role

    if chosen.role not in [role.value for role in Role]:
        raise RuleBroken(f"There is no role {chosen.role!r}. Roles are: {', '.join(role.value for role in Role)}.")
    plain = passwords.one_time_password()
    password_hash = passwords.hash_password(plain)
    now = datetime.now(UTC)
    with site.prepare(config.load())() as db, db.begin():
        user = accounts.create(
            db,
            user_name=chosen.user_name,
            email=chosen.email,
            first_name=chosen.first_name,
            last_name=chosen.last_name,
            role=Role(chosen.role),
            password_hash=password_hash,
            now=now,
            state=places.get_state(db, chosen.state) if chosen.state else None,
        )
        audit.record(db, at=now, action="command line: user", outcome="ok", subject=f"user {user.id}")
    print(f"One-time password for {chosen.user_name}, good for 72 hours: {plain}")
    return 0


def cert(chosen: argparse.Namespace) -> int:
    from msixlite import certificates, config

    settings = config.load()
    names = chosen.names or certificates.own_names()
    files = certificates.make(settings.instance / "tls", names)
    print(
        f"For {', '.join(names)}, good until {certificates.SERVER_LIFE.days} days from now.\n\n"
        f"Write into {settings.instance / 'config.toml'}:\n\n"
        f'tls_certificate = "{files.certificate}"\ntls_key = "{files.key}"\n\n'
        f"Then let every browser of your office trust this file (it vouches for this server only):\n{files.authority}"
    )
    return 0


def change_account(chosen: argparse.Namespace) -> int:
    """Also for the roles of the Department of Education, whom nobody manages on the web (C17)."""
    from datetime import UTC, datetime

    from msixlite import config, site
    from msixlite.domain import account_steps, audit, passwords

    plain = passwords.one_time_password()
    password_hash = passwords.hash_password(plain)
    now = datetime.now(UTC)
    with site.prepare(config.load())() as db, db.begin():
        user = account_steps.by_system(
            db, chosen.user_name, chosen.deed, reason=chosen.reason, password_hash=password_hash, now=now
        )
        audit.record(db, at=now, action=f"command account {chosen.deed}", outcome="ok", subject=f"user {user.id}")
    print(f"{user.user_name} is {user.status.value}.")
    if chosen.deed == "reset":
        print(f"One-time password, good for 72 hours: {plain}")
    return 0


def daily(_chosen: argparse.Namespace) -> int:
    from msixlite import config, scheduler, site

    settings = config.load()
    sessions = site.prepare(settings)
    outcomes = [*scheduler.days_work(settings, sessions), *scheduler.tick(settings, sessions)]
    print("\n".join(outcome.words for outcome in outcomes))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def backup(chosen: argparse.Namespace) -> int:
    from sqlalchemy import make_url

    from msixlite import backups, config
    from msixlite.domain import export_files

    settings = config.load()
    passphrase = _passphrase("Passphrase for the backup (empty: one is made): ") or export_files.new_passphrase()
    print(backups.write(settings, chosen.file.resolve(), passphrase=passphrase))
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        print("Tried: " + backups.drill(chosen.file, settings, passphrase=passphrase).words)
    if not os.environ.get(BACKUP_WORDS):
        print(f"Passphrase, kept nowhere: {passphrase}")
    return 0


def restore(chosen: argparse.Namespace) -> int:
    from msixlite import backups, config

    done = backups.restore(chosen.file, config.load(), passphrase=_passphrase("Passphrase of the backup: "))
    print(done.words)
    return 0 if done.audit_ok else 1


def _passphrase(question: str) -> str:
    """From the environment, from the keyboard without showing it, or a line of standard input."""
    import getpass

    if given := os.environ.get(BACKUP_WORDS):
        return given
    return getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline().strip()


def publish_rules(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from msixlite import config, site
    from msixlite.domain import accounts, audit
    from msixlite.domain.errors import RuleBroken

    try:
        text = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleBroken(f"{chosen.file} cannot be read as text: {error}") from error
    now = datetime.now(UTC)
    with site.prepare(config.load())() as db, db.begin():
        made = accounts.publish_rules(db, text=text, forced=chosen.force, now=now)
        audit.record(db, at=now, action="command rules", outcome="ok", subject=f"rules {made.id}")
    print(f"Version {made.id} of the Rules of Behavior is published.")
    return 0


def take_bounce(_chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from msixlite import config, mail_bounces, site
    from msixlite.domain import mail

    message_id, answer = mail_bounces.read(sys.stdin.buffer.read(1_000_000))
    with site.prepare(config.load())() as db, db.begin():
        mail.returned(db, message_id, answer, now=datetime.now(UTC))
    return 0


def verify_audit(chosen: argparse.Namespace) -> int:
    from msixlite import audit_files

    passphrase = partial(_passphrase, "Passphrase of the export: ")
    return audit_files.verify(chosen.file, chosen.public_key, passphrase=passphrase)


def docs(_chosen: argparse.Namespace) -> int:
    from msixlite import printed_docs

    for written in printed_docs.write(ROOT / "docs"):
        print(written.relative_to(ROOT))
    return 0


def translate(_chosen: argparse.Namespace) -> int:
    from msixlite import catalogue

    for language in catalogue.languages():
        catalogue.update(language)
        waiting = catalogue.untranslated(language)
        print(f"{language}: " + (f"to translate: {'; '.join(waiting)}" if waiting else "complete"))
    return 1 if any(map(catalogue.untranslated, catalogue.languages())) else 0


def bench(chosen: argparse.Namespace) -> int:
    known = sorted(file.stem for file in (ROOT / "bench").glob("*.py") if not file.stem.startswith("_"))
    if chosen.name not in known:
        print("Benchmarks: " + ", ".join(known))
        return 0 if chosen.name is None else 2
    command = [sys.executable, str(ROOT / "bench" / f"{chosen.name}.py"), *chosen.rest]
    return subprocess.run(command, cwd=ROOT).returncode
