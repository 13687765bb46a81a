"""The audit trail: chained, whole, and found out when it is not."""

import random

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from msixlite.domain import audit
from msixlite.models.audit import AuditEvent, AuditHead
from tests.tamper import drop_triggers


@pytest.fixture
def trail(as_, app):
    """A session on a database in which a person of Texas did a few things."""
    client = as_("msix_primary")
    for _ in range(6):
        client.get("/", expect=200)
    with app.config["SESSIONS"]() as db:
        yield db


def test_the_trail_is_whole(trail):
    check = audit.verify(trail)
    assert check.ok
    assert check.events >= 6


def test_reads_are_events_too(trail):
    event = trail.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.outcome) == ("home.index", "ok")
    assert event.user_id is not None
    assert event.at.utcoffset().total_seconds() == 0


@pytest.fixture
def unguarded(trail):
    drop_triggers(trail)
    return trail


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 'ok' WHERE id = 1",
        "DELETE FROM audit_event WHERE id = 1",
        "DELETE FROM audit_event",
        "DELETE FROM audit_head",
        "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE id = 1",
        "TRUNCATE audit_event",
    ],
)
def test_the_database_itself_refuses_to_change_the_trail(trail, statement):
    with pytest.raises(DBAPIError):
        trail.execute(text(statement))
    trail.rollback()
    assert audit.verify(trail).ok


@pytest.mark.parametrize("seed", range(12))
def test_tampering_is_found_and_named(unguarded, seed):
    count = unguarded.scalar(select(func.count()).select_from(AuditEvent))
    dice = random.Random(seed)
    at = dice.randint(1, count - 1)
    column, value = dice.choice(
        [
            ("action", "x"),
            ("user_id", None),
            ("outcome", "denied"),
            ("changes", [["a"]]),
            ("subject", "y"),
            ("hash", "0" * 64),
        ]
    )
    unguarded.execute(update(AuditEvent).where(AuditEvent.id == at).values({column: value}))
    check = audit.verify(unguarded)
    assert not check.ok
    assert str(at) in check.message


def test_an_event_rewritten_with_a_hash_that_fits_it_breaks_the_link_to_the_next(unguarded):
    made = unguarded.get(AuditEvent, 3)
    made.outcome = "denied"
    made.hash = audit.hash_of(made)
    unguarded.flush()
    assert "Event 4 does not follow event 3" in audit.verify(unguarded).message


def test_a_missing_event_is_named(unguarded):
    unguarded.execute(delete(AuditEvent).where(AuditEvent.id == 3))
    assert "Event 3 is missing" in audit.verify(unguarded).message


def test_a_trail_cut_short_is_found(unguarded):
    last = unguarded.scalar(select(func.max(AuditEvent.id)))
    unguarded.execute(delete(AuditEvent).where(AuditEvent.id == last))
    assert "were cut" in audit.verify(unguarded).message


def test_an_emptied_trail_is_found(unguarded):
    unguarded.execute(delete(AuditEvent))
    assert not audit.verify(unguarded).ok


def test_old_and_new_values_are_kept_and_secrets_are_not(as_, app, password):
    client = as_("msix_primary")
    client.send("/me/", {}, expect=303)
    client.send("/password", {"present": password[0], "new": "Orchard-Gate-9", "again": "Orchard-Gate-9"}, expect=303)
    with app.config["SESSIONS"]() as db:
        kept = [change for event in db.scalars(select(AuditEvent)) for change in event.changes]
        assert [c[2:] for c in kept if c[:1] == ["user"] and c[2] == "keyboard_shortcuts"] == [
            ["keyboard_shortcuts", True, False]
        ]
        assert ["(secret)", "(secret)"] in [change[3:] for change in kept]
        assert "argon2" not in str(kept)


def test_the_deed_fails_when_its_event_cannot_be_written(as_, app):
    client = as_("msix_primary")
    token = client.token()
    with app.config["SESSIONS"]() as db, db.begin():
        db.execute(update(AuditHead).values(event_id=0))
    assert client.post("/me/", data={"csrf_token": token}).status_code == 500
    with app.config["SESSIONS"]() as db:
        from msixlite.models.users import User

        assert db.scalar(select(User.keyboard_shortcuts).where(User.user_name == "msix_primary")) is True
