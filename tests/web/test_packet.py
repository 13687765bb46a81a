"""The packet: any of its pages, for one child or its siblings, under one serial."""

import io
import itertools
import random
import re

import page
import pypdf
import pytest
import tinyhtml5
from sqlalchemy import insert, select
from weasyprint import HTML
from weasyprint.formatting_structure import boxes

from msixlite import pdf, pdf_worker
from msixlite.domain import clocks, consolidated_record, follow_ups
from msixlite.domain.packet import LABELS, PageKind
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.exports import Export, ExportKind
from msixlite.models.follow_ups import FollowUpKind
from msixlite.models.students import Course, StateRecord
from msixlite.models.users import Purpose, Role, UserSession
from msixlite.web.rendering import msix_id_groups
from tests import world
from tests.cases import person, printed_under, record_of
from tests.checked_client import XHTML
from tests.files import child

LETTER = {"recipient": "Registrar, Maple Union"}
FAX = {**LETTER, "fax_number": "(555) 555-0199", "phone": "(555) 555-0110", "spoke_to": "Ms. Rivera", "called": "y"}
SISTER = {
    **world.GRACIELA,
    "First_Name": "Inés",
    "Middle_Name": "",
    "Birth_Date": "20140909",
}
EVERY = [kind.value for kind in PageKind]


@pytest.fixture
def numbers(office):
    """State ID → MSIX ID, with a brother of Graciela in Texas."""
    brother = {**world.GRACIELA, "First_Name": "Abel", "Middle_Name": "", "Sex": "Male", "Birth_Date": "20140909"}
    office.take({"Students": [child("TX110", **brother)]})
    return office.owners()


@pytest.fixture
def graciela(numbers):
    return numbers["TX100"]


@pytest.fixture
def print_packet(as_, graciela):
    def printed(pages, actor="msix_primary", **form):
        answer = as_(actor).send(f"/students/{graciela}/packet", {"pages": pages, **form}, expect=200)
        assert answer.mimetype == "application/pdf"
        return answer

    return printed


@pytest.fixture
def copies(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return list(db.scalars(select(Export).order_by(Export.id)))

    return found


def sheets(answer):
    return [" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(answer.data)).pages]


def assert_accessible(drawn):
    report = page.validate_pdf_bytes(drawn, profile="ua1")
    assert report.is_compliant, {f"{fault.rule_id}: {fault.message}" for fault in report.failures}


def languages(drawn):
    """Languages that the structure of the document names."""
    objects = pypdf.PdfReader(io.BytesIO(drawn))
    found = (objects.get_object(number) for number in range(1, objects.trailer["/Size"]))
    return {str(one["/Lang"]) for one in found if isinstance(one, dict) and "/Lang" in one}


class TestChoice:
    def test_is_remembered_for_the_visit(self, as_, graciela, numbers):
        client = as_("msix_primary")
        client.send(f"/students/{graciela}/packet", {"pages": ["school", "handling"]}, expect=200)
        page = client.get(f"/students/{numbers['TX110']}/packet", expect=200).text
        assert re.findall(r'checked[^>]* name="pages"[^>]* value="(\w+)"', page) == ["school", "handling"]
        fresh = as_("msix_primary").get(f"/students/{graciela}/packet", expect=200).text
        assert len(re.findall(r'checked[^>]* name="pages"', fresh)) == 5

    def test_offers_every_page_and_the_siblings(self, as_, graciela, numbers):
        text = as_("msix_primary").get(f"/students/{graciela}/packet", expect=200).text
        for label in LABELS.values():
            assert label in text
        assert f'value="{numbers["TX110"]}"' in text
        assert "Abel" in text
        assert f'value="{numbers["TX103"]}"' not in text  # a namesake with other parents, or none

    def test_opening_it_is_no_print(self, as_, graciela, copies):
        as_("msix_primary").get(f"/students/{graciela}/packet", expect=200)
        assert copies() == []
        accounting = as_("state_data_administrator").get(f"/audit/students/{graciela}").text
        assert "printed a packet" not in accounting

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({}, "Tick at least one page"),
            ({"pages": ["letter"]}, "Say who receives the packet"),
            ({"pages": ["fax"], **FAX, "called": ""}, "Call first"),
            ({"pages": ["fax"], **FAX, "fax_number": ""}, "Give the fax number"),
            ({"pages": ["fax"], **FAX, "spoke_to": ""}, "Say who waits"),
            ({"pages": ["everything"]}, "not a valid choice"),
            ({"pages": ["family"], "children": ["999999999999"]}, "not a valid choice"),
        ],
    )
    def test_what_is_refused_loses_nothing(self, as_, graciela, copies, form, sentence):
        form = {"note": "Until June.", **form}
        text = as_("msix_primary").send(f"/students/{graciela}/packet", form, expect=422).text
        assert sentence in text
        assert "Until June." in text
        assert copies() == []

    def test_only_roles_that_print(self, as_, graciela):
        for role in Role:
            allowed = Permission.PRINT_STUDENT_RECORD in GRANTS[role]
            as_(role.value).get(f"/students/{graciela}/packet", expect=200 if allowed else 403)
            if not allowed:
                as_(role.value).get(f"/students/{graciela}/family.pdf", expect=403)

    def test_a_child_that_does_not_exist(self, as_):
        as_("msix_primary").get("/students/999999999999/packet", expect=404)
        as_("msix_primary").get("/students/999999999999/family.pdf", expect=404)


class TestPaper:
    @pytest.mark.parametrize("kind", EVERY)
    def test_each_page_alone_is_accessible(self, print_packet, kind):
        answer = print_packet([kind], **FAX)
        assert_accessible(answer.data)
        assert len(sheets(answer)) == 1
        assert printed_under(answer.data)[0] == "Msix MSIXPrimary"

    def test_all_pages_of_two_children_under_one_serial(self, print_packet, numbers, copies, as_):
        answer = print_packet(EVERY, children=[numbers["TX110"]], note="They stay until June.", **FAX)
        assert_accessible(answer.data)
        (made,) = copies()
        assert made.kind is ExportKind.PACKET_PRINT
        assert made.note.startswith("2 children: fax cover sheet, cover letter, school page")
        texts = sheets(answer)
        assert printed_under(answer.data) == ("Msix MSIXPrimary", made.serial)
        assert all(f"Page {number} of {len(texts)}" in text for number, text in enumerate(texts, 1))
        whole = " ".join(texts)
        for part in ("Ms. Rivera", "They stay until June.", "Abel", "How to keep these pages", "Shred"):
            assert part in whole
        for msix_id in (numbers["TX100"], numbers["TX110"]):
            accounting = as_("state_data_administrator").get(f"/audit/students/{msix_id}", expect=200).text
            assert "printed a packet" in accounting
            assert made.serial in accounting

    def test_the_fax_cover_says_how_many_pages_come(self, print_packet):
        answer = print_packet(["fax", "school", "counselor", "history", "family"], **FAX)
        texts = sheets(answer)
        assert len(texts) > 4
        assert f"Pages, this one included: {len(texts)} To" in texts[0]

    def test_without_a_plan_it_is_said_once_that_no_credit_is_estimated(self, print_packet, as_, graciela):
        (text,) = sheets(print_packet(["counselor"]))
        assert text.count("plan") == 1
        assert "No graduation plan has been entered, so none is estimated here." in text
        text = as_("msix_primary").get(f"/students/{graciela}/credits", expect=200).text
        assert text.count("not in a plan") == 0
        assert text.count("No graduation plan has been entered") == 1

    def test_a_consent_for_one_child_opens_no_sibling(self, app, as_, numbers, copies):
        client = as_("vt_msix_primary")
        with app.config["SESSIONS"]() as db, db.begin():
            for session in db.scalars(select(UserSession).where(UserSession.purpose.is_not(None))):
                session.purpose, session.purpose_msix_id = Purpose.WRITTEN_CONSENT, numbers["TX101"]
        path = f"/students/{numbers['TX110']}/packet"
        assert client.get(path, expect=303).location.startswith(f"/students/{numbers['TX110']}/purpose")
        form = {"pages": ["family"], "children": [numbers["TX110"]]}
        text = client.send(f"/students/{numbers['TX100']}/packet", form, expect=422).text
        assert "Choose the purpose of use" in text
        assert f"/students/{numbers['TX110']}/purpose?next=" in text
        assert copies() == []

    def test_a_purpose_that_was_not_stated_is_asked_in_place(self, as_, numbers, office, copies):
        office.take({"Students": [child("VT510", **SISTER)]}, state="VT")
        sister = office.owners()["VT510"]
        client, path = as_("msix_primary", purpose=None), f"/students/{numbers['TX100']}/packet"
        assert 'name="purpose"' not in client.get(path, expect=200).text
        form = {"pages": ["family"], "children": [numbers["TX110"], sister]}
        text = client.send(path, form, expect=422).text
        assert "Choose the purpose of use" in text
        assert "Inés" in text.partition('id="purpose"')[2]
        assert f"/students/{sister}/purpose?next=" in text
        assert re.search(rf'checked[^>]*value="{sister}"', text)
        client.send(path, {**form, "purpose": "written_consent"}, expect=422)
        assert copies() == []
        assert client.send(path, {**form, "purpose": "enrollment"}, expect=200).mimetype == "application/pdf"
        client.get(f"/students/{sister}", expect=200)
        accounting = as_("vt_state_data_administrator").get(f"/audit/students/{sister}", expect=200).text
        assert "Enrollment of the child in school" in accounting

    def test_children_of_the_same_name_and_day_are_told_apart(self, as_, numbers, office):
        for name, day in (("Inés", "20120101"), ("Abel", "20140909")):  # corrected later: she stays a child of her own
            named = {**SISTER, "First_Name": name, "Birth_Date": day}
            office.take({"Students": [child("TX111", **named)]})
        twin = office.owners()["TX111"]
        assert twin != numbers["TX110"]
        client = as_("msix_primary")
        for path in ("packet", "family"):
            text = client.get(f"/students/{numbers['TX100']}/{path}", expect=200).text
            for msix_id in (numbers["TX110"], twin):
                assert f"MSIX ID {msix_id_groups(msix_id)} (TX)" in text
        text = client.get(f"/moves/new/{numbers['TX100']}", expect=200).text
        assert f"MSIX ID {msix_id_groups(twin)} (TX)" in text
        assert f"MSIX ID {msix_id_groups(numbers['TX100'])}" not in text

    @pytest.mark.parametrize("count", [1, 40, 400])
    def test_records_of_any_size(self, app, db, print_packet, graciela, count):
        record = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100"))
        years = [f"{2010 + number % 12}-{2011 + number % 12}" for number in range(count)]
        of_record = {"state_record_id": record.id, "submission_id": record.submission_id}
        courses = [{**of_record, "title": f"Course {n}", "academic_year": year} for n, year in enumerate(years)]
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(insert(Course), courses)
        answer = print_packet(["school", "counselor", "history", "family"])
        assert_accessible(answer.data)
        text = " ".join(sheets(answer))
        assert all(f"Course {number}" in text for number in range(count))
        assert "Estimate, not a decision; the school decides." in text

    def test_without_a_pdf_there_is_a_page_that_says_why(self, app, as_, graciela, copies):
        app.extensions["pdf_pool"].close()
        client = as_("msix_primary")
        assert pdf.STOPPING in client.get(f"/students/{graciela}/family.pdf", expect=503).text
        assert pdf.STOPPING in client.send(f"/students/{graciela}/packet", {"pages": ["school"]}, expect=503).text
        assert copies() == []


class TestFamilyPage:
    @pytest.fixture
    def text(self, as_, graciela):
        (text,) = sheets(as_("msix_primary").get(f"/students/{graciela}/family.pdf", expect=200))
        return text

    def test_one_click_from_the_record_with_its_key(self, as_, graciela):
        text = as_("msix_primary").get(f"/students/{graciela}", expect=200).text
        assert re.search(rf'data-key="f"[^>]*href="/students/{graciela}/family.pdf"', text)
        assert f'href="/students/{graciela}/packet"' in text

    def test_spanish_beside_english(self, text):
        for words in (
            ("Para la familia de Graciela", "For the family of Graciela"),
            ("Grado", "Grade"),
            ("Cursos por terminar", "Courses to finish"),
            ("calificación hasta ahora: B", "grade so far: B"),
            ("A quién llamar", "Whom to call"),
            ("Si algo de aquí está mal", "If something here is wrong"),
            ("enfermera", "nurse"),
        ):
            assert all(one in text for one in words), words
        assert "Algebra 1" in text
        assert "(555) 555-0148" in text

    def test_says_nothing_that_a_family_page_must_not(self, text):
        for word in ("Chronic", "IEP", "English learner", "SSN", "Social Security", "guarantee", "State law"):
            assert word not in text

    def test_both_languages_are_marked_for_readers(self, as_, graciela):
        drawn = as_("msix_primary").get(f"/students/{graciela}/family.pdf", expect=200).data
        assert_accessible(drawn)
        assert {"es", "en"} <= languages(drawn)

    def test_no_nurse_without_a_medical_flag(self, as_, numbers):
        (text,) = sheets(as_("msix_primary").get(f"/students/{numbers['TX110']}/family.pdf", expect=200))
        assert "nurse" not in text
        assert "enfermera" not in text

    def test_the_states_own_text(self, as_, graciela):
        english = "# Our words for {child}\n\n{grade}\n\n{courses}\n\n{nurse}\n\n{school}\n\n{office}"
        form = {"english": english, "spanish": english.replace("Our words for", "Palabras para")}
        lead = as_("state_data_administrator")
        assert "Our words for Lucía" in lead.send("/settings/family/", {**form, "preview": "1"}, expect=200).text
        lead.send("/settings/family/", {**form, "keep": "1"}, expect=303)
        (text,) = sheets(as_("msix_primary").get(f"/students/{graciela}/family.pdf", expect=200))
        assert "Our words for Graciela" in text
        assert "Palabras para Graciela" in text
        assert "Algebra 1" in text
        assert "enfermera" in text
        (other,) = sheets(as_("vt_msix_primary").get(f"/students/{graciela}/family.pdf", expect=200))
        assert "Our words" not in other
        lead.send("/settings/family/reset", expect=303)
        assert "Our words" not in lead.get("/settings/family/", expect=200).text

    def test_a_text_that_leaves_out_the_office_is_refused_and_kept_on_screen(self, as_):
        form = {"english": "Only words", "spanish": "Solo palabras", "keep": "1"}
        text = as_("state_data_administrator").send("/settings/family/", form, expect=422).text
        assert "needs {courses}" in text
        assert "Only words" in text

    def test_only_the_state_data_administrator_words_it(self, as_):
        as_("msix_primary").get("/settings/family/", expect=403)
        as_("state_user_administrator").get("/settings/family/", expect=403)


class TestFamilyPageOfAnyLength:
    """Nothing of the text is lost, and nothing of it stands on the page of another child."""

    @pytest.fixture
    def drawn_from(self, app, monkeypatch):
        """The HTML of what was drawn."""
        pool, seen = app.extensions["pdf_pool"], []
        render = pool.render
        monkeypatch.setattr(pool, "render", lambda html, **how: seen.append(html) or render(html, **how))
        return seen

    @pytest.fixture
    def print_both(self, app, as_, db, numbers):
        """`print_both(random, 8)`: school and family pages of both children, with that many open courses each."""

        def printed(chance, count):
            made = [one for number in ("TX100", "TX110") for one in self.courses(db, number, chance, count)]
            with app.config["SESSIONS"]() as session, session.begin():
                session.add_all(made)
            form = {"pages": ["school", "family"], "children": [numbers["TX110"]]}
            return as_("msix_primary").send(f"/students/{numbers['TX100']}/packet", form, expect=200)

        return printed

    @staticmethod
    def courses(db, number, chance, count):
        record = record_of(db, number)
        for _ in range(count):
            title = " ".join(words(chance, 30))[:60]
            yield Course(
                state_record_id=record.id,
                submission_id=record.submission_id,
                title=title,
                section="Section of the first semester",
                academic_year="2025-2026",
                grade_to_date="B",
                clock_hours=chance.randint(1, 180),
            )

    @pytest.mark.parametrize(("count", "own"), [(0, 0), (8, 0), (9, 400), (3, 1_900), (8, 1_900)])
    def test_every_sentence_stands_on_the_childs_own_pages(self, as_, print_both, drawn_from, count, own):
        chance = random.Random(f"{count} {own}")
        if own:
            text = {language: own_text(chance, own) for language in ("english", "spanish")}
            as_("state_data_administrator").send("/settings/family/", {**text, "keep": "1"}, expect=303)
        answer = print_both(chance, count)
        assert_accessible(answer.data)
        pages = ["".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(answer.data)).pages]
        families = sentences(drawn_from[-1])
        assert len(families) == 2
        for name, said in families.items():
            own_pages = [text for text in pages if f"Familia/Family:{name}" in text]
            assert [one for one in said if not stands(one, own_pages)] == []
            assert [
                one
                for one in said
                if len(one) > 30 and any(one[-30:] in text for text in pages if "Schoolpage:" in text)
            ] == []

    def test_no_name_runs_out_of_its_column(self, office, as_, drawn_from):
        keys = [
            key for key in world.GRACIELA if key.endswith(("First_Name", "Last_Name", "Last_Name_1", "Last_Name_2"))
        ]
        long = dict.fromkeys(keys, "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis")
        office.take({"Students": [child("TX110", **{**world.GRACIELA, **long})]})
        pages = ["letter", "school", "counselor", "history", "family", "handling"]
        form = {"pages": pages, "recipient": "Registrar"}
        as_("msix_primary").send(f"/students/{office.owners()['TX110']}/packet", form, expect=200)
        assert running_out(drawn_from[-1]) == []

    def test_each_piece_of_a_text_on_two_pages_names_its_language(self, as_, print_both):
        chance = random.Random(1)
        text = {language: own_text(chance, 1_900) for language in ("english", "spanish")}
        as_("state_data_administrator").send("/settings/family/", {**text, "keep": "1"}, expect=303)
        drawn = print_both(chance, 8).data
        objects = pypdf.PdfReader(io.BytesIO(drawn))
        found = [objects.get_object(number) for number in range(1, objects.trailer["/Size"])]
        named = [str(one.get("/Lang")) for one in found if isinstance(one, dict) and one.get("/S") == "/Art"]
        assert named == ["es", "en"] * 4, "two children, two pages each"


def running_out(html):
    """Texts that end to the right of the block that they stand in."""

    def walk(box, edge):
        if isinstance(box, boxes.TextBox):
            if box.position_x + box.width > edge + 1:
                yield box.text
        elif isinstance(box, boxes.BlockContainerBox):
            edge = box.content_box_x() + box.width
        for inner in box.children:
            yield from walk(inner, edge)

    styles, fonts = pdf_worker._look()
    drawn = HTML(string=html, url_fetcher=pdf_worker.OwnFilesOnly()).render(stylesheets=[styles], font_config=fonts)
    return [text for sheet in drawn.pages for text in walk(sheet._page_box, 0)]


def words(chance, count):
    return ["".join(chance.choices("abcdeghilmnoprstu", k=chance.randint(2, 11))) for _ in range(count)]


def own_text(chance, letters):
    """A State's text of about so many letters, with all its fields."""
    fields = ["# {child}", "{grade}", "{courses}", "{nurse}", "{school}", "{office}"]
    rest = letters - sum(map(len, fields))
    paragraphs = [" ".join(words(chance, 500))[:part] + "." for part in (rest // 3, rest // 2, rest // 8)]
    return "\n\n".join([*fields[:3], *paragraphs, *fields[3:]])


def sentences(html):
    """Name of a child → all headings below it, paragraphs and points of its family page, without blanks."""
    found = {}
    for part in tinyhtml5.parse(html).iter(XHTML + "section"):
        if "part--family" in part.get("class"):
            told = [one for name in ("h2", "p", "li") for one in part.iter(XHTML + name)]
            found["".join(part.find(XHTML + "h1").text.split())] = [
                "".join("".join(one.itertext()).split()) for one in told
            ]
    return found


def stands(sentence, pages):
    """Whether it stands on one of the pages, or begins on one and ends on the next."""
    if any(sentence in text for text in pages):
        return True
    cuts = ((sentence[:at], sentence[at:]) for at in range(1, len(sentence)))
    return any(head in one and tail in two for head, tail in cuts for one, two in itertools.pairwise(pages))


class TestWhatWasAskedOfTheSender:
    def ask(self, office, **how):
        with office.deed() as db:
            student = record_of(db, "TX100").student
            record = consolidated_record.build(db, student, today=office.now.date())
            day = clocks.day_in(office.now, "America/Chicago")
            common = {"asked_on": day, "now": office.now, "by": person(db, "msix_primary")}
            made = follow_ups.ask(
                db, student, record, kind=FollowUpKind.MED_ALERT, whom="Nurse Holloway, Seabreeze", **common
            )
            if how.get("received"):
                follow_ups.receive(db, student, made.id, received_on=day, now=office.now, by=common["by"])
            return f"{day:%m/%d/%Y}"

    def test_stands_on_the_school_page_and_in_the_history(self, office, print_packet):
        school, *_ = sheets(print_packet(["school", "history"]))
        assert "Call the sending school (nobody asked yet)" in school
        assert "record at the sending school (nobody asked yet)" in school
        day = self.ask(office)
        answer = print_packet(["school", "history"])
        school, history, *_ = sheets(answer)
        assert f"Call the sending school (asked {day}, not received)" in school
        assert "Asked of the sending school" in history
        assert f"Nurse Holloway, Seabreeze {day} not yet" in history
        assert_accessible(answer.data)

    def test_says_when_it_came(self, office, print_packet):
        day = self.ask(office, received=True)
        assert f"Call the sending school (received {day})" in sheets(print_packet(["school"]))[0]
