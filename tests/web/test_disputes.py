"""Dispute statements on screen and on paper: entering, marks beside the elements, additions, withdrawal, who may."""

import io
import re

import page as pdf_rules
import pypdf
import pytest
from sqlalchemy import select

from msixlite.domain import clocks
from msixlite.models.students import StateRecord, Student

PRIVACY, TX = "privacy_act_administrator", "state_data_administrator"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
WORDS = "My daughter was born in Reynosa."


@pytest.fixture
def msix_id(db):
    """Graciela's."""
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def form(db, clock):
    record = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "VT200"))
    texas = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100"))
    return {
        "by": "guardian",
        "name": "Ofelia Peña",
        "received_on": clocks.day_in(clock(), "America/Chicago").isoformat(),
        "text": WORDS,
        "slots-0-element": f"{record.id}:student:0:birth_city",
        "slots-1-element": f"{texas.id}:enrollment:{texas.enrollments[0].id}:grade_level",
        "slots-2-element": f"{texas.id}:course:{texas.courses[0].id}:clock_hours",
    }


@pytest.fixture
def enter(as_, msix_id, form):
    def enter(expect=303, **changes):
        answer = as_(PRIVACY).send(f"/disputes/new/{msix_id}", {**form, **changes}, expect=expect)
        return int(re.search(r"/disputes/(\d+)", answer.location).group(1)) if expect == 303 else answer.text

    return enter


def paper(as_, msix_id, query=""):
    answer = as_("msix_primary").get(f"/students/{msix_id}.pdf{query}", expect=200)
    report = pdf_rules.validate_pdf_bytes(answer.data, profile="ua1")
    assert report.is_compliant, {f"{fault.rule_id}: {fault.message}" for fault in report.failures}
    return [" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(answer.data)).pages]


class TestEntering:
    @pytest.mark.parametrize("actor", [TX, "district_data_administrator", "msix_primary", "ome_user_administrator"])
    def test_by_nobody_else(self, as_, msix_id, form, actor):
        as_(actor).get(f"/disputes/new/{msix_id}", expect=403)
        as_(actor).send(f"/disputes/new/{msix_id}", form, expect=403)

    def test_the_record_leads_there(self, as_, msix_id):
        assert f"/disputes/new/{msix_id}" in as_(PRIVACY).get(f"/students/{msix_id}", expect=200).text
        assert "/disputes/new/" not in as_(TX).get(f"/students/{msix_id}", expect=200).text

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": ""}, "Write the name."),
            ({"text": ""}, "Write what is stated."),
            ({"received_on": ""}, "Write the day"),
            ({"by": "lawyer"}, "Not a valid choice"),
            ({"slots-0-element": "x", "slots-1-element": "", "slots-2-element": ""}, "not among those"),
            ({"slots-0-element": "", "slots-1-element": "", "slots-2-element": ""}, "at least one element"),
        ],
    )
    def test_a_bad_form_keeps_what_was_typed(self, enter, changes, sentence):
        text = enter(expect=422, **changes)
        assert sentence in text
        assert "text" in changes or WORDS in text

    def test_another_element(self, as_, msix_id, form):
        text = as_(PRIVACY).send(f"/disputes/new/{msix_id}", {**form, "more": "x"}, expect=200).text
        assert "slots-3-element" in text
        assert WORDS in text


class TestWhereItStands:
    def test_every_reader_sees_it_beside_the_elements_and_in_full(self, as_, enter, msix_id):
        number = enter()
        text = as_("msix_secondary").get(f"/students/{msix_id}", expect=200).text
        assert "Dispute statement on file" in text
        assert WORDS in text
        assert "Ofelia Peña (guardian)" in text
        mark = f'<a class="disputed" href="#dispute-{number}">⚑ disputed</a>'
        identity = text[text.index('id="identity"') :]
        row = identity[identity.index("Birthplace") : identity.index("Female parent")]
        cells = row.split("<td>")
        assert [mark in cell for cell in cells if "McAllen" in cell or "Reynosa" in cell] == [True, False]
        assert mark in text[text.index('id="enrollments"') : text.index('id="courses"')]
        assert f"Clock Hours {mark}" in text[text.index('id="courses"') : text.index('id="tests"')]
        assert f"/disputes/{number}" not in text  # the page of its attachments is for administrators

    def test_the_search_says_so(self, as_, enter):
        enter()
        found = as_("msix_primary").send("/students/suggest", {"q": "Castañeda Graciela 3/14/2012"}, expect=200).text
        assert "Dispute statement on file" in found

    def test_on_paper_in_full_on_the_history_page(self, as_, enter, msix_id):
        number = enter()
        first, *rest = paper(as_, msix_id)
        assert "Dispute statement on file" in first
        assert f"disputed (statement {number})" in first
        assert WORDS not in first
        assert WORDS in " ".join(rest)
        assert "Disputes Clock Hours" in " ".join(rest)
        (only,) = paper(as_, msix_id, "?part=1")
        assert "Dispute statement on file" in only

    def test_it_goes_with_an_export(self, as_, enter, msix_id):
        import zipfile

        enter()
        form = {"format": "csv", "passphrase": "not used at all"}
        packed = as_("msix_primary").send(f"/students/{msix_id}/export", form, expect=200).data
        text = zipfile.ZipFile(io.BytesIO(packed)).read("Dispute Statements.csv").decode("utf-8-sig")
        assert WORDS in text


class TestAdding:
    def test_to_it_and_never_editing(self, as_, enter, msix_id):
        number = enter()
        added = {"text": "The certificate is enclosed.", "files": (io.BytesIO(PDF), "acta.pdf")}
        as_(PRIVACY).send(f"/disputes/{number}/additions", added, expect=303)
        text = as_(PRIVACY).get(f"/disputes/{number}", expect=200).text
        assert WORDS in text
        assert "The certificate is enclosed." in text
        assert "acta.pdf" in text
        assert "The certificate is enclosed." in as_("msix_primary").get(f"/students/{msix_id}", expect=200).text
        assert "The certificate is enclosed." in " ".join(paper(as_, msix_id))

    def test_with_nothing_said(self, as_, enter, settings):
        number = enter()
        sent = {"text": " ", "files": (io.BytesIO(PDF), "acta.pdf")}
        assert "Write what is stated" in as_(PRIVACY).send(f"/disputes/{number}/additions", sent, expect=422).text
        assert not list(settings.attachments.iterdir())

    def test_attachments_open_within_reach_only(self, as_, enter):
        number = enter(files=(io.BytesIO(PDF), "Graciela.pdf"))
        path = re.search(r"/disputes/\d+/files/\d+", as_(PRIVACY).get(f"/disputes/{number}").text).group(0)
        answer = as_(PRIVACY).get(path, expect=200)
        assert (answer.data, "Graciela" in answer.headers["Content-Disposition"]) == (PDF, False)
        as_(TX).get(path, expect=200)
        as_("msix_primary").get(path, expect=403)
        as_(PRIVACY).get(path + "9", expect=404)


class TestWithdrawing:
    def test_it_needs_a_reason_and_stays_for_administrators(self, as_, enter, msix_id):
        number = enter()
        page = as_(PRIVACY).send(f"/disputes/{number}/withdraw", {"text": "no"}, expect=422).text
        assert "why it is withdrawn" in page
        reason = "The mother asked for it by letter."
        as_(PRIVACY).send(f"/disputes/{number}/withdraw", {"text": reason}, expect=303)
        text = as_("msix_primary").get(f"/students/{msix_id}", expect=200).text
        assert "disputed" not in text
        assert WORDS not in text
        assert WORDS not in " ".join(paper(as_, msix_id))
        for actor in (PRIVACY, TX):
            text = as_(actor).get(f"/students/{msix_id}", expect=200).text
            assert reason in text
            assert "⚑ disputed" not in text
        assert "withdrawn" in as_(PRIVACY).get("/disputes/", expect=200).text

    @pytest.mark.parametrize("actor", [TX, "msix_primary"])
    def test_by_nobody_else(self, as_, enter, actor):
        number = enter()
        as_(actor).send(f"/disputes/{number}/withdraw", {"text": "I do not like it at all"}, expect=403)
        as_(actor).send(f"/disputes/{number}/additions", {"text": "x"}, expect=403)


class TestReach:
    def test_of_the_list_and_the_page(self, as_, enter, form):
        number = enter()
        for actor, status in (
            (PRIVACY, 200),
            (TX, 200),
            ("vt_state_data_administrator", 200),
            ("district_data_administrator", 200),
            ("msix_primary", 403),
        ):
            as_(actor).get(f"/disputes/{number}", expect=status)
        only_texas = enter(**{"slots-0-element": ""})
        as_("vt_state_data_administrator").get(f"/disputes/{only_texas}", expect=404)
        assert f"/disputes/{only_texas}" not in as_("vt_state_data_administrator").get("/disputes/", expect=200).text

    @pytest.mark.parametrize("number", [999, 2**31 - 1])
    def test_a_bad_id_does_not_exist(self, as_, number):
        as_(PRIVACY).get(f"/disputes/{number}", expect=404)
        as_(PRIVACY).send(f"/disputes/{number}/withdraw", {"text": "long enough reason"}, expect=404)
        as_(PRIVACY).send(f"/disputes/{number}/additions", {"text": "x"}, expect=404)
