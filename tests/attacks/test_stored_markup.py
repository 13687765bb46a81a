"""Markup and formulas stored in every text column: harmless on every page, in PDF, CSV, JSON and Excel."""

import io
import zipfile
from datetime import timedelta

import pypdf
import pytest
import tinyhtml5
from sqlalchemy import JSON, Enum, String, Text, select, update

from msixlite.domain import correction_elements, correction_inquiries, correction_intake, corrections, disputes
from msixlite.domain.permissions import GRANTS
from msixlite.models.attachments import Attachment
from msixlite.models.corrections import (
    AskedBy,
    Channel,
    CorrectionElement,
    CorrectionInquiry,
    CorrectionRequest,
    CorrectionStep,
    Language,
    Requester,
)
from msixlite.models.disputes import DisputeAddition, DisputeElement, DisputeStatement
from msixlite.models.exports import Export, ExportKind
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.places import District, Region, School, State
from msixlite.models.students import (
    Assessment,
    Course,
    Enrollment,
    LinkDecision,
    QualifyingMove,
    RecordChange,
    StateRecord,
    Student,
)
from msixlite.models.uploads import Submission
from msixlite.models.users import PastSearch, Role, RulesOfBehavior, User
from msixlite.models.worklist import WorklistItem
from tests.checked_client import elements

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)><svg/onload=alert(3)>{{7*7}}${7*7}"
FORMULA = '=HYPERLINK("http://127.0.0.1:9/leak")'
TABLES = (
    *(State, Region, District, School),
    *(StateRecord, QualifyingMove, Enrollment, Assessment, Course, LinkDecision, RecordChange),
    *(Submission, User, PastSearch, RulesOfBehavior, WorklistItem, IncidentReport, Export),
    *(CorrectionRequest, CorrectionElement, CorrectionInquiry, CorrectionStep, Attachment),
    *(DisputeStatement, DisputeElement, DisputeAddition),
)
KEYS = {"code", "state_code", "user_name", "email", "time_zone", "token", "password_hash", "serial", "subject"}
KEYS |= {"section", "key", "media_type", "withdrawal_reason"}
"""What other rows or the program itself refer to, and what is no free text."""


def free_text(model):
    """The columns that can hold words of a person or a file."""
    for column in model.__table__.columns:
        is_text = isinstance(column.type, String | Text) and not isinstance(column.type, Enum)
        if is_text and column.key not in KEYS and not column.foreign_keys and not column.primary_key:
            yield column


def _ask_and_dispute(db, now):
    """A decided correction request of Texas with an inquiry, and a dispute statement, on one element."""
    privacy, texas = (
        db.scalar(select(User).where(User.user_name == name))
        for name in ("privacy_act_administrator", "state_data_administrator")
    )
    student = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100")).student
    meant = next(one for one in correction_elements.offered(db, student) if one.key == "birth_city")
    today = now.date() - timedelta(days=1)
    intake = correction_intake.Intake(
        Requester.PARENT, "x", "x", "x", Language.ENGLISH, Channel.LETTER, "x", today, [(meant, "x")]
    )
    asked = correction_intake.take_in(db, student, intake, files=[_file(now, texas)], now=now, by=texas)
    corrections.acknowledge(db, asked.id, text="x", now=now, by=texas)
    corrections.investigate(db, asked.id, text="x", now=now, by=texas)
    corrections.decide(db, asked.id, accepted={asked.elements[0].id}, reasons="x", now=now, by=texas)
    of_state = {"asked_by": AskedBy.STATE, "asker": "x", "received_on": today, "text": "x"}
    correction_inquiries.add(db, asked.id, **of_state, now=now, by=texas)
    stated = disputes.Stated(Requester.PARENT, "x", today, "x", [meant])
    made = disputes.enter(db, stated, files=[_file(now, privacy)], now=now, by=privacy)
    disputes.add(db, made.id, text="x", files=(), now=now, by=privacy)


def _file(now, by):
    kept = {"token": "t", "file_name": "x", "media_type": "application/pdf", "size": 1, "sha256": "x"}
    return Attachment(**kept, added_at=now, added_by_id=by.id)


@pytest.fixture
def poisoned(app, clock, request):
    """Every free text of every row replaced, as long as the column allows."""
    poison = request.param
    with app.config["SESSIONS"]() as db, db.begin():
        _ask_and_dispute(db, clock.now)
    with app.config["SESSIONS"]() as db, db.begin():
        owner = db.scalar(select(User).where(User.user_name == "msix_primary"))
        db.add(Export(serial="T", made_at=clock.now, user_id=owner.id, kind=ExportKind.FAX_COVER, note=poison))
        db.add(
            IncidentReport(
                reported_at=clock.now, reported_by_id=owner.id, kind=IncidentKind.OTHER, text=poison, page=""
            )
        )
        db.flush()
        for model in TABLES:
            unique = {one.name for c in model.__table__.constraints for one in getattr(c, "columns", ())}
            for column in free_text(model):
                if column.name in unique and model is not Region:
                    continue
                room = column.type.length or 2000
                db.execute(update(model).values({column.key: poison[:room]}))
            for column in model.__table__.columns:
                if isinstance(column.type, JSON) and column.key in ("reasons", "warnings"):
                    db.execute(update(model).values({column.key: [poison]}))
    return poison


def paths(app, db, role):
    child = select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100")
    item = db.scalar(select(WorklistItem.id).limit(1))
    values = {"msix_id": db.scalar(child), "submission_id": 1, **({"item_id": item} if item else {})}
    values |= {"correction_id": 1, "dispute_id": 1, "letter": "decision", "language": "es"}
    with app.test_request_context():
        return [
            rule.build({name: values[name] for name in rule.arguments})[1]
            for rule in app.url_map.iter_rules()
            for access in [app.view_functions[rule.endpoint].access]
            if rule.arguments <= set(values)
            and rule.endpoint != "static"
            and "GET" in rule.methods
            and (access.permission is None or access.permission in GRANTS[role])
        ]


@pytest.mark.parametrize("poisoned", [MARKUP], indirect=True, ids=["markup"])
@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_no_page_of_any_role_holds_living_markup(poisoned, role, app, as_, db):
    client = as_(role.value)
    client.send("/students/", {"q": MARKUP})
    seen = 0
    for path in paths(app, db, role):
        if path.endswith(".pdf"):
            continue
        text = client.get(path).text
        seen += "&lt;script&gt;" in text or "&lt;img" in text
        root = tinyhtml5.parse(text)
        assert all(script.get("src", "").startswith("/static/") for script in elements(root, "script")), path
        assert not [e for e in root.iter() for name in e.attrib if name.startswith("on")], path
        assert not [e for e in elements(root, "img") if e.get("src") == "x"], path
        assert ">49<" not in text
    assert seen


@pytest.mark.parametrize("poisoned", [MARKUP], indirect=True, ids=["markup"])
def test_it_stays_text_on_paper(poisoned, app, as_, db):
    child = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))
    as_("msix_primary").get(f"/students/{child}", expect=200)
    fax = dict.fromkeys(("recipient", "fax_number", "phone", "spoke_to"), MARKUP[:30]) | {"pages": "2", "called": "y"}
    for drawn in (
        as_("state_data_administrator").get("/corrections/1/letters/decision.pdf", expect=200),
        as_("msix_primary").get(f"/students/{child}.pdf", expect=200),
        as_("state_data_administrator").get(f"/audit/students/{child}.pdf", expect=200),
        as_("msix_primary").send("/exports/fax", fax, expect=200),
    ):
        reader = pypdf.PdfReader(io.BytesIO(drawn.data))
        text = "".join(sheet.extract_text() for sheet in reader.pages).replace("\n", "").replace(" ", "")
        assert "<script>alert(1)" in text
        assert "/JavaScript" not in str(reader.trailer["/Root"])


FETCHES = "<img src=http://127.0.0.1:{port}/a><link rel=stylesheet href=http://127.0.0.1:{port}/b><object data=file:///etc/passwd>"


def test_no_pdf_fetches_anything(app, as_, db):
    """Server-side request forgery through paper: a listener on this machine hears nothing."""
    import socket

    child = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        poison = FETCHES.format(port=listener.getsockname()[1])
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(update(Enrollment).values(comment=poison[:255]))
            session.execute(update(StateRecord).values(first_name=poison[:60], middle_name=poison[60:120]))
            session.execute(update(User).values(last_name=poison[:60]))
        as_("msix_primary").get(f"/students/{child}.pdf", expect=200)
        as_("state_data_administrator").get(f"/audit/students/{child}.pdf", expect=200)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("poisoned", [FORMULA], indirect=True, ids=["formula"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_a_formula(poisoned, kind, as_, db):
    child = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))
    form = {"format": kind, "passphrase": "not used at all"}
    packed = as_("msix_primary").send(f"/students/{child}/export", form, expect=200).data
    files = {
        name: zipfile.ZipFile(io.BytesIO(packed)).read(name) for name in zipfile.ZipFile(io.BytesIO(packed)).namelist()
    }
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(files["record.xlsx"])) as book:
            sheets = "".join(book.read(name).decode() for name in book.namelist() if "worksheets/" in name)
            words = book.read("xl/sharedStrings.xml").decode()
        assert "<f>" not in sheets
        assert "hyperlink" not in sheets.lower()
        assert "'=HYPERLINK" in words
        return
    text = "".join(content.decode("utf-8-sig") for name, content in files.items() if name.endswith(".csv"))
    assert "'=HYPERLINK" in text
    assert not [cell for cell in text.replace("\r\n", ",").split(",") if cell.startswith(("=", '"='))]


@pytest.mark.parametrize("poisoned", [FORMULA], indirect=True, ids=["formula"])
def test_no_cell_of_the_audit_file_is_a_formula(poisoned, as_):
    as_("msix_primary").send("/students/", {"q": FORMULA})
    form = {"format": "csv", "reason": FORMULA, "passphrase": "not used at all"}
    packed = as_("privacy_act_administrator").send("/audit/export", form, expect=200).data
    text = zipfile.ZipFile(io.BytesIO(packed)).read("audit.csv").decode("utf-8-sig")
    assert not [cell for cell in text.replace("\r\n", ",").split(",") if cell.startswith(("=", '"='))]
