"""The page of results beside a bare page of the same app: what a search costs the person who waits for it."""

import gc
import random
import statistics
import time
from datetime import UTC, datetime

from sqlalchemy import select

from bench._search_queries import Query
from msixlite import config
from msixlite.domain import accounts, saved_searches, training
from msixlite.models.users import Role, User
from msixlite.web import create_app

ROUNDS = 400
"""Pages of results, each followed by a bare page, so that both meet the same machine."""


def report(address, folder, children, classes, arguments) -> None:
    """Print p50 and p95 of both pages, and the ratios, by a signed-in person through the whole app."""
    settings = config.load(environment={"MSIXLITE_DATABASE_URL": address, "MSIXLITE_INSTANCE": str(folder)})
    app = create_app(settings)
    print("\n| queries | bare page p50, p95 ms | results p50, p95 ms | ratio p50, p95 |")
    print("|---------|-----------------------|---------------------|----------------|")
    for name, queries in classes.items():
        client, tokens = _signed_in(app, _texts(children, queries, arguments))
        bare, found = _times(client, tokens)
        figures = [f"{_at(times, 50):.2f}, {_at(times, 95):.2f}" for times in (bare, found)]
        ratios = ", ".join(f"x{_at(found, percent) / _at(bare, percent):.2f}" for percent in (50, 95))
        print(f"| {name:<7} | {figures[0]:>21} | {figures[1]:>19} | {ratios:>14} |", flush=True)
    for pool in ("mail_pool", "upload_pool"):
        app.extensions[pool].shutdown(wait=True)
    app.extensions["pdf_pool"].close()


def _times(client, tokens):
    """Seconds of the bare page and of the results, in turn; the first ones fill caches and do not count."""
    bare, found = [], []
    for at, token in enumerate(tokens):
        seconds = [_seconds(client, path) for path in ("/saved-searches/", f"/students/?search={token}")]
        if at >= 20:
            bare.append(seconds[0])
            found.append(seconds[1])
    return bare, found


def _texts(children, classes, arguments) -> list[str]:
    """Queries of all classes in turn."""
    rng = random.Random(arguments.seed)
    queries = list(classes.values())
    asked = [queries[at % len(queries)](rng.choice(children).records[0], rng) for at in range(ROUNDS)]
    return [one.typed if isinstance(one, Query) else one for one in asked]


def _signed_in(app, texts):
    now = datetime.now(UTC)
    with app.config["SESSIONS"]() as db, db.begin():
        user = db.scalar(select(User).where(User.user_name == "bench")) or _person(db, now)
        db.flush()
        attempt = accounts.begin_sign_in(db, "bench", now=now)
        _, token = accounts.finish_sign_in(db, attempt, fits=True, now=now)
        session = accounts.find_session(db, token, now=now)
        accounts.change_password(db, user, password_hash="none", session=session, now=now)
        tokens = [saved_searches.keep(db, text, now=now, by=user) for text in texts]
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(consented=True, _user_id=token, _fresh=True)
    return client, tokens


def _person(db, now):
    names = {"user_name": "bench", "email": "bench@example.gov", "first_name": "Bench", "last_name": "Mark"}
    role = Role.PRIVACY_ACT_ADMINISTRATOR
    user = accounts.create(db, **names, role=role, password_hash="none", now=now)
    db.flush()
    accounts.accept_rules(db, address="127.0.0.1", now=now, by=user)
    right = {number: question.right for number, question in enumerate(training.module_of(role).questions, 1)}
    training.take_quiz(db, right, pass_percent=80, now=now, by=user)
    return user


def _seconds(client, path) -> float:
    gc.collect(0)
    started = time.perf_counter()
    answer = client.get(path)
    seconds = time.perf_counter() - started
    assert answer.status_code == 200, (path, answer.status_code, answer.location)
    return seconds


def _at(times, percent) -> float:
    return 1000 * statistics.quantiles(times, n=100)[percent - 1]
