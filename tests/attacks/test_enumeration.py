"""Whether an account exists cannot be told from the answer, neither by its text nor by its time."""

import re
import statistics
import time

import pytest
from sqlalchemy import select

from msixlite.models.users import AccountStatus, User

TRIES = 8


def guess(client, user_name):
    return client.send("/login", {"user_name": user_name, "password": "Wrong-Guess-1"}, expect=422)


@pytest.fixture
def knocking(app):
    def client():
        made = app.test_client()
        made.send("/consent", expect=303)
        return made

    return client


@pytest.fixture
def many(app, clock):
    """Accounts enough that none is disabled by the guesses."""
    with app.config["SESSIONS"]().reading() as db:
        names = list(db.scalars(select(User.user_name).order_by(User.id)))
    assert len(names) >= TRIES
    return names[:TRIES]


def plain(answer):
    return re.sub(r"(value|content|hx-headers)=(\".*?\"|'.*?')", "", answer.text), sorted(answer.headers.keys())


def test_the_text_and_headers_are_the_same(knocking, app, many):
    with app.config["SESSIONS"]() as db, db.begin():
        for name, status in zip(many[:2], (AccountStatus.DISABLED, AccountStatus.DEACTIVATED), strict=True):
            db.scalar(select(User).where(User.user_name == name)).status = status
    answers = [plain(guess(knocking(), name)) for name in (*many[:3], "nobody", "", "x" * 60, "' OR 1=1 --") if name]
    assert all(answer == answers[0] for answer in answers)


def test_the_time_is_alike(knocking, many):
    """Medians of interleaved tries; a missing hash would make one kind ten times quicker."""
    client = knocking()
    token = client.token("/login")

    def seconds(user_name):
        began = time.perf_counter()
        client.post("/login", data={"csrf_token": token, "user_name": user_name, "password": "Wrong-Guess-1"})
        return time.perf_counter() - began

    seconds("nobody-first")
    known, unknown = [], []
    for number, name in enumerate(many):
        known.append(seconds(name))
        unknown.append(seconds(f"nobody-{number}"))
    ratio = statistics.median(known) / statistics.median(unknown)
    assert 0.5 < ratio < 2, (known, unknown)


def test_a_second_factor_does_not_show_before_the_password(knocking, app, as_, clock):
    """Who guesses passwords does not learn who has one."""
    as_("msix_primary").send("/second-factor/begin", expect=303)
    assert plain(guess(knocking(), "msix_primary")) == plain(guess(knocking(), "msix_secondary"))
