"""Data requests on screen: from the record to the answer, with the proof on paper."""

import re

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.exports import Export
from msixlite.models.requests import DataRequest, RequestStatus
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role
from tests.cases import printed_under

ASKER, OWNER = "vt_msix_primary", "district_data_administrator"
PFS = "Priority for Services (PFS) Flag"


@pytest.fixture
def record_id(db):
    """Texas's record of Graciela."""
    return db.scalar(select(StateRecord.id).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def msix_id(db, record_id):
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.id == record_id))


@pytest.fixture
def form(record_id):
    elements = [f"{record_id}|{PFS}", f"{record_id}|Eligibility Expiration Date"]
    return {"elements": elements, "reason": "move from another State", "notice": "0", "note": "", "text": ""}


@pytest.fixture
def request_id(as_, msix_id, form):
    answer = as_(ASKER).send(f"/requests/new/{msix_id}", form, expect=303)
    return int(re.search(r"/requests/(\d+)", answer.location).group(1))


def now(db, request_id):
    """As it stands in the database now."""
    db.rollback()
    return db.get(DataRequest, request_id)


def ids(db, request_id):
    return [str(element.id) for element in now(db, request_id).elements]


class TestAsking:
    def test_the_record_leads_there_and_what_is_missing_is_ticked(self, as_, msix_id, record_id):
        client = as_(ASKER)
        assert f'data-key="d" href="/requests/new/{msix_id}"' in client.get(f"/students/{msix_id}", expect=200).text
        page = client.get(f"/requests/new/{msix_id}", expect=200).text
        assert re.search(rf'value="{record_id}\|{re.escape(PFS)}" checked', page)
        assert not re.search(rf'value="{record_id}\|" checked', page)
        assert "your own State" in page
        own = page[page.index("your own State") :]
        assert " checked" not in own[: own.index("</fieldset>")]

    def test_each_state_gets_its_own(self, as_, msix_id, form, db):
        vermont = db.scalar(select(StateRecord.id).where(StateRecord.state_student_id == "VT200"))
        typed = {**form, "elements": [*form["elements"], f"{vermont}|"], "note": "How is her English?"}
        assert as_(ASKER).send(f"/requests/new/{msix_id}", typed, expect=303).location == "/requests/"
        page = as_(ASKER).get("/requests/", expect=200).text
        assert page.count("/requests/") > 2
        assert "2 open · 2 not acknowledged · 0 overdue" in page

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"elements": []}, "Tick at least one"),
            ({"elements": ["nonsense", "1", "|", "1e3|x", "9" * 40 + "|x"]}, "Tick at least one"),
            ({"elements": ["999999999|Grade Level"]}, "not missing any more"),
            ({"note": "x" * 2_001}, "At most 2,000"),
            ({"text": "It is Graciela Castañeda"}, "remove (text): name of a child"),
            ({"reason": "nonsense"}, "Not a valid choice"),
            ({"notice": "77"}, "Not a valid choice"),
        ],
    )
    def test_a_bad_form_keeps_what_was_typed(self, as_, msix_id, form, db, changes, says):
        typed = {**form, "note": "Kept words", **changes}
        page = as_(ASKER).send(f"/requests/new/{msix_id}", typed, expect=422).text
        assert says in page
        assert typed["note"] in page
        assert db.scalar(select(func.count()).select_from(DataRequest)) == 0

    def test_what_is_asked_already_is_said_and_not_ticked(self, as_, msix_id, request_id, db):
        page = as_(ASKER).get(f"/requests/new/{msix_id}", expect=200).text
        assert f"asked already: {now(db, request_id).reference}" in page

    def test_a_move_notice_may_have_started_it(self, as_, msix_id, form, db, person):
        notice = {
            "kind": "arrived",
            "children": str(db.scalar(select(Student.id).where(Student.msix_id == msix_id))),
            "state": "TX",
            "district": "0",
            "certainty": "likely",
            "told_by": "",
            "reason": "",
            "shown": str(person("state_data_administrator").id),
        }
        location = as_(ASKER).send(f"/moves/new/{msix_id}", notice, expect=303).location
        number = re.search(r"/moves/(\d+)", location).group(1)
        assert f'<option selected value="{number}">' in as_(ASKER).get(f"/requests/new/{msix_id}", expect=200).text
        answer = as_(ASKER).send(f"/requests/new/{msix_id}", {**form, "notice": number}, expect=303)
        assert "MN-" in as_(OWNER).get(answer.location, expect=200).text


class TestOneRequest:
    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            (ASKER, 200),
            ("vt_state_data_administrator", 200),
            (OWNER, 200),
            ("state_data_administrator", 200),
            ("msix_primary", 404),
            ("vt_msix_secondary", 404),
            ("government_administrator", 403),
        ],
    )
    def test_both_sides_find_it_and_others_do_not(self, as_, request_id, actor, status):
        as_(actor).get(f"/requests/{request_id}", expect=status)
        as_(actor).send(f"/requests/{request_id}/write", {"text": "hello"}, expect=303 if status == 200 else status)

    def test_it_stands_on_the_worklist_on_home_and_on_the_record(self, as_, request_id, msix_id, db):
        client = as_(OWNER)
        assert f'href="/requests/{request_id}"' in client.get("/worklist/", expect=200).text
        assert f'href="/requests/{request_id}"' in client.get("/", expect=200).text
        assert f'href="/requests/{request_id}"' in client.get(f"/students/{msix_id}", expect=200).text
        assert f'href="/requests/{request_id}"' in client.get(f"/worklist/{request_id}", expect=200).text
        assert now(db, request_id).reference not in as_("msix_primary").get(f"/students/{msix_id}", expect=200).text

    def test_i_have_it_in_one_click(self, as_, app, request_id, db, settings):
        as_(OWNER).send(f"/requests/{request_id}/acknowledge", expect=303)
        assert now(db, request_id).status is RequestStatus.ACKNOWLEDGED
        app.extensions["mail_pool"].shutdown(wait=True)
        written = [file.read_text() for file in (settings.instance / "outbox").iterdir()]
        assert sum("To: vt_msix_primary@example.gov" in one for one in written) == 1
        assert not any("Graciela" in one or "Casta" in one for one in written)

    def test_a_colleague_who_comes_second_is_told(self, as_, request_id):
        as_(OWNER).send(f"/requests/{request_id}/acknowledge", expect=303)
        page = as_("state_data_administrator").send(f"/requests/{request_id}/acknowledge", expect=422).text
        assert "cannot become" in page

    def test_partly_then_answered_then_closed(self, as_, request_id, db):
        first, second = ids(db, request_id)
        owner = as_(OWNER)
        statement = {"elements": [first], "text": "not kept by the school"}
        owner.send(f"/requests/{request_id}/answer", statement, expect=303)
        page = as_(ASKER).get(f"/requests/{request_id}", expect=200).text
        assert "Partly answered" in page
        assert "not available: not kept by the school" in page
        owner.send(f"/requests/{request_id}/answer", {"elements": [second], "text": "never given"}, expect=303)
        assert now(db, request_id).status is RequestStatus.ANSWERED
        as_(ASKER).send(f"/requests/{request_id}/close", expect=303)
        assert now(db, request_id).status is RequestStatus.CLOSED
        page = as_(ASKER).get(f"/requests/{request_id}", expect=200).text
        assert "<h2>Your request</h2>" not in page

    def test_still_missing(self, as_, request_id, db):
        both = ids(db, request_id)
        as_(OWNER).send(f"/requests/{request_id}/answer", {"elements": both, "text": "not available"}, expect=303)
        page = as_(ASKER).send(f"/requests/{request_id}/reopen", {"elements": both, "text": " "}, expect=422).text
        assert "Write what is still missing" in page
        as_(ASKER).send(f"/requests/{request_id}/reopen", {"elements": both[:1], "text": "ask the nurse"}, expect=303)
        assert now(db, request_id).status is RequestStatus.STILL_MISSING
        assert f"/requests/{request_id}" in as_(OWNER).get("/worklist/", expect=200).text

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"elements": [], "text": "not available"}, "Tick the elements"),
            ({"elements": ["x"], "text": "Kept words"}, "Invalid choice"),
            ({"text": "no"}, "Write why"),
            ({"text": "x" * 2_001}, "At most 2,000"),
        ],
    )
    def test_a_bad_answer_keeps_what_was_typed(self, as_, request_id, db, typed, says):
        form = {"elements": ids(db, request_id), **typed}
        page = as_(OWNER).send(f"/requests/{request_id}/answer", form, expect=422).text
        assert says in page
        assert typed["text"] in page
        assert now(db, request_id).status is RequestStatus.SENT

    @pytest.mark.parametrize(
        ("actor", "deed", "status"),
        [
            (ASKER, "acknowledge", 403),
            (ASKER, "answer", 403),
            ("vt_district_data_administrator", "acknowledge", 422),
            ("vt_district_data_administrator", "answer", 422),
            (OWNER, "close", 422),
            (OWNER, "withdraw", 422),
            (OWNER, "reopen", 422),
            ("msix_primary", "withdraw", 404),
        ],
    )
    def test_the_wrong_side(self, as_, request_id, db, actor, deed, status):
        form = {"elements": ids(db, request_id), "text": "words enough"}
        as_(actor).send(f"/requests/{request_id}/{deed}", form, expect=status)
        assert now(db, request_id).status is RequestStatus.SENT

    def test_withdrawn_by_a_colleague_of_the_asker(self, as_, request_id, db):
        as_("vt_state_data_administrator").send(f"/requests/{request_id}/withdraw", expect=303)
        assert now(db, request_id).status is RequestStatus.WITHDRAWN
        assert f"/requests/{request_id}" not in as_(OWNER).get("/worklist/", expect=200).text

    def test_passed_on_over_the_worklist(self, as_, request_id, db):
        as_(OWNER).send(f"/worklist/{request_id}/escalate", {"note": "not ours"}, expect=303)
        page = as_(OWNER).get(f"/requests/{request_id}", expect=200).text
        assert "I have it" not in page
        as_("regional_data_administrator").send(f"/requests/{request_id}/acknowledge", expect=303)

    @pytest.mark.parametrize("path", ["/requests/999", "/requests/999.pdf", "/requests/0", "/requests/x"])
    def test_a_bad_id_does_not_exist(self, as_, path):
        as_(OWNER).get(path, expect=404)

    def test_the_proof_on_paper_under_a_serial(self, as_, request_id, tmp_path, db):
        answer = as_(OWNER).get(f"/requests/{request_id}.pdf", expect=200)
        path = tmp_path / "proof.pdf"
        path.write_bytes(answer.data)
        text = " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
        db.rollback()
        copy = db.scalar(select(Export))
        for shown in ("DR-", "34 CFR 200.85", PFS, "Waits"):
            assert shown in text
        assert printed_under(answer.data)[1] == copy.serial
        assert copy.subject.startswith("msix ")

    def test_who_read_it_stands_in_the_accounting_of_disclosures(self, as_, request_id, msix_id):
        as_(OWNER).get(f"/requests/{request_id}", expect=200)
        page = as_("state_data_administrator").get(f"/audit/students/{msix_id}", expect=200).text
        assert "opened a data request" in page


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_the_page_is_there_for_those_who_send_notices(as_, role):
    may = Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE in GRANTS[Role(role)]
    as_(role).get("/requests/", expect=200 if may else 403)
