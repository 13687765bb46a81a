"""Correction requests on screen and on paper: intake in two languages, steps, evidence, letters, who may."""

import io
import re

import page as pdf_rules
import pypdf
import pytest
from sqlalchemy import select

from msixlite.domain import clocks, correction_elements
from msixlite.models.corrections import CorrectionRequest, CorrectionStatus
from msixlite.models.exports import Export, ExportKind
from msixlite.models.students import StateRecord, Student
from tests.cases import printed_under

LETTER = (612, 792)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
TX = "state_data_administrator"


@pytest.fixture
def msix_id(db):
    """Graciela's."""
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def element(db):
    """`element("TX100", "sex")`: what the form sends for it."""

    def token(number, key):
        record = db.scalar(select(StateRecord).where(StateRecord.state_student_id == number))
        return f"{record.id}:student:0:{key}"

    return token


@pytest.fixture
def form(element, clock):
    """What the State's office enters."""
    return {
        "requester": "parent",
        "name": "Ofelia Peña",
        "address": "17 Orchard Lane\r\nRobles, TX 70000",
        "phone": "(555) 555-0199",
        "language": "es",
        "channel": "in person",
        "received_on": clocks.day_in(clock(), "America/Chicago").isoformat(),
        "text": "El lugar de nacimiento está mal.",
        "slots-0-element": element("TX100", "birth_city"),
        "slots-0-should": "Matamoros",
    }


@pytest.fixture
def enter(as_, msix_id, form):
    def enter(actor=TX, expect=303, **changes):
        answer = as_(actor).send(f"/corrections/new/{msix_id}", {**form, **changes}, expect=expect)
        return int(re.search(r"/corrections/(\d+)", answer.location).group(1)) if expect == 303 else answer.text

    return enter


@pytest.fixture
def request_of(app):
    def request_of(number):
        with app.config["SESSIONS"]().reading() as db:
            found = db.get(CorrectionRequest, number)
            assert found.attachments is not None
            return found

    return request_of


def lead(as_, number, *steps, actor=TX):
    for step in steps:
        as_(actor).send(f"/corrections/{number}/{step}", {"text": "Se vio el acta."}, expect=303)


class TestIntake:
    def test_the_record_leads_there(self, as_, msix_id):
        text = as_(TX).get(f"/students/{msix_id}", expect=200).text
        assert f'data-key="c" href="/corrections/new/{msix_id}"' in text
        assert "/corrections/new/" not in as_("msix_primary").get(f"/students/{msix_id}", expect=200).text

    def test_spanish_stands_beside_english(self, as_, msix_id):
        english = as_(TX).get(f"/corrections/new/{msix_id}", expect=200).text
        both = as_(TX).get(f"/corrections/new/{msix_id}?beside=es", expect=200).text
        assert "Dirección postal" not in english
        assert "Postal address" in both
        assert '<span class="beside" lang="es">Dirección postal</span>' in both
        assert "Birth City / Ciudad de nacimiento: Reynosa" in both

    def test_it_is_entered_with_its_due_date(self, as_, enter, request_of):
        number = enter()
        found = request_of(number)
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        assert found.reference in text
        assert "30 calendar days from" in text
        assert f"{found.due_on:%m/%d/%Y}" in text
        assert "Matamoros" in text
        assert found.reference in as_(TX).get("/corrections/", expect=200).text
        assert found.reference in as_(TX).get("/", expect=200).text

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": ""}, "Write the requester’s name."),
            ({"address": ""}, "Write the postal address."),
            ({"text": ""}, "Write what is wrong."),
            ({"received_on": "yesterday"}, "valid date"),
            ({"slots-0-element": ""}, "Choose at least one element"),
            ({"slots-0-element": "1:student:0:secret"}, "not among those of this child"),
            ({"slots-0-should": ""}, "“Birth City” should be"),
            ({"requester": "neighbor"}, "Not a valid choice"),
            ({"language": "fr"}, "Not a valid choice"),
        ],
    )
    def test_a_bad_form_says_why_and_keeps_what_was_typed(self, enter, changes, sentence):
        text = enter(expect=422, **changes)
        assert sentence in text.replace("&#34;", '"')
        assert "name" in changes or 'value="Ofelia Peña"' in text
        assert "slots-0-should" in changes or 'value="Matamoros"' in text

    def test_another_element_without_javascript(self, as_, msix_id, form):
        text = as_(TX).send(f"/corrections/new/{msix_id}", {**form, "more": "Another element"}, expect=200).text
        assert 'name="slots-3-element"' in text
        assert 'value="Ofelia Peña"' in text

    def test_another_childs_element_is_not_offered(self, enter, element):
        assert "not among those" in enter(expect=422, **{"slots-0-element": element("TX103", "sex")})

    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            ("district_data_administrator", 200),
            ("regional_data_administrator", 200),
            ("msix_primary", 403),
            ("msix_secondary", 403),
            ("privacy_act_administrator", 403),
            ("state_user_administrator", 403),
        ],
    )
    def test_who_may(self, as_, msix_id, actor, status):
        as_(actor).get(f"/corrections/new/{msix_id}", expect=status)

    def test_a_child_of_another_district_does_not_exist_for_a_district(self, as_, db):
        other = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX101"))
        as_("district_data_administrator").get(f"/corrections/new/{other}", expect=404)
        as_(TX).get(f"/corrections/new/{other}", expect=200)


class TestSteps:
    def test_from_receipt_to_notification(self, as_, enter, request_of):
        number = enter()
        lead(as_, number, "acknowledge", "investigate")
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        ticked = re.search(r'name="accepted" value="(\d+)"', text).group(1)
        answer = {"text": "El acta lo muestra.", "accepted": ticked}
        as_(TX).send(f"/corrections/{number}/decide", answer, expect=303)
        lead(as_, number, "notify")
        found = request_of(number)
        assert (found.status, found.decision.value) == (CorrectionStatus.NOTIFIED, "corrected")
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        assert "4 working days from" in text
        assert "El acta lo muestra." in text

    def test_a_step_out_of_turn_keeps_what_was_typed(self, as_, enter):
        number = enter()
        text = as_(TX).send(f"/corrections/{number}/notify", {"text": "Kept words"}, expect=422).text
        assert "cannot become" in text or "Next step" in text
        text = (
            as_(TX).send(f"/corrections/{number}/inquiries", {"text": "Kept words", "asker": "Ohio"}, expect=422).text
        )
        assert "Kept words" in text
        assert 'value="Ohio"' in text

    def test_a_district_takes_in_and_does_not_decide(self, as_, enter):
        number = enter(actor="district_data_administrator")
        lead(as_, number, "acknowledge", "investigate", actor="district_data_administrator")
        client = as_("district_data_administrator")
        for step in ("decide", "notify", "forward"):
            client.send(f"/corrections/{number}/{step}", {"text": "x"}, expect=403)

    @pytest.mark.parametrize("actor", ["vt_state_data_administrator", "district_data_administrator"])
    def test_out_of_reach_it_does_not_exist(self, as_, enter, actor):
        number, client = enter(), as_(actor)
        client.get(f"/corrections/{number}", expect=404)
        client.get(f"/corrections/{number}/letters/acknowledgement.pdf", expect=404)
        client.get(f"/corrections/{number}/files/1", expect=404)
        for step in ("acknowledge", "investigate", "files", "inquiries", "inquiries/1/answer"):
            client.send(f"/corrections/{number}/{step}", {"text": "x"}, expect=404 if step != "inquiries" else None)
        assert f"/corrections/{number}" not in client.get("/corrections/", expect=200).text

    def test_the_privacy_act_administrator_sees_all_and_does_nothing(self, as_, enter):
        number = enter()
        client = as_("privacy_act_administrator")
        text = client.get(f"/corrections/{number}", expect=200).text
        assert "<textarea" not in text
        client.send(f"/corrections/{number}/acknowledge", {"text": "x"}, expect=403)

    def test_forwarded_to_the_owner_state(self, as_, enter, element):
        number = enter(**{"slots-0-element": element("VT200", "birth_city"), "slots-0-should": "Reynosa"})
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        assert "Forward to VT" in text
        as_(TX).send(f"/corrections/{number}/forward", {"text": ""}, expect=303)
        assert "Vermont has it as" in as_(TX).get(f"/corrections/{number}", expect=200).text
        listed = as_("vt_state_data_administrator").get("/corrections/", expect=200).text
        other = re.search(r'href="/corrections/(\d+)"', listed).group(1)
        page = as_("vt_state_data_administrator").get(f"/corrections/{other}", expect=200).text
        assert "acts as if asked directly" in page

    def test_an_inquiry_and_its_answer(self, as_, enter, clock):
        number = enter()
        asked = {
            "asked_by": "the U.S. Department of Education",
            "asker": "Office of Migrant Education",
            "received_on": clocks.day_in(clock(), "America/Chicago").isoformat(),
            "text": "How far is it?",
        }
        as_(TX).send(f"/corrections/{number}/inquiries", asked, expect=303)
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        assert "10 working days from" in text
        answer = re.search(r"/inquiries/(\d+)/answer", text).group(0)
        as_(TX).send(f"/corrections/{number}{answer}", {"text": ""}, expect=422)
        as_(TX).send(f"/corrections/{number}{answer}", {"text": "It is decided."}, expect=303)
        assert "It is decided." in as_(TX).get(f"/corrections/{number}", expect=200).text

    @pytest.mark.parametrize("number", [999, 2**31 - 1])
    def test_a_bad_id_does_not_exist(self, as_, number):
        as_(TX).get(f"/corrections/{number}", expect=404)
        as_(TX).send(f"/corrections/{number}/acknowledge", {"text": "x"}, expect=404)


class TestEvidence:
    def test_it_is_kept_outside_and_opens_only_within_reach(self, as_, app, enter, settings):
        number = enter(files=(io.BytesIO(PDF), "Graciela acta.pdf"))
        text = as_(TX).get(f"/corrections/{number}", expect=200).text
        assert "Graciela acta.pdf" in text
        path = re.search(r'href="(/corrections/\d+/files/\d+)"', text).group(1)
        answer = as_(TX).get(path, expect=200)
        assert answer.data == PDF
        assert re.fullmatch(r"attachment; filename=CR-\d+-\d+-\d+\.pdf", answer.headers["Content-Disposition"])
        assert [one.read_bytes() for one in settings.attachments.iterdir()] == [PDF]
        as_("privacy_act_administrator").get(path, expect=200)
        for actor, status in (("vt_state_data_administrator", 404), ("msix_primary", 403)):
            as_(actor).get(path, expect=status)
        as_(TX).get(path + "9", expect=404)

    @pytest.mark.parametrize("content", [b"<script>", PDF.replace(b"<<>>", b"<</JS (x)>>"), b"%PDF-1.7"])
    def test_what_is_refused_leaves_nothing(self, enter, settings, content):
        assert "The file" in enter(expect=422, files=(io.BytesIO(content), "a.pdf"))
        assert not settings.attachments.exists() or not list(settings.attachments.iterdir())

    def test_more_may_be_added_later(self, as_, enter):
        number = enter()
        as_(TX).send(f"/corrections/{number}/files", {}, expect=422)
        as_(TX).send(f"/corrections/{number}/files", {"files": (io.BytesIO(PDF), "later.pdf")}, expect=303)
        assert "later.pdf" in as_(TX).get(f"/corrections/{number}", expect=200).text


def read(answer, title, language):
    """The text of a PDF that is a tagged Letter document."""
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    assert {(sheet.mediabox.width, sheet.mediabox.height) for sheet in reader.pages} == {LETTER}
    assert reader.trailer["/Root"]["/Lang"] == language
    assert title in reader.metadata.title
    report = pdf_rules.validate_pdf_bytes(answer.data, profile="ua1")
    assert report.is_compliant, {f"{fault.rule_id}: {fault.message}" for fault in report.failures}
    return " ".join(sheet.extract_text() for sheet in reader.pages)


class TestLetters:
    def test_in_spanish_with_its_serial(self, as_, db, enter, request_of, msix_id):
        number = enter()
        answer = as_(TX).get(f"/corrections/{number}/letters/acknowledgement.pdf", expect=200)
        text = read(answer, "Su solicitud", "es")
        db.rollback()  # the reader's snapshot is older than the print
        printed = db.scalars(select(Export)).one()
        assert (printed.kind, printed.subject) == (ExportKind.CORRECTION_LETTER, f"msix {msix_id}")
        for shown in ("Ofelia Peña", "17 Orchard Lane", "Matamoros", request_of(number).reference):
            assert shown in text
        assert printed_under(answer.data) == ("State StateDataAdministrator", printed.serial)
        assert printed.serial in as_(TX).get(f"/corrections/{number}", expect=200).text
        assert "Letter on a correction" in as_(TX).get("/exports/", expect=200).text

    def test_in_english_where_asked(self, as_, enter):
        path = f"/corrections/{enter()}/letters/acknowledgement.pdf"
        assert "Dear Ofelia" in read(as_(TX).get(f"{path}?language=en", expect=200), "Your request", "en")
        as_(TX).get(f"{path}?language=xx", expect=404)

    def test_every_letter_of_a_decided_request(self, as_, enter, element):
        both = {"slots-1-element": element("VT200", "birth_city"), "slots-1-should": "Reynosa"}
        number = enter(**both)
        as_(TX).send(f"/corrections/{number}/forward", {"text": ""}, expect=303)
        lead(as_, number, "acknowledge", "investigate", "decide")
        for key, language in (("forwarded", "en"), ("decision", "es"), ("notification", "en")):
            answer = as_(TX).get(f"/corrections/{number}/letters/{key}.pdf?language={language}", expect=200)
            read(answer, "", language)

    def test_not_before_its_time_and_none_of_another_name(self, as_, enter):
        number = enter()
        assert "cannot be written" in as_(TX).get(f"/corrections/{number}/letters/decision.pdf", expect=422).text
        as_(TX).get(f"/corrections/{number}/letters/love.pdf", expect=404)
        as_("privacy_act_administrator").get(f"/corrections/{number}/letters/acknowledgement.pdf", expect=403)

    @pytest.mark.parametrize(("language", "title"), [("en", "Request to correct"), ("es", "Solicitud para corregir")])
    def test_the_blank_form_fits_one_page(self, as_, language, title):
        answer = as_("district_data_administrator").get(f"/corrections/form.pdf?language={language}", expect=200)
        assert "Texas Migrant Education Office" in " ".join(read(answer, title, language).split())
        assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 1

    def test_the_states_own_wording_with_preview(self, as_, enter):
        path = "/corrections/letters/acknowledgement/es"
        own = {"subject": "Propia {reference}", "text": "Hola {requester}\r\n\r\n{elements}"}
        assert "Amparo Robledo" in as_(TX).get(path, expect=200).text
        assert "Propia CR-2026-000123" in as_(TX).send(path, {**own, "preview": "Preview"}, expect=200).text
        assert "your own wording" not in as_(TX).get(path, expect=200).text
        assert "no field {mother}" in as_(TX).send(path, {**own, "text": "{mother}", "keep": "Keep"}, expect=422).text
        as_(TX).send(path, {**own, "keep": "Keep"}, expect=303)
        assert "your own wording" in as_(TX).get("/corrections/letters", expect=200).text
        number = enter()
        assert "Propia" in read(as_(TX).get(f"/corrections/{number}/letters/acknowledgement.pdf"), "Propia", "es")
        as_(TX).send(f"{path}/reset", expect=303)
        assert "your own wording" not in as_(TX).get(path, expect=200).text

    @pytest.mark.parametrize("path", ["love/es", "decision/fr"])
    def test_no_other_letter_or_language(self, as_, path):
        as_(TX).get(f"/corrections/letters/{path}", expect=404)
        as_(TX).send(f"/corrections/letters/{path}/reset", expect=404)

    def test_who_words_them(self, as_):
        as_("district_data_administrator").get("/corrections/letters", expect=403)
        as_("district_data_administrator").get("/corrections/letters/decision/en", expect=403)


def test_the_elements_of_the_form_are_those_of_the_registry(as_, msix_id, db):
    text = as_(TX).get(f"/corrections/new/{msix_id}", expect=200).text
    student = db.scalar(select(Student).where(Student.msix_id == msix_id))
    offered = correction_elements.offered(db, student)
    assert len(offered) > 100
    assert all(f'value="{one.token}"' in text for one in offered)


def test_the_accounting_of_disclosures_has_who_read_and_printed_it(as_, enter, msix_id):
    number = enter()
    as_("privacy_act_administrator").get(f"/corrections/{number}", expect=200)
    as_(TX).get(f"/corrections/{number}/letters/acknowledgement.pdf", expect=200)
    text = as_(TX).get(f"/audit/students/{msix_id}", expect=200).text
    for words in ("took in a correction request", "read a correction request", "printed a letter on a correction"):
        assert words in text
