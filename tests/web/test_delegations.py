"""The page of delegations: one's own, and for the State's lead those of others."""

import pytest

from msixlite.domain import days, delegations
from tests.cases import person

TX, DISTRICT, REGION = "state_data_administrator", "district_data_administrator", "regional_data_administrator"


@pytest.fixture
def lent(office):
    """A district's desk, lent to the region's administrator for today."""
    with office.deed() as db:
        by = person(db, DISTRICT)
        today = days.today_of(by, office.now)
        how = {"starts_on": today, "ends_on": today, "now": office.now, "by": by}
        return delegations.delegate(db, to_id=person(db, REGION).id, **how).id


@pytest.mark.parametrize(("actor", "ends"), [(DISTRICT, True), (REGION, False), (TX, True)])
def test_who_may_end_it_finds_the_button(as_, lent, actor, ends):
    text = as_(actor).get("/delegations/", expect=200).text
    assert "District DistrictDataAdministrator → " in text
    assert (f"/delegations/{lent}/end" in text) is ends
    assert ("Agreed by others in your State" in text) is (actor == TX)


def test_the_states_lead_ends_it(as_, lent):
    as_(TX).send(f"/delegations/{lent}/end", expect=303)
    assert "Agreed" not in as_(DISTRICT).get("/delegations/", expect=200).text


@pytest.mark.parametrize("actor", [REGION, "vt_state_data_administrator"])
def test_for_others_it_is_not_there(as_, lent, actor):
    as_(actor).send(f"/delegations/{lent}/end", expect=404)


def test_too_many_days_come_back_with_a_sentence(as_, office):
    with office.read() as db:
        to = str(person(db, DISTRICT).id)
    form = {"to": to, "starts_on": "2026-12-01", "ends_on": "2099-01-01"}
    assert "at most 90 days" in as_(TX).send("/delegations/", form, expect=422).text
