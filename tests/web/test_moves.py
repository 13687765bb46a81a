"""Move notices on screen: from the record to the other side's reply, with its proof on paper."""

import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from msixlite.domain import clocks
from msixlite.models.moves import MoveNotice, MoveStatus
from msixlite.models.places import District
from msixlite.models.students import StateRecord, Student
from tests import world
from tests.cases import printed_under


@pytest.fixture
def msix_id(db):
    """Graciela's."""
    return db.scalar(
        select(Student.msix_id)
        .join(StateRecord, StateRecord.student_id == Student.id)
        .where(StateRecord.state_student_id == "TX100")
    )


@pytest.fixture
def form(db, msix_id, person):
    """What the registrar of Texas sends."""
    return {
        "kind": "left",
        "children": str(db.scalar(select(Student.id).where(Student.msix_id == msix_id))),
        "state": "VT",
        "district": str(db.scalar(select(District.id).where(District.code == world.VT_DISTRICT))),
        "moved_on": "",
        "certainty": "likely",
        "told_by": "the family",
        "reason": "",
        "shown": str(person("vt_district_data_administrator").id),
    }


@pytest.fixture
def notice_id(as_, form, msix_id):
    answer = as_("msix_primary").send(f"/moves/new/{msix_id}", form, expect=303)
    return int(re.search(r"/moves/(\d+)", answer.location).group(1))


def status_of(db, notice_id):
    """As it stands in the database now."""
    db.rollback()
    return db.scalar(select(MoveNotice.status).where(MoveNotice.id == notice_id))


class TestNewNotice:
    def test_the_record_leads_there_and_the_other_place_is_filled_in(self, as_, msix_id, person):
        client = as_("msix_primary")
        assert f'data-key="m" href="/moves/new/{msix_id}"' in client.get(f"/students/{msix_id}", expect=200).text
        page = client.get(f"/moves/new/{msix_id}", expect=200).text
        assert '<option selected value="VT">' in page
        assert person("vt_district_data_administrator").full_name in page

    def test_the_state_chosen_shows_its_districts_and_people(self, as_, msix_id, form, person):
        client = as_("msix_primary")
        changed = {**form, "state": "VT", "district": "0"}
        part = client.send(f"/moves/new/{msix_id}/recipients", changed, headers={"HX-Request": "true"}, expect=200).text
        assert part.strip().startswith('<div id="recipients">')
        assert person("vt_state_data_administrator").full_name in part
        assert "Maple Union" in part

    def test_only_those_get_it_who_were_shown(self, as_, msix_id, form, db):
        page = as_("msix_primary").send(f"/moves/new/{msix_id}", {**form, "shown": ""}, expect=422).text
        assert "Look who gets the notice" in page
        assert db.scalars(select(MoveNotice)).all() == []
        token = re.search(r'name="shown" type="hidden" value="(\d+)"', page).group(1)
        assert token == form["shown"]

    def test_without_javascript_a_button_shows_them(self, as_, msix_id, form, person):
        page = as_("msix_primary").send(f"/moves/new/{msix_id}", {**form, "shown": "", "show": "Show"}, expect=200).text
        assert person("vt_district_data_administrator").full_name in page

    def test_personal_data_in_the_email_is_refused_and_all_is_kept(self, as_, msix_id, form, db):
        typed = {**form, "text": "It is Graciela Castañeda", "note": "inside"}
        page = as_("msix_primary").send(f"/moves/new/{msix_id}", typed, expect=422).text
        assert "remove (text): name of a child" in page
        assert "It is Graciela Castañeda" in page
        assert ">\ninside</textarea>" in page.replace("\r", "")
        assert db.scalars(select(MoveNotice)).all() == []

    def test_the_same_form_posted_twice_is_one_notice(self, as_, msix_id, form, db):
        client = as_("msix_primary")
        first = client.send(f"/moves/new/{msix_id}", form, expect=303).location
        again = client.send(f"/moves/new/{msix_id}", form, expect=303).location
        assert again == first
        db.rollback()
        reference = db.scalars(select(MoveNotice.reference)).one()
        assert f"You sent this notice already: {reference}." in client.get(again, expect=200).text

    def test_a_day_that_cannot_be_is_said_at_the_date(self, as_, msix_id, form, db):
        client = as_("msix_primary")
        for changes in ({"certainty": "certain"}, {"kind": "arrived", "moved_on": "2031-01-01"}):
            page = client.send(f"/moves/new/{msix_id}", {**form, **changes}, expect=422).text
            assert 'id="moved_on-error"' in page
        assert db.scalars(select(MoveNotice)).all() == []

    def test_a_state_where_nobody_is(self, as_, msix_id, form):
        page = (
            as_("msix_primary").send(f"/moves/new/{msix_id}", {**form, "state": "OH", "district": "0"}, expect=422).text
        )
        assert "Nobody who receives move notices for Ohio" in page


class TestNotice:
    def test_both_sides_find_it_and_others_do_not(self, as_, notice_id):
        assert "Graciela" in as_("vt_district_data_administrator").get(f"/moves/{notice_id}", expect=200).text
        assert f"/moves/{notice_id}" in as_("vt_district_data_administrator").get("/moves/", expect=200).text
        assert f"/moves/{notice_id}" in as_("msix_primary").get("/moves/", expect=200).text
        as_("vt_msix_primary").get(f"/moves/{notice_id}", expect=404)
        as_("vt_msix_primary").get(f"/moves/{notice_id}.pdf", expect=404)
        as_("vt_msix_primary").send(f"/moves/{notice_id}/reply", {"status": "located"}, expect=404)

    def test_one_click_acknowledges_and_the_sender_hears_of_it(self, as_, app, db, settings, notice_id):
        client = as_("vt_district_data_administrator")
        client.send(f"/moves/{notice_id}/reply", {"status": "acknowledged"}, expect=303)
        assert status_of(db, notice_id) is MoveStatus.ACKNOWLEDGED
        app.extensions["mail_pool"].shutdown(wait=True)
        written = [file.read_text() for file in (settings.instance / "outbox").iterdir()]
        assert sum("To: msix_primary@example.gov" in one for one in written) == 1
        assert not any("Graciela" in one or "Casta" in one for one in written)

    def test_located_then_dismissed(self, as_, db, notice_id):
        client = as_("vt_district_data_administrator")
        client.send(f"/moves/{notice_id}/reply", {"status": "located", "text": "At the dairy."}, expect=303)
        client.send(f"/moves/{notice_id}/reply", {"status": "dismissed", "text": "Enrolled."}, expect=303)
        page = as_("msix_primary").get(f"/moves/{notice_id}", expect=200).text
        assert "At the dairy." in page
        assert "which they left, sends what is new" in page

    def test_dismissed_late_the_page_asks_why(self, as_, db, notice_id, clock):
        assert "Why it came late" not in as_("msix_primary").get(f"/moves/{notice_id}", expect=200).text
        clock.forward(days=12)
        other = as_("vt_district_data_administrator")
        other.send(f"/moves/{notice_id}/reply", {"status": "not found", "text": ""}, expect=303)
        assert "Why it came late" in other.get(f"/moves/{notice_id}", expect=200).text
        typed = {"status": "dismissed", "text": "nobody knows them", "why_late": ""}
        page = other.send(f"/moves/{notice_id}/reply", typed, expect=422).text
        assert "Write why it came later." in page
        assert "nobody knows them" in page
        other.send(f"/moves/{notice_id}/reply", {**typed, "why_late": "Two schools were asked."}, expect=303)
        assert status_of(db, notice_id) is MoveStatus.DISMISSED
        assert "Late because: Two schools were asked." in other.get(f"/moves/{notice_id}", expect=200).text

    def test_a_step_that_does_not_exist_keeps_what_was_typed(self, as_, notice_id):
        client = as_("vt_district_data_administrator")
        page = client.send(f"/moves/{notice_id}/reply", {"status": "dismissed", "text": "Kept words"}, expect=422).text
        assert "cannot become" in page
        assert "Kept words" in page
        client.send(f"/moves/{notice_id}/reply", {"status": "nonsense"}, expect=422)

    def test_only_writing_changes_no_state(self, as_, db, notice_id):
        as_("msix_primary").send(
            f"/moves/{notice_id}/reply", {"status": "", "text": "They drive a blue van."}, expect=303
        )
        assert "blue van" in as_("vt_district_data_administrator").get(f"/moves/{notice_id}", expect=200).text
        assert status_of(db, notice_id) is MoveStatus.SENT

    def test_the_proof_on_paper(self, as_, notice_id, tmp_path):
        answer = as_("vt_district_data_administrator").get(f"/moves/{notice_id}.pdf", expect=200)
        path = tmp_path / "proof.pdf"
        path.write_bytes(answer.data)
        text = " ".join(page.extract_text() for page in PdfReader(path).pages)
        for shown in ("MN-", "First reply due", "5 working days", "Sent to"):
            assert shown in text
        assert printed_under(answer.data)[0] == "Vt DistrictDataAdministrator"


class TestAbsenceAndAreas:
    def test_a_deputy_gets_what_comes(self, as_, msix_id, form, person, clock):
        today = clocks.day_in(clock(), "America/New_York").isoformat()
        away = {"starts_on": today, "ends_on": today, "to": str(person("vt_state_data_administrator").id)}
        as_("vt_district_data_administrator").send("/delegations/", away, expect=303)
        page = as_("msix_primary").send(f"/moves/new/{msix_id}", {**form, "show": "Show"}, expect=200).text
        assert "stands in for" in page

    def test_a_rule_for_an_area(self, as_, msix_id, form, person):
        client = as_("vt_state_data_administrator")
        client.send("/moves/rules", {"area": "054", "user": str(person("vt_msix_secondary").id)}, expect=303)
        typed = {**form, "area": "05401", "show": "Show"}
        assert "receives notices for 05401" in as_("msix_primary").send(f"/moves/new/{msix_id}", typed, expect=200).text
        number = re.search(r"/moves/rules/(\d+)/remove", client.get("/moves/rules", expect=200).text).group(1)
        as_("state_data_administrator").send(f"/moves/rules/{number}/remove", expect=303)
        assert f"/rules/{number}/remove" in client.get("/moves/rules", expect=200).text
        client.send(f"/moves/rules/{number}/remove", expect=303)
        assert "/remove" not in client.get("/moves/rules", expect=200).text

    def test_an_area_for_a_person_of_another_state(self, as_, person):
        typed = {"area": "054", "user": str(person("msix_primary").id)}
        assert "own State" in as_("vt_state_data_administrator").send("/moves/rules", typed, expect=422).text
