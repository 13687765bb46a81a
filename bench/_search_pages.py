"""The page of results beside a bare page of the same app: what a search costs the person who waits for it."""

import random
import statistics
import time
from datetime import UTC, datetime

from sqlalchemy import select

from bench._search_queries import Query
from msixlite import config
from msixlite.domain import accounts, places, saved_searches, training
from msixlite.models.users import Role, User
from msixlite.web import create_app

ROUNDS = 400
"""Pages of results, each followed by a bare page, so that both meet the same machine."""


def report(address, folder, children, classes, arguments) -> None:
    """Print p50 and p95 of both pages, and the ratios, by a signed-in person through the whole app."""
    settings = config.load(environment={"MSIXLITE_DATABASE_URL": address, "MSIXLITE_INSTANCE": str(folder)})
    app = create_app(settings)
    titles = (
        "nothing searched p50, p95",
        "results p50, p95",
        "ratio p50, p95",
        "another page p50, p95",
        "ratio p50, p95",
    )
    print(f"\n| queries | {' | '.join(titles)} |\n|---|---|---|---|---|---|")
    for name, queries in classes.items():
        client, tokens = _signed_in(app, _texts(children, queries, arguments))
        bare, other, found = _times(client, tokens)
        cells = [_figures(bare), _figures(found), _ratios(found, bare), _figures(other), _ratios(found, other)]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    for pool in ("mail_pool", "upload_pool"):
        app.extensions[pool].shutdown(wait=True)
    app.extensions["pdf_pool"].close()


def _times(client, tokens):
    """Seconds of the page before a search, of another small page and of results, in turn; the first fill caches."""
    rows = [
        [_seconds(client, path) for path in ("/students/", "/saved-searches/", f"/students/?search={token}")]
        for token in tokens
    ]
    return tuple(zip(*rows[20:], strict=True))


def _figures(times) -> str:
    return f"{_at(times, 50):.2f}, {_at(times, 95):.2f}"


def _ratios(found, bare) -> str:
    return ", ".join(f"x{_at(found, percent) / _at(bare, percent):.2f}" for percent in (50, 95))


def _texts(children, classes, arguments) -> list[str]:
    """Queries of all classes in turn."""
    rng = random.Random(arguments.seed)
    queries = list(classes.values())
    asked = [queries[at % len(queries)](rng.choice(children).records[0], rng) for at in range(ROUNDS)]
    return [one.typed if isinstance(one, Query) else one for one in asked]


def _signed_in(app, texts):
    now = datetime.now(UTC)
    with app.config["SESSIONS"]() as db, db.begin():
        user = db.scalar(select(User).where(User.user_name == "registrar")) or _person(db, now)
        db.flush()
        attempt = accounts.begin_sign_in(db, "registrar", now=now)
        _, token = accounts.finish_sign_in(db, attempt, fits=True, now=now)
        session = accounts.find_session(db, token, now=now)
        accounts.change_password(db, user, password_hash="none", session=session, now=now)
        tokens = [saved_searches.keep(db, text, now=now, by=user) for text in texts]
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(consented=True, _user_id=token, _fresh=True)
    return client, tokens


def _person(db, now):
    names = {"user_name": "registrar", "email": "registrar@example.gov", "first_name": "Bench", "last_name": "Mark"}
    role, state = Role.MSIX_PRIMARY, places.get_state(db, "TX")
    district = places.add_district(db, state=state, code="4800001", name="Robles ISD")
    user = accounts.create(db, **names, role=role, password_hash="none", now=now, state=state, district=district)
    db.flush()
    accounts.accept_rules(db, address="127.0.0.1", now=now, by=user)
    right = {number: question.right for number, question in enumerate(training.module_of(role).questions, 1)}
    training.take_quiz(db, right, pass_percent=80, now=now, by=user)
    return user


def _seconds(client, path) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    seconds = time.perf_counter() - started
    assert answer.status_code == 200, (path, answer.status_code, answer.location)
    return seconds


def _at(times, percent) -> float:
    return 1000 * statistics.quantiles(times, n=100)[percent - 1]
