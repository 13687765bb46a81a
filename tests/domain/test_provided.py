"""Information provided: guards, the own State alone, and what becomes of entries when children are merged."""

from datetime import timedelta

import pytest

from msixlite.domain import provided
from msixlite.domain.errors import RuleBroken
from msixlite.domain.provided import Between, Draft
from msixlite.models.provided import Channel
from tests.cases import person, record_of

CLERK = "msix_primary"


def add(db, office, number="TX101", actor=CLERK, **changes):
    values = {
        "given_on": office.now.date() - timedelta(days=2),
        "what": ("Transcript",),
        "to_person": "J. Abbott",
        "to_office": "",
        "channel": Channel.PHONE,
    }
    draft = Draft(**{**values, **changes})
    return provided.add(db, record_of(db, number).student, draft, now=office.now, by=person(db, actor))


def test_only_what_can_be_ticked_and_words_are_kept(office):
    with office.deed() as db:
        made = add(db, office, what=("Transcript", "Enrollment and grade", "nonsense"), other=" a photograph ")
        assert made.what == "Enrollment and grade; Transcript; a photograph"
        assert made.state_code == "TX"


@pytest.mark.parametrize("changes", [{"other": "x" * 301}, {"note": "x" * 1_001}, {"what": ()}, {"to_person": " "}])
def test_guards(office, changes):
    with office.deed() as db, pytest.raises(RuleBroken):
        add(db, office, **changes)


def test_today_is_the_clerks_own_day(office):
    with office.deed() as db, pytest.raises(RuleBroken, match="cannot lie ahead"):
        add(db, office, given_on=office.now.date() + timedelta(days=2))


def test_people_of_no_state_note_nothing(office):
    with office.deed() as db, pytest.raises(RuleBroken, match="of a State"):
        add(db, office, actor="privacy_act_administrator")


def test_the_own_states_entries_the_newest_first_in_the_list_the_oldest_first_in_the_file(office):
    with office.deed() as db:
        for days in (3, 1, 2):
            add(db, office, given_on=office.now.date() - timedelta(days=days))
        add(db, office, actor="vt_msix_primary")
    with office.read() as db:
        found = provided.of_state(db, Between(), by=person(db, CLERK))
        assert [(office.now.date() - one.given_on).days for one in found] == [1, 2, 3]
        rows = provided.export_rows(db, Between(), by=person(db, CLERK))
        assert [(office.now.date() - row["Given On"]).days for row in rows] == [3, 2, 1]
        with pytest.raises(RuleBroken, match="after the last"):
            provided.of_state(db, Between(office.now.date(), found[0].given_on), by=person(db, CLERK))


def test_a_merged_childs_entries_are_the_survivors(office):
    with office.deed() as db:
        add(db, office, "TX103")
    office.validate(office.merge("TX100", "TX103"))
    with office.read() as db:
        survivor = record_of(db, "TX100").student
        assert [one.what for one in provided.of_child(db, survivor)] == ["Transcript"]
        (row,) = provided.export_rows(db, Between(), by=person(db, CLERK))
        assert row["MSIX Identification Number"] == survivor.msix_id
