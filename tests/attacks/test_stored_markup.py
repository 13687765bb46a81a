"""Markup and formulas stored in every text column: harmless on every page, in PDF, CSV, JSON and Excel."""

import io
import socket
import threading
import zipfile
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pypdf
import pytest
import tinyhtml5
from sqlalchemy import JSON, Enum, Integer, String, Text, func, insert, select, update

from msixlite import pdf_worker
from msixlite.domain import correction_elements, correction_inquiries, correction_intake, corrections, disputes
from msixlite.domain.permissions import GRANTS
from msixlite.models.attachments import Attachment
from msixlite.models.base import Base, SaidText, Utc
from msixlite.models.corrections import AskedBy, Channel, Language, Requester
from msixlite.models.exports import Export, ExportKind
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import Role, User
from msixlite.models.worklist import WorklistItem
from tests.checked_client import elements

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)><svg/onload=alert(3)>{{7*7}}${7*7}"
FORMULA = '=HYPERLINK("http://127.0.0.1:9/leak")'
NO_WORDS = {
    "code": "what other rows refer to",
    "state_code": "what other rows refer to",
    "user_name": "what other rows refer to",
    "user.email": "what sign-in refers to",
    "past_email.email": "what sign-in refers to",
    "time_zone": "one of the system's names",
    "serial": "drawn by the program",
    "data_quality_case.what": "a key of the program",
    "worklist_item.fault": "a key of the program",
    "record_change.element": "a key of the program",
    "export.subject": "written by the program",
    "plan_subject.subject": "a key of the program",
    "section": "a key of the program",
    "key": "a key of the program",
    "clock": "a key of the program",
    "kind": "a key of the program",
    "module": "a key of the program",
    "template": "a key of the program",
    "table_name": "a key of the program",
    "endpoint": "a key of the program",
    "period": "a key of the program",
    "media_type": "one of the program's",
    "withdrawal_reason": "a code",
    "first_year": "a school year, from a list",
    "msix_id": "twelve digits of the program",
    "purpose_msix_id": "twelve digits of the program",
    "reference": "drawn by the program",
    "message_id": "drawn by the program",
    "token": "drawn by the program",
    "token_hash": "drawn by the program",
    "code_hash": "drawn by the program",
    "password_hash": "drawn by the program",
    "form_token": "drawn by the program",
    "certificate_token": "drawn by the program",
    "claim": "drawn by the program",
    "sealed_token": "sealed by the program",
    "secret": "sealed by the program",
    "fields": "sealed by the program",
}
"""Text columns without words of a person or a file, by name or table.name, each with its reason."""
TEXTS = String | Text | SaidText
APPEND_ONLY = {"audit_event", "audit_head"}
"""Tables that refuse an UPDATE: what was searched for gets into them by the front door."""


def free_text(model):
    """The columns that can hold words of a person or a file."""
    for column in model.__table__.columns:
        is_text = isinstance(column.type, TEXTS) and not isinstance(column.type, Enum)
        if (
            is_text
            and not {column.key, str(column)} & NO_WORDS.keys()
            and not column.foreign_keys
            and not column.primary_key
        ):
            yield column


def attacked():
    """Every model with such a column, today's and tomorrow's."""
    models = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__tablename__)
    return [model for model in models if model.__tablename__ not in APPEND_ONLY and list(free_text(model))]


OWN_VALUES = {
    "record_change": {"section": "student", "element": "first_name"},
    "identity_change": {"snapshot": {}},
    "saved_search": {"fields": {}, "filters": {}},
}
"""Table → values that its own constraints or readers ask for."""


def _fill(db, now):
    """A row of Texas in each table that has none, so that no text column goes without its attack."""
    needed = {model.__tablename__ for model in attacked()}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in needed:
            needed |= {key.column.table.name for key in table.foreign_keys}
    for table in Base.metadata.sorted_tables:
        if table.name not in needed or db.scalar(select(func.count()).select_from(table)):
            continue
        row = {column.name: _some(db, column, now) for column in table.columns if _is_wanted(column)}
        db.execute(insert(table).values({**row, **OWN_VALUES.get(table.name, {})}))


def _is_wanted(column):
    if column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys:
        return False
    return isinstance(column.type, TEXTS) or (not column.nullable and column.server_default is None)


def _some(db, column, now):
    """A value of the column's own kind; a reference leads to Texas or to its State Data Administrator."""
    if column.foreign_keys:
        (key,) = column.foreign_keys
        if key.column.table.name == "state":
            return "TX"
        if key.column.table.name == "user":
            return db.scalar(select(User.id).where(User.user_name == "state_data_administrator"))
        return db.scalar(select(key.column).limit(1))
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class))
    if isinstance(column.type, Utc):
        return now
    if isinstance(column.type, JSON):
        return []
    plain = {bool: False, int: 1, float: 1.0, Decimal: Decimal(1), date: now.date(), str: "x"}
    return plain[column.type.python_type]


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
        db.flush()
        _fill(db, clock.now)
        for model in attacked():
            unique = {one.name for c in model.__table__.constraints for one in getattr(c, "columns", ())}
            (first, *_) = model.__table__.primary_key.columns
            one_row = first == db.scalar(select(func.max(first)))
            for column in free_text(model):
                room = column.type.length or 2000
                where = [one_row] if column.name in unique else []
                db.execute(update(model).where(*where).values({column.key: poison[:room]}))
            for column in model.__table__.columns:
                if isinstance(column.type, JSON) and column.key in ("reasons", "warnings"):
                    db.execute(update(model).values({column.key: [poison]}))
    return poison


def paths(app, db, role):
    child = select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100")
    item = db.scalar(select(WorklistItem.id).limit(1))
    values = {"msix_id": db.scalar(child), "submission_id": 1, **({"item_id": item} if item else {})}
    values |= dict.fromkeys(("request_id", "notice_id", "report_id", "mail_id", "plan_id", "draft_id", "user_id"), 1)
    values |= dict.fromkeys(("region_id", "review_id", "merge_id", "split_id", "change_id", "follow_up_id"), 1)
    values |= {"key": "move_notice", "correction_id": 1, "dispute_id": 1, "letter": "decision", "language": "es"}
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
    seen, broken = 0, []
    for path in ("/get-an-account?state=TX", *paths(app, db, role)):
        if path.endswith(".pdf"):
            continue
        answer = client.get(path)
        text = answer.text
        broken += [path] if answer.status_code >= 500 else []
        if answer.mimetype == "text/csv":
            assert answer.headers["Content-Disposition"].startswith("attachment"), path
            continue  # saved, never shown
        seen += "&lt;script&gt;" in text or "&lt;img" in text
        root = tinyhtml5.parse(text)
        assert all(script.get("src", "").startswith("/static/") for script in elements(root, "script")), path
        assert not [e for e in root.iter() for name in e.attrib if name.startswith("on")], path
        assert not [e for e in elements(root, "img") if e.get("src") == "x"], path
        assert ">49<" not in text
    assert seen
    assert broken == []


@pytest.mark.parametrize("poisoned", [MARKUP], indirect=True, ids=["markup"])
def test_no_text_column_of_the_models_is_left_out(poisoned, db):
    """A column added tomorrow is attacked, or stands in NO_WORDS with its reason; the list names no others."""
    left_out = []
    for model in attacked():
        for column in free_text(model):
            room = column.type.length or 2000
            if db.scalar(select(func.count()).select_from(model).where(column == MARKUP[:room])) == 0:
                left_out.append(f"{model.__tablename__}.{column.key}")
    assert left_out == []
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    known = {column.key for column in columns} | {str(column) for column in columns}
    assert set(NO_WORDS) - known == set()


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


LIVING = (
    '<img alt="x" src="http://127.0.0.1:{port}/a">',
    '<link rel="stylesheet" href="http://127.0.0.1:{port}/b"><p>x</p>',
    '<link rel="attachment" href="http://127.0.0.1:{port}/c"><p>x</p>',
    "<style>p {{ background: url(http://127.0.0.1:{port}/d) }}</style><p>x</p>",
)


def test_the_worker_that_draws_reaches_nothing_even_by_living_markup():
    """The second wall: were a name ever put into a PDF unescaped, the worker still asks no address for anything."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        ended = threading.Event()

        def hang_up():
            while not ended.is_set():
                with suppress(TimeoutError):
                    caller, address = listener.accept()
                    heard.append(address)
                    caller.close()

        ear = threading.Thread(target=hang_up)
        ear.start()
        for markup in LIVING:
            living = markup.format(port=listener.getsockname()[1])
            pdf_worker.draw(f'<html lang="en"><head><title>x</title></head><body>{living}</body></html>')
        ended.set()
        ear.join()
    assert heard == []


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
