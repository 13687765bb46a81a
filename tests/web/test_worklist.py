"""The worklist pages: lists, one item, decisions, undo, passing on, CSV."""

import csv
import html
import io
import re
import zipfile
from datetime import timedelta

import pytest
import pyzipper
from sqlalchemy import select, update

from msixlite.domain import permissions
from msixlite.domain.permissions import Permission
from msixlite.models.audit import AuditEvent
from msixlite.models.exports import Export, ExportKind
from msixlite.models.places import District
from msixlite.models.users import Role, User
from msixlite.models.worklist import WorklistItem, WorklistStatus
from tests import world
from tests.cases import SETTINGS
from tests.files import child

TX, VT = "state_data_administrator", "vt_state_data_administrator"


@pytest.fixture
def item(office):
    """A near match between a child of Vermont and Texas's Graciela."""
    number = office.near_match()
    with office.read() as db:
        return db.get(WorklistItem, number)


def seen(page):
    """What the forms of an item's page carry of the picture that it shows."""
    return re.search(r'name="seen" value="([0-9a-f]+)"', page).group(1)


def decide(client, item_id, deed, expect=303, **form):
    page = client.get(f"/worklist/{item_id}", expect=200).text
    return client.send(f"/worklist/{item_id}/{deed}", {"seen": seen(page), **form}, expect=expect)


def status(db, item_id):
    return db.scalar(select(WorklistItem.status).where(WorklistItem.id == item_id))


class TestWorklist:
    @pytest.mark.parametrize("actor", ["state_data_administrator", "vt_state_data_administrator"])
    def test_both_states_see_it_with_its_reasons(self, as_, item, actor):
        page = as_(actor).get("/worklist/", expect=200).text
        assert f"Near match {item.id}" in page
        assert item.reasons[0].capitalize() in as_(actor).get(f"/worklist/{item.id}", expect=200).text

    def test_the_district_of_the_child_sees_it(self, as_, item):
        assert f"Near match {item.id}" in as_("district_data_administrator").get("/worklist/", expect=200).text

    def test_a_district_without_the_child_does_not(self, as_, app, item):
        with app.config["SESSIONS"]() as db, db.begin():
            elsewhere = select(District.id).where(District.code == world.TX_OTHER_DISTRICT)
            person = select(User).where(User.user_name == "district_data_administrator")
            db.scalars(person).one().district_id = db.scalar(elsewhere)
        client = as_("district_data_administrator")
        client.get(f"/worklist/{item.id}", expect=404)
        assert f"Near match {item.id}" not in client.get("/worklist/", expect=200).text

    @pytest.mark.parametrize("actor", ["msix_primary", "msix_secondary", "government_administrator"])
    def test_others_may_not(self, as_, item, actor):
        as_(actor).get("/worklist/", expect=403)
        as_(actor).get(f"/worklist/{item.id}", expect=403)

    def test_side_by_side(self, as_, item):
        page = as_("state_data_administrator").get(f"/worklist/{item.id}", expect=200).text
        for shown in ("TX100", "VT900", "Yamileth", "Graciela", "5 working days"):
            assert shown in page

    def test_an_unknown_item_does_not_exist(self, as_):
        as_("state_data_administrator").get("/worklist/4711", expect=404)

    def test_nothing_waits(self, as_):
        page = as_("vt_state_data_administrator").get("/worklist/?kind=escalation", expect=200).text
        assert "Nothing waits for you" in page


class TestDecide:
    def test_the_next_item_opens_and_undo_is_offered(self, as_, item, db):
        answer = decide(as_(TX), item.id, "different", reason="other parents")
        assert re.fullmatch(rf"/worklist/\d+\?undo={item.id}", answer.location)
        page = as_(TX).get(answer.location, expect=200).text
        assert 'data-key="u"' in page
        assert f"/worklist/{item.id}/undo" in page
        assert status(db, item.id) is WorklistStatus.DIFFERENT_CHILDREN

    def test_undo_brings_it_back(self, as_, item, db):
        client = as_(TX)
        decide(client, item.id, "different")
        assert client.send(f"/worklist/{item.id}/undo", expect=303).location == f"/worklist/{item.id}"
        assert status(db, item.id) is WorklistStatus.IN_WORK

    def test_same_child_goes_to_validation_and_another_validates(self, as_, item, office):
        decide(as_(TX), item.id, "same")
        page = as_(VT).get("/worklist/?kind=validate_merge", expect=200).text
        number = re.search(r"/worklist/(\d+)\">Validate merge", page).group(1)
        own = as_(TX).get(f"/worklist/{number}", expect=200).text
        assert "Another Data Administrator validates" in own
        assert "Validate<span" not in own
        decide(as_(VT), number, "validate")
        owners = office.owners()
        assert owners["VT900"] == owners["TX100"]

    def test_the_initiator_cannot(self, as_, item, db):
        decide(as_(TX), item.id, "same")
        number = db.scalars(select(WorklistItem.id).order_by(WorklistItem.id.desc())).first()
        answer = decide(as_(TX), number, "validate", expect=422)
        assert "another Data Administrator" in answer.text

    def test_a_decision_on_an_old_page_is_refused(self, as_, item, office):
        client = as_(TX)
        picture = seen(client.get(f"/worklist/{item.id}").text)
        changed = child("VT900", **{**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": "Graciela"})
        office.take({"Students": [{**changed, "Birth Date": "20120413"}]}, state="VT")
        answer = client.send(f"/worklist/{item.id}/same", {"seen": picture, "reason": "typed before"}, expect=422)
        assert "Look again" in answer.text
        assert "typed before" in answer.text

    def test_a_second_decision_hears_of_the_first(self, as_, item):
        page = as_(VT).get(f"/worklist/{item.id}").text
        decide(as_(TX), item.id, "different")
        answer = as_(VT).send(f"/worklist/{item.id}/same", {"seen": seen(page)}, expect=422)
        assert "was decided already" in answer.text

    def test_twins_need_the_tick(self, as_, office, db):
        twins = db.scalars(select(WorklistItem).where(WorklistItem.candidate_id.is_not(None))).first()
        client = as_(TX)
        assert "these may be twins" in decide(client, twins.id, "same", expect=422, reason="one child, two forms").text
        assert "why they are one child" in decide(client, twins.id, "same", expect=422, accept="y").text
        decide(client, twins.id, "same", reason="one child, two forms", accept="y")

    @pytest.mark.parametrize(
        "deed",
        ["same", "different", "validate", "reject", "claim", "assign", "escalate", "ask", "wait", "resolve", "undo"],
    )
    def test_out_of_reach_it_does_not_exist(self, as_, office, item, deed):
        office.hire("elsewhere", Role.DISTRICT_DATA_ADMINISTRATOR, district=world.TX_OTHER_DISTRICT)
        as_("elsewhere").send(f"/worklist/{item.id}/{deed}", expect=404)

    @pytest.mark.parametrize("actor", ["msix_primary", "msix_secondary", "state_user_administrator"])
    def test_without_the_right(self, as_, item, actor):
        as_(actor).send(f"/worklist/{item.id}/same", expect=403)


class TestPassOn:
    def test_claim_shows_the_owner(self, as_, item):
        as_(TX).send(f"/worklist/{item.id}/claim", expect=303)
        assert "Owner: you" in as_(TX).get(f"/worklist/{item.id}").text
        assert "Owner: State StateDataAdministrator" in as_(VT).get(f"/worklist/{item.id}").text

    def test_picked_items_are_claimed(self, as_, item, db):
        as_(TX).send("/worklist/picked?kind=near_match", {"item": [str(item.id)], "deed": "claim"}, expect=303)
        assert status(db, item.id) is WorklistStatus.IN_WORK

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"deed": "claim"}, "Pick at least one"),
            ({"deed": "dance", "item": "1"}, "Choose what to do"),
            ({"deed": "wait", "item": "1"}, "within 30 days"),
            ({"deed": "wait", "item": "1", "until": "soon"}, "valid date"),
            ({"deed": "claim", "item": "x"}, "Pick at least one"),
        ],
    )
    def test_bad_forms_come_back(self, as_, item, form, sentence):
        assert sentence in as_(TX).send("/worklist/picked", form, expect=422).text

    def test_ask_and_wait_keep_what_was_typed(self, as_, item):
        answer = as_(TX).send(f"/worklist/{item.id}/ask", {"state": "OH", "note": "Is it the same family?"}, expect=422)
        assert "Is it the same family?" in answer.text
        as_(TX).send(f"/worklist/{item.id}/ask", {"state": "VT", "note": "Is it the same family?"}, expect=303)
        assert "Is it the same family?" in as_(VT).get(f"/worklist/{item.id}").text

    def test_delegations(self, as_, office, person):
        form = {
            "to": str(person("district_data_administrator").id),
            "starts_on": f"{office.now:%Y-%m-%d}",
            "ends_on": f"{office.now:%Y-%m-%d}",
        }
        assert "Not a valid choice" in as_(TX).send("/delegations/", {**form, "to": "1"}, expect=422).text
        as_(TX).send("/delegations/", form, expect=303)
        as_("district_data_administrator").send("/delegations/1/end", expect=404)
        as_(TX).send("/delegations/1/end", expect=303)


class TestListAndCsv:
    def test_every_list_state_is_in_the_address(self, as_, item):
        for query in (
            "view=mine",
            "view=desk",
            "view=done",
            "kind=data_quality",
            "state=VT",
            "due=overdue",
            "view=x&kind=y&due=z&undo=99999999999",
        ):
            as_(TX).get(f"/worklist/?{query}", expect=200)

    def test_a_fragment_for_htmx(self, as_, item):
        fragment = as_(TX).get("/worklist/?kind=near_match", headers={"HX-Request": "true"}, expect=200).text
        assert fragment.lstrip().startswith('<section id="items"')

    def test_csv_has_both_clocks_and_no_formula(self, as_, office):
        evil = {**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": "", "Last_Name_1": "-Castañeda"}
        office.take({"Students": [{**child("VT900", **evil), "Birth Date": "20120413"}]}, state="VT")
        packed = as_(TX).send("/worklist/export?view=all", {"format": "csv", "passphrase": "not used"}, expect=200).data
        text = zipfile.ZipFile(io.BytesIO(packed)).read("Worklist.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {"First reply due", "Due"} <= set(rows[0])
        assert len(rows) > 1
        assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]

    @pytest.mark.parametrize(("by_clock", "in_time"), [("", "yes"), ("y", "no")])
    def test_a_state_counts_late_replies_by_the_clock_or_by_working_days(
        self, as_, clock, office, item, by_clock, in_time
    ):
        due = item.reply_due_at
        days = (due + timedelta(days=one) for one in range(8))
        saturday = next(day for day in days if day.weekday() == 5)
        with office.deed() as db:
            db.execute(update(WorklistItem).where(WorklistItem.id == item.id).values(reply_due_at=saturday))
        clock.now = saturday + timedelta(hours=1)
        client = as_(TX)
        client.send("/settings/", SETTINGS | ({"late_by_clock": "y"} if by_clock else {}), expect=303)
        packed = client.send("/worklist/export?view=all", {"format": "csv"}, expect=200).data
        text = zipfile.ZipFile(io.BytesIO(packed)).read("Worklist.csv").decode("utf-8-sig")
        row = next(one for one in csv.DictReader(io.StringIO(text)) if one["Item"] == str(item.id))
        assert row["Reply in time"] == in_time

    def test_whoever_has_a_worklist_may_export_it(self):
        for role in Role:
            if Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS in permissions.GRANTS[role]:
                assert Permission.EXPORT_STUDENT_RECORDS_TO_FILE in permissions.GRANTS[role]

    def test_without_the_right_to_export(self, as_):
        as_("msix_secondary").get("/worklist/export", expect=403)
        assert "0 items" in as_("msix_primary").get("/worklist/export", expect=200).text

    def test_it_leaves_protected_under_a_serial(self, as_, item, db):
        client = as_(TX)
        page = client.get("/worklist/export?kind=near_match", expect=200).text
        passphrase = re.search(r'name="passphrase"[^>]*value="([^"]+)"', page).group(1)
        form = {"format": "csv", "protect": "y", "passphrase": passphrase}
        answer = client.send("/worklist/export?kind=near_match", form, expect=200)
        made = db.scalars(select(Export)).one()
        assert (made.kind, made.encrypted) == (ExportKind.WORKLIST_FILE, True)
        assert f"worklist-{made.serial}.zip" in answer.headers["Content-Disposition"]
        archive = pyzipper.AESZipFile(io.BytesIO(answer.data))
        with pytest.raises(RuntimeError):
            archive.read("Worklist.csv")
        archive.setpassword(passphrase.encode())
        assert b"Near match" in archive.read("Worklist.csv")
        assert made.serial.encode() in archive.read("HANDLING.txt")

    def test_a_short_passphrase_is_refused_and_opening_the_form_is_no_export(self, as_, item, db):
        client = as_(TX)
        client.get("/worklist/export", expect=200)
        client.send("/worklist/export", {"protect": "y", "passphrase": "short"}, expect=422)
        assert db.scalars(select(Export)).all() == []


class TestDataQuality:
    def test_shows_the_fault_the_children_and_the_way_to_mend_it(self, as_, db):
        fault = db.scalars(
            select(WorklistItem).where(WorklistItem.fault == "conflict: Birthplace", WorklistItem.state_code == "TX")
        ).one()
        page = as_(TX).get(f"/worklist/{fault.id}", expect=200).text
        for shown in ("How to mend it", "TX100", "Reynosa", "McAllen"):
            assert shown in page
        assert (
            "at least 10 characters" in as_(TX).send(f"/worklist/{fault.id}/resolve", {"note": "ok"}, expect=422).text
        )
        as_(TX).send(f"/worklist/{fault.id}/resolve", {"note": "the birth certificate says so"}, expect=303)
        as_(VT).get(f"/worklist/{fault.id}", expect=404)

    def test_leads_to_a_split_where_the_child_may_be_two(self, as_, office):
        split = re.compile(r'href="(/splits/new/\d{12})"')
        for state, names in (("VT", {}), ("TX", {}), ("TX", {"First Name": "Rosa", "Last Name 1": "Quispe"})):
            rows = [child(f"{state}7", Birth_City="Uruapan") | names | ({"Birth Date": "20090807"} if names else {})]
            office.take({"Students": rows}, state=state)
        with office.read() as db:
            items = {
                item.fault: item.id for item in db.scalars(select(WorklistItem).where(WorklistItem.state_code == "TX"))
            }
        doubt, conflict = items["another child"], items["conflict: Birthplace"]
        page = as_(TX).get(f"/worklist/{doubt}", expect=200).text
        assert "May be another child's, since file" in html.unescape(page)
        as_(TX).get(split.search(page).group(1), expect=200)
        assert not split.search(as_(TX).get(f"/worklist/{conflict}", expect=200).text)


CHANGED = SETTINGS | {
    "first_reply_hours": "12",
    "resolution_days": "3",
    "idle_minutes": "20",
    "single_administrator": "y",
}


class TestSettings:
    def test_are_kept_and_audited(self, as_, db):
        as_(TX).send("/settings/", CHANGED, expect=303)
        assert 'value="12"' in as_(TX).get("/settings/", expect=200).text
        event = db.scalars(select(AuditEvent).where(AuditEvent.action == "policy.index")).first()
        assert ["state_policy", "TX", "single_administrator", None, True] in event.changes

    def test_a_bad_form_comes_back(self, as_):
        answer = as_(TX).send("/settings/", CHANGED | {"resolution_days": "9"}, expect=422).text
        assert "from 1 to 5" in answer
        assert 'value="9"' in answer

    @pytest.mark.parametrize("actor", ["district_data_administrator", "msix_primary", "state_user_administrator"])
    def test_are_the_states_own(self, as_, actor):
        as_(actor).get("/settings/", expect=403)
