"""The pages of merges and splits: pick, compare, begin, withdraw, undo."""

import re

import pytest
from sqlalchemy import select

from msixlite.models.audit import AuditEvent
from msixlite.models.merge_split import ChangeStatus, IdentityChange
from msixlite.models.worklist import WorklistItem
from tests.cases import REASON, SETTINGS, record_of

TX, VT = "state_data_administrator", "vt_state_data_administrator"


@pytest.fixture
def ids(office):
    return office.owners()


def merge_form(ids, *numbers, **more):
    return {"msix_id": [ids[number] for number in numbers], "master": ids[numbers[0]], "reason": REASON, **more}


class TestNewMerge:
    def test_two_records_side_by_side(self, as_, ids):
        page = as_(TX).get(f"/merges/new?msix_id={ids['TX103']}&msix_id={ids['VT201']}", expect=200).text
        for shown in ("Okonkwo", "Castañeda", "only differences", "The record if merged", "Send to validation"):
            assert shown in page
        every = as_(TX).get(f"/merges/new?msix_id={ids['TX103']}&msix_id={ids['VT201']}&fields=all", expect=200).text
        assert every.count("<tr>") > page.count("<tr>")

    def test_begins(self, as_, ids, db):
        answer = as_("msix_primary").send("/merges/new", merge_form(ids, "TX103", "VT201"), expect=303)
        page = as_("msix_primary").get(answer.location, expect=200).text
        assert "waits for validation" in page
        assert REASON in page

    @pytest.mark.parametrize(
        ("numbers", "more", "sentence"),
        [
            (("TX103",), {}, "at least two"),
            (("TX103", "VT201"), {"reason": "no"}, "at least 10"),
            (("TX103", "VT201"), {"master": "123456789012"}, "Choose the master record"),
            (("TX101", "TX102"), {}, "these may be twins"),
            (("TX103", "VT201"), {"reason": "x" * 501}, "at most 500"),
        ],
    )
    def test_bad_forms_come_back_with_everything_typed(self, as_, ids, numbers, more, sentence):
        form = merge_form(ids, *numbers, **more)
        page = as_(TX).send("/merges/new", form, expect=422).text
        assert sentence in page
        assert form["reason"] in page or len(numbers) < 2

    @pytest.mark.parametrize("msix_id", ["123", "999999999999", "nonsense", "' OR 1=1"])
    def test_a_bad_id(self, as_, ids, msix_id):
        page = as_(TX).get("/merges/new", query_string={"msix_id": [ids["TX103"], msix_id]}).text
        assert "There is no child" in page or "at least two" in page

    def test_another_states_children(self, as_, ids):
        page = as_(VT).send("/merges/new", merge_form(ids, "TX101", "TX103"), expect=422).text
        assert "None of these records" in page

    @pytest.mark.parametrize("actor", ["msix_secondary", "state_user_administrator", "privacy_act_administrator"])
    def test_without_the_right(self, as_, ids, actor):
        as_(actor).get("/merges/new", expect=403)
        as_(actor).send("/merges/new", merge_form(ids, "TX103", "VT201"), expect=403)

    def test_is_picked_in_the_results_of_a_search(self, as_):
        found = as_(TX).send("/students/", {"q": "castaneda graciela"}, expect=303).location
        page = as_(TX).get(found, expect=200).text
        assert page.count('type="checkbox" name="msix_id"') == 2
        assert 'name="msix_id"' not in as_("msix_secondary").send("/students/suggest", {"q": "castaneda graciela"}).text


class TestMergePage:
    def begun(self, office):
        item = office.merge("TX103", "VT201")
        with office.read() as db:
            return db.get(WorklistItem, item).change_id, item

    def test_withdraw(self, as_, office, db):
        change, _ = self.begun(office)
        assert "Only the person who began it" in as_(VT).send(f"/merges/{change}/withdraw", expect=422).text
        as_(TX).send(f"/merges/{change}/withdraw", expect=303)
        assert db.get(IdentityChange, change).status is ChangeStatus.WITHDRAWN

    def test_unmerge_wants_a_reason_and_gives_everything_back(self, as_, office, ids):
        change, item = self.begun(office)
        office.validate(item)
        client = as_(TX)
        assert "at least 10" in client.send(f"/merges/{change}/undo", {"reason": "no"}, expect=422).text
        client.send(f"/merges/{change}/undo", {"reason": "these are two children"}, expect=303)
        assert office.owners() == ids

    def test_the_retired_number_leads_on(self, as_, office, ids):
        _, item = self.begun(office)
        office.validate(item)
        answer = as_("msix_primary").get(f"/students/{ids['VT201']}", expect=303)
        assert answer.location == f"/students/{ids['TX103']}"

    def test_a_district_without_a_record_does_not_see_it(self, as_, office):
        change, _ = self.begun(office)
        as_("district_data_administrator").get(f"/merges/{change}", expect=404)
        as_("district_data_administrator").send(f"/merges/{change}/undo", {"reason": REASON}, expect=404)
        assert "None yet" in as_("district_data_administrator").get("/merges/", expect=200).text

    def test_who_may_begin_may_not_undo(self, as_, office):
        change, item = self.begun(office)
        office.validate(item)
        as_("msix_primary").send(f"/merges/{change}/undo", {"reason": REASON}, expect=403)

    @pytest.mark.parametrize(
        "path", ["/merges/4711", "/splits/4711", "/merges/99999999999999", "/splits/new/999999999999"]
    )
    def test_a_bad_id_does_not_exist(self, as_, path):
        as_(TX).get(path, expect=404)

    def test_a_merge_is_no_split(self, as_, office):
        change, _ = self.begun(office)
        as_(TX).get(f"/splits/{change}", expect=404)


class TestSplit:
    def test_begins_on_the_history_page(self, as_, ids, office):
        page = as_(TX).get(f"/students/{ids['TX100']}/history", expect=200).text
        assert f"/splits/new/{ids['TX100']}" in page
        with office.read() as db:
            record = record_of(db, "VT200").id
        form = {f"record_{record}": "1", "reason": REASON}
        answer = as_(TX).send(f"/splits/new/{ids['TX100']}", form, expect=303)
        assert "waits for validation" in as_(TX).get(answer.location, expect=200).text
        assert office.owners() == ids

    def test_bad_forms_come_back(self, as_, ids, office):
        with office.read() as db:
            record = record_of(db, "VT200").id
        assert "Choose at least one" in as_(TX).send(f"/splits/new/{ids['TX100']}", {"reason": REASON}, expect=422).text
        page = as_(TX).send(f"/splits/new/{ids['TX100']}", {f"record_{record}": "2", "reason": "no"}, expect=422).text
        assert "at least 10" in page
        assert re.search(r'value="2" selected', page)

    def test_one_state_record_is_not_split(self, as_, ids):
        assert "nothing to split" in as_(VT).get(f"/splits/new/{ids['VT201']}", expect=422).text


def test_a_single_administrators_validation_is_marked_in_the_audit_trail(as_, office, db):
    as_(TX).send("/settings/", SETTINGS | {"single_administrator": "y"}, expect=303)
    item = office.merge("TX101", "TX103", accept_obstacles=True)
    page = as_(TX).get(f"/worklist/{item}", expect=200).text
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page).group(1)
    half = {"seen": seen, "accept": "y"}
    assert "second confirmation" in as_(TX).send(f"/worklist/{item}/validate", half, expect=422).text
    as_(TX).send(f"/worklist/{item}/validate", half | {"alone": "y"}, expect=303)
    marked = db.scalars(
        select(AuditEvent).where(AuditEvent.action == "worklist.validate", AuditEvent.outcome == "ok")
    ).one()
    assert "initiator alone" in marked.detail["marked"]
