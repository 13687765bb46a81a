"""Follow-up of flags: which flags call for it, and what becomes of it when children are merged."""

import pytest

from msixlite.domain import clocks, consolidated_record, follow_ups
from msixlite.domain.errors import RuleBroken
from msixlite.models.follow_ups import FollowUpKind
from tests import world
from tests.cases import person, record_of

K = FollowUpKind
EASTERN = "America/New_York"


def flagged(office, number="TX100"):
    with office.read() as db:
        record = consolidated_record.build(db, record_of(db, number).student, today=office.now.date())
        return follow_ups.flagged(record)


def ask(db, office, number="TX100", actor="vt_msix_primary", kind=K.MED_ALERT):
    student = record_of(db, number).student
    record = consolidated_record.build(db, student, today=office.now.date())
    how = {
        "kind": kind,
        "whom": "  Nurse   Holloway ",
        "asked_on": clocks.day_in(office.now, EASTERN),
        "now": office.now,
    }
    return follow_ups.ask(db, student, record, **how, by=person(db, actor))


@pytest.mark.parametrize(
    ("alert", "immunization", "kinds"),
    [
        ("Chronic", "Y", [K.IMMUNIZATION, K.MED_ALERT]),
        ("Acute", "N", [K.MED_ALERT]),
        ("None", "Y", [K.IMMUNIZATION]),
        ("None", "N", []),
    ],
)
def test_yes_chronic_and_acute_call_for_it(office, alert, immunization, kinds):
    tables = world.texas_file()
    tables["Enrollments"][0] |= {"Med Alert Indicator": alert, "Immunization Record Flag": immunization}
    office.take(tables)
    assert flagged(office) == kinds


def test_blanks_are_squeezed_and_one_of_the_asking_state_ticks_it(office):
    with office.deed() as db:
        made = ask(db, office)
        assert (made.whom, made.state_code) == ("Nurse Holloway", "VT")
        how = {"received_on": clocks.day_in(office.now, EASTERN), "now": office.now}
        by = person(db, "vt_msix_secondary")
        follow_ups.receive(db, record_of(db, "TX100").student, made.id, **how, by=by)
        assert made.received_by_id == by.id


def test_people_of_no_state_tick_nothing(office):
    with office.deed() as db, pytest.raises(RuleBroken, match="of a State"):
        ask(db, office, actor="privacy_act_administrator")


def test_a_merged_childs_follow_ups_are_the_survivors(office):
    tables = world.texas_file()
    flags = {"State Student Identifier": "TX103", "Med Alert Indicator": "Acute"}
    tables["Enrollments"].append({**tables["Enrollments"][0], **flags})
    office.take(tables)
    with office.deed() as db:
        ask(db, office, "TX103", actor="msix_primary")
    office.validate(office.merge("TX100", "TX103"))
    with office.read() as db:
        found = follow_ups.of_child(db, record_of(db, "TX100").student)
        assert [one.whom for one in found[K.MED_ALERT]] == ["Nurse Holloway"]
        assert found[K.IMMUNIZATION] == []
