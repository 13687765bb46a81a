"""When rights were last used (A33): of the person, with success, by the index alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from msixlite.domain import access_use, audit
from msixlite.domain.permissions import Permission

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)
ACTIONS = {
    Permission.SEARCH_STUDENTS: ("students.index", "students.fields"),
    Permission.DISPLAY_STUDENT_RECORD: ("students.record",),
    Permission.RESET_PASSWORDS: ("users.reset_password",),
}


@pytest.fixture
def did(db, person):
    def did(action, days_ago, actor="msix_primary", outcome="ok"):
        at = NOW - timedelta(days=days_ago)
        audit.record(db, at=at, action=action, outcome=outcome, user_id=person(actor).id)

    return did


def used(db, person, actor="msix_primary"):
    found = access_use.last_used(db, person(actor), ACTIONS)
    return {right: (NOW - moment).days if moment else None for right, moment in found.items()}


def test_the_newest_of_the_actions_of_a_right(db, person, did):
    did("students.index", 9)
    did("students.fields", 3)
    did("students.index", 5)
    assert used(db, person) == {Permission.SEARCH_STUDENTS: 3, Permission.DISPLAY_STUDENT_RECORD: None}


def test_a_right_that_the_role_lacks_is_not_listed(db, person, did):
    did("users.reset_password", 1)
    assert Permission.RESET_PASSWORDS not in used(db, person)
    assert used(db, person, "state_user_administrator") == {Permission.RESET_PASSWORDS: None}


@pytest.mark.parametrize("other", [{"actor": "msix_secondary"}, {"outcome": "denied"}, {"outcome": "not found"}])
def test_neither_what_others_did_nor_what_was_refused(db, person, did, other):
    did("students.record", 1, **other)
    assert used(db, person)[Permission.DISPLAY_STUDENT_RECORD] is None


def test_it_reads_no_event_but_the_index_alone(db, person):
    """On a trail of a million events the same question without the index took two minutes."""
    statement = access_use._latest(person("msix_primary"), "home.index")
    words = str(statement.compile(db.get_bind(), compile_kwargs={"literal_binds": True})).replace("%%", "%")
    if db.get_bind().dialect.name == "sqlite":
        plan = " ".join(row[-1] for row in db.execute(text(f"EXPLAIN QUERY PLAN {words}")))
        assert "COVERING INDEX ix_audit_event_use (user_id=? AND outcome=? AND action=?)" in plan
        return
    db.execute(text("SET LOCAL enable_seqscan = off"))
    plan = " ".join(row[0] for row in db.execute(text(f"EXPLAIN {words}")))
    assert "Index Only Scan" in plan
    assert "ix_audit_event_use" in plan
