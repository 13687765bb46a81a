"""Follow-up of flags on screen: asked, received, and no place for a diagnosis."""

import re

import pytest
from sqlalchemy import inspect, select

from msixlite.models.follow_ups import FollowUp
from msixlite.models.students import StateRecord, Student

CLERK = "vt_msix_primary"


@pytest.fixture
def msix_id(db):
    """Graciela's: Texas reports a chronic medical alert and an immunization record."""
    return of(db, "TX100")


def of(db, number):
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == number))


@pytest.fixture
def form():
    return {"kind": "Medical alert", "whom": "Nurse Holloway, Seabreeze Junior High", "asked_on": "2026-11-20"}


@pytest.fixture
def number(as_, msix_id, form, db):
    as_(CLERK).send(f"/follow-ups/{msix_id}/asked", form, expect=303)
    db.rollback()
    return db.scalar(select(FollowUp.id))


def test_the_record_shows_it_beside_the_flag(as_, msix_id, form):
    client = as_(CLERK)
    assert client.get(f"/students/{msix_id}", expect=200).text.count("nobody asked yet") == 2
    client.send(f"/follow-ups/{msix_id}/asked", form, expect=303)
    page = client.get(f"/students/{msix_id}", expect=200).text
    assert "☑ asked 11/20/2026 ☐ not received" in page
    assert "☑ asked Nurse Holloway, Seabreeze Junior High 11/20/2026 (Vt MSIXPrimary, VT), ☐ not received" in page
    assert page.count("nobody asked yet") == 1


def test_received_is_ticked_once(as_, msix_id, number):
    path = f"/follow-ups/{msix_id}/{number}/received"
    client = as_("vt_msix_secondary")
    client.send(path, {"received_on": "2026-11-23"}, expect=303)
    assert "☑ received 11/23/2026" in client.get(f"/students/{msix_id}", expect=200).text
    assert "already marked as received" in client.send(path, {"received_on": "2026-11-24"}, expect=422).text


@pytest.mark.parametrize(
    ("day", "says"), [("2026-11-19", "before it was asked"), ("2999-01-01", "lies ahead"), ("", "Give the day")]
)
def test_a_day_that_cannot_be(as_, msix_id, number, day, says):
    page = as_(CLERK).send(f"/follow-ups/{msix_id}/{number}/received", {"received_on": day}, expect=422).text
    assert says in page


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"whom": ""}, "Say who was asked"),
        ({"whom": "x"}, "Say who was asked"),
        ({"whom": "x" * 81}, "At most 80 letters"),
        ({"asked_on": "2999-01-01"}, "lies ahead"),
        ({"asked_on": "soon"}, "Not a valid date"),
        ({"kind": "Asthma"}, "Not a valid choice"),
    ],
)
def test_a_bad_form(as_, msix_id, form, db, changes, says):
    assert says in as_(CLERK).send(f"/follow-ups/{msix_id}/asked", {**form, **changes}, expect=422).text
    assert db.scalars(select(FollowUp)).all() == []


def test_without_the_flag_there_is_nothing_to_ask(as_, form, db):
    plain = of(db, "TX101")
    page = as_("msix_primary").get(f"/follow-ups/{plain}", expect=200).text
    assert "No State reports" in page
    assert "Follow up" not in as_("msix_primary").get(f"/students/{plain}", expect=200).text
    page = as_("msix_primary").send(f"/follow-ups/{plain}/asked", form, expect=422).text
    assert "nothing to ask for" in page


def test_another_state_ticks_nothing_and_another_child_has_it_not(as_, msix_id, number, db):
    as_("msix_primary").send(f"/follow-ups/{msix_id}/{number}/received", {"received_on": "2026-11-23"}, expect=404)
    as_(CLERK).send(f"/follow-ups/{of(db, 'TX101')}/{number}/received", {"received_on": "2026-11-23"}, expect=404)
    as_(CLERK).send(f"/follow-ups/{msix_id}/999/received", {"received_on": "2026-11-23"}, expect=404)


def test_who_may_not(as_, msix_id):
    as_("privacy_act_administrator").get(f"/follow-ups/{msix_id}", expect=403)


def test_there_is_no_column_for_health(as_, msix_id):
    """Whom one asked is the only text: 80 letters, with the word that no diagnosis is written."""
    texts = [column.name for column in inspect(FollowUp).columns if column.type.python_type is str]
    assert texts == ["state_code", "whom"]
    page = as_(CLERK).get(f"/follow-ups/{msix_id}", expect=200).text
    assert "Write no diagnosis" in page
    assert "<textarea" not in page
    assert re.search(r'maxlength="80"[^>]*name="whom"', page)
