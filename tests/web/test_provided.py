"""Information provided on screen: a new entry, the record's list, and the State's own export."""

import csv
import io
import re
import zipfile

import pytest
from sqlalchemy import select

from msixlite.models.exports import Export, ExportKind
from msixlite.models.provided import ProvidedEntry
from msixlite.models.students import StateRecord, Student

CLERK = "msix_primary"


@pytest.fixture
def msix_id(db):
    """Graciela's."""
    graciela = StateRecord.state_student_id == "TX100"
    return db.scalar(select(Student.msix_id).join(StateRecord).where(graciela))


@pytest.fixture
def form():
    return {
        "what": ["Courses and credits", "Transcript"],
        "other": "",
        "to_person": "J. Abbott",
        "to_office": "Maple Middle School",
        "given_on": "2026-11-20",
        "channel": "fax",
        "note": "",
    }


def export(client, tmp_path, **how):
    """The rows of an unprotected export."""
    form = {"since": "", "until": "", "format": "csv", "passphrase": "x" * 20, **how}
    answer = client.send("/provided/export", form, expect=200)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith("information")]
        content = archive.read(name)
    return content if name.endswith("xlsx") else list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


class TestEntry:
    def test_it_is_noted_and_stands_on_the_record(self, as_, msix_id, form, db):
        client = as_(CLERK)
        page = client.get(f"/students/{msix_id}", expect=200).text
        assert f"/provided/new/{msix_id}" in page
        client.get(f"/provided/new/{msix_id}", expect=200)
        answer = client.send(f"/provided/new/{msix_id}", form, expect=303)
        assert answer.location == f"/students/{msix_id}#provided"
        page = client.get(f"/students/{msix_id}", expect=200).text
        for shown in ("11/20/2026", "Courses and credits; Transcript", "J. Abbott, Maple Middle School", "Fax"):
            assert shown in page

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"what": [], "other": " "}, "Tick or write what"),
            ({"to_person": "", "to_office": ""}, "to whom"),
            ({"given_on": "2999-01-01"}, "cannot lie ahead"),
            ({"given_on": ""}, "Give the day"),
            ({"given_on": "yesterday"}, "Not a valid date"),
            ({"channel": "pigeon"}, "Not a valid choice"),
            ({"what": ["everything"]}, "not a valid choice"),
            ({"note": "x" * 1_001}, "At most 1,000"),
        ],
    )
    def test_a_bad_form_keeps_what_was_typed(self, as_, msix_id, form, db, changes, says):
        typed = {**form, "to_office": "Kept Office", **changes}
        page = as_(CLERK).send(f"/provided/new/{msix_id}", typed, expect=422).text
        assert says in page
        assert typed["to_office"] in page
        assert db.scalars(select(ProvidedEntry)).all() == []

    def test_from_a_notice_or_request_only_of_ones_own(self, as_, msix_id, form):
        for name in ("notice", "request"):
            as_(CLERK).send(f"/provided/new/{msix_id}", {**form, name: "99"}, expect=404)
            as_(CLERK).send(f"/provided/new/{msix_id}", {**form, name: "abc"}, expect=303)

    def test_a_purpose_is_asked_outside_the_own_scope(self, as_, form, db):
        vermont = StateRecord.state_student_id == "VT201"
        number = db.scalar(select(Student.msix_id).join(StateRecord).where(vermont))
        answer = as_(CLERK, purpose=None).send(f"/provided/new/{number}", form, expect=303)
        assert "/purpose" in answer.location

    @pytest.mark.parametrize("role", ["privacy_act_administrator", "government_administrator", "help_desk"])
    def test_the_wrong_role(self, as_, msix_id, form, role):
        as_(role).send(f"/provided/new/{msix_id}", form, expect=403)


class TestExport:
    @pytest.fixture
    def three(self, as_, msix_id, form):
        client = as_(CLERK)
        for day, note in (("2026-09-30", "=cmd|'/c calc'!A1"), ("2026-10-01", "@x"), ("2026-11-20", "plain")):
            client.send(f"/provided/new/{msix_id}", {**form, "given_on": day, "note": note}, expect=303)

    def test_the_own_states_entries_safe_for_a_spreadsheet(self, as_, three, tmp_path, msix_id, db):
        rows = export(as_(CLERK), tmp_path)
        assert [row["Given On"] for row in rows] == ["2026-09-30", "2026-10-01", "2026-11-20"]
        assert [row["Note"] for row in rows] == ["'=cmd|'/c calc'!A1", "'@x", "plain"]
        first = rows[0]
        assert (first["MSIX Identification Number"], first["State Student Identifier"]) == (msix_id, "TX100")
        assert (first["Channel"], first["To Office"]) == ("fax", "Maple Middle School")
        db.rollback()
        assert db.scalar(select(Export)).kind is ExportKind.PROVIDED_FILE

    def test_days_are_both_included(self, as_, three, tmp_path):
        rows = export(as_(CLERK), tmp_path, since="2026-10-01", until="2026-11-20")
        assert len(rows) == 2
        assert export(as_(CLERK), tmp_path, since="2026-11-21") == []

    def test_another_state_gets_none_of_it(self, as_, three, tmp_path):
        assert export(as_("vt_msix_primary"), tmp_path) == []

    def test_as_a_workbook(self, as_, three, tmp_path):
        from python_calamine import CalamineWorkbook

        book = CalamineWorkbook.from_filelike(io.BytesIO(export(as_(CLERK), tmp_path, format="xlsx")))
        rows = book.get_sheet_by_name("Information provided").to_python()
        assert len(rows) == 4
        assert rows[1][rows[0].index("Note")] == "'=cmd|'/c calc'!A1"

    def test_protected_unless_one_says_no(self, as_, three):
        form = {"since": "", "until": "", "format": "csv", "protect": "y", "passphrase": "abcd-efgh-ijkl-mnop"}
        answer = as_(CLERK).send("/provided/export", form, expect=200)
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert all(one.flag_bits & 1 for one in archive.infolist())
        assert re.search(r"information-provided-\w{4}-\w{4}\.zip", answer.headers["Content-Disposition"])

    @pytest.mark.parametrize(
        ("how", "says"),
        [({"since": "2026-11-02", "until": "2026-11-01"}, "after the last"), ({"since": "soon"}, "Not a valid date")],
    )
    def test_bad_days(self, as_, how, says):
        form = {"since": "", "until": "", "format": "csv", "passphrase": "x" * 20, **how}
        assert says in as_(CLERK).send("/provided/export", form, expect=422).text

    def test_a_secondary_user_exports_nothing(self, as_):
        as_("msix_secondary").get("/provided/export", expect=403)
