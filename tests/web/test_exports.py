"""What leaves the site: protected, under a serial, in the trail, and ticked when it is destroyed."""

import csv
import html
import io
import json
import re
from itertools import pairwise

import pypdf
import pytest
import pyzipper
from sqlalchemy import select

from msixlite.domain import exports
from msixlite.models.audit import AuditEvent
from msixlite.models.exports import Export, ExportKind
from msixlite.models.students import StateRecord, Student
from tests.cases import person, printed_under
from tests.files import child


@pytest.fixture
def graciela(db):
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def copies(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return list(db.scalars(select(Export).order_by(Export.id)))

    return found


def passphrase_of(text):
    return re.search(r'name="passphrase"[^>]*value="([^"]+)"', text).group(1)


def opened(answer, passphrase):
    with pyzipper.AESZipFile(io.BytesIO(answer.data)) as archive:
        archive.setpassword(passphrase.encode() if passphrase else None)
        return {name: archive.read(name) for name in archive.namelist()}


class TestRecordFile:
    def export(self, client, msix_id, **form):
        passphrase = passphrase_of(client.get(f"/students/{msix_id}/export", expect=200).text)
        sent = {"format": "csv", "protect": "y", "passphrase": passphrase, **form}
        return client.send(f"/students/{msix_id}/export", sent), passphrase

    @pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "xml", "pdf"])
    def test_is_protected_unless_the_person_says_no(self, as_, graciela, copies, kind):
        answer, passphrase = self.export(as_("msix_primary"), graciela, format=kind)
        assert answer.status_code == 200
        files = opened(answer, passphrase)
        (made,) = copies()
        assert made.serial in files["HANDLING.txt"].decode()
        assert made.serial in answer.headers["Content-Disposition"]
        assert made.encrypted
        assert made.subject == f"msix {graciela}"
        assert b"CONFIDENTIAL" in files["HANDLING.txt"]
        assert len(files) == {"csv": 6, "json": 2, "xlsx": 2, "xml": 2, "pdf": 2}[kind]
        if kind == "pdf":
            assert printed_under(files["record.pdf"]) == ("Msix MSIXPrimary", made.serial)

    def test_holds_what_each_state_said(self, as_, graciela):
        answer, passphrase = self.export(as_("msix_primary"), graciela, format="json")
        tables = json.loads(opened(answer, passphrase)["record.json"])
        assert {row["Reported by"] for row in tables["Students"]} == {"TX", "VT"}
        assert {row["Course Title"] for row in tables["Course History"]} == {"Algebra 1", "English 8"}
        assert tables["Students"][0]["Birth Date"] == "2012-03-14"

    def test_unprotected_by_choice_is_said_so(self, as_, graciela, copies):
        client = as_("msix_primary")
        form = {"format": "csv", "passphrase": "not used"}
        answer = client.send(f"/students/{graciela}/export", form, expect=200)
        assert "Students.csv" in opened(answer, None)
        assert not copies()[0].encrypted
        assert "not protected" in client.get("/exports/", expect=200).text

    def test_the_passphrase_is_new_each_time_and_kept_nowhere(self, as_, app, graciela, settings, caplog):
        caplog.set_level("DEBUG")
        client = as_("msix_primary")
        first = passphrase_of(client.get(f"/students/{graciela}/export").text)
        _answer, second = self.export(client, graciela)
        assert first != second
        with app.config["SESSIONS"]().reading() as db:
            kept = str([(e.detail, e.changes, e.subject) for e in db.scalars(select(AuditEvent))])
        assert second not in kept + caplog.text
        assert second not in client.get(f"/students/{graciela}/export").text

    def test_a_weak_passphrase_of_ones_own_is_refused(self, as_, graciela, copies):
        answer, _ = self.export(as_("msix_primary"), graciela, passphrase="1234")
        assert answer.status_code == 422
        assert "at least 16" in answer.text
        assert copies() == []

    def test_stands_in_the_accounting_of_disclosures(self, as_, graciela, copies):
        self.export(as_("msix_primary"), graciela)
        text = as_("state_data_administrator").get(f"/audit/students/{graciela}", expect=200).text
        assert "exported a record" in text
        assert copies()[0].serial in text

    @pytest.mark.parametrize("actor", ["msix_secondary", "privacy_act_administrator", "state_user_administrator"])
    def test_only_roles_that_export(self, as_, graciela, actor):
        as_(actor).get(f"/students/{graciela}/export", expect=403)


class TestPrint:
    def test_the_serial_stands_in_the_footer_of_every_page(self, as_, graciela, copies):
        drawn = as_("msix_primary").get(f"/students/{graciela}.pdf", expect=200).data
        (made,) = copies()
        assert printed_under(drawn) == ("Msix MSIXPrimary", made.serial)
        for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages:
            assert "CONFIDENTIAL" in sheet.extract_text()

    def test_the_last_page_says_how_to_keep_and_destroy_it(self, as_, graciela, copies):
        drawn = as_("msix_primary").get(f"/students/{graciela}.pdf", expect=200).data
        (made,) = copies()
        last = " ".join(pypdf.PdfReader(io.BytesIO(drawn)).pages[-1].extract_text().split())
        for shown in ("How to keep these pages", "Graciela", "Shred", "My account, My exports", "Tick", made.serial):
            assert shown in last
        assert "Family page" not in last
        assert "handling sheet" in made.note

    def test_that_page_can_be_left_out_for_the_visit(self, as_, graciela):
        def sheets(query=""):
            drawn = client.get(f"/students/{graciela}.pdf{query}", expect=200).data
            return [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages]

        client = as_("msix_primary")
        usual = len(sheets())
        for query, added in (("?handling=0", 0), ("", 0), ("?handling=1", 1), ("", 1), ("?handling=2", 1)):
            pages = sheets(query)
            assert len(pages) == usual - 1 + added
            assert ("How to keep" in pages[-1]) is bool(added)
            offered = f"/students/{graciela}.pdf?handling={1 - added}"
            assert offered in client.get(f"/students/{graciela}", expect=200).text
        assert len(sheets("?part=1")) == 1
        client = as_("msix_primary")
        assert len(sheets()) == usual

    def test_what_was_not_drawn_has_no_serial(self, as_, app, graciela, copies):
        app.extensions["pdf_pool"].close()
        as_("msix_primary").get(f"/students/{graciela}.pdf", expect=503)
        assert copies() == []


class TestListFile:
    """Search results and the worklist leave as any other file does."""

    def export(self, client, path, **form):
        passphrase = passphrase_of(client.get(path, expect=200).text)
        sent = {"format": "csv", "protect": "y", "passphrase": passphrase, **form}
        return client.send(path, sent), passphrase

    def search(self, client):
        opened_at_once = client.send("/students/", {"q": "Castañeda Graciela 3/14/2012"}, expect=303).location
        address = f"/students/?{opened_at_once.partition('?')[2]}"
        assert "Export this list" in client.get(address, expect=200).text
        return address.replace("/students/?", "/students/export?")

    @pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "xml"])
    def test_search_results(self, as_, graciela, copies, kind):
        client = as_("msix_primary")
        answer, passphrase = self.export(client, self.search(client), format=kind)
        files = opened(answer, passphrase)
        (made,) = copies()
        assert made.serial in files["HANDLING.txt"].decode()
        assert made.encrypted
        assert len(files) == 2
        if kind != "xlsx":
            assert graciela in b"".join(files.values()).decode()

    def test_each_child_of_the_list_has_its_disclosure(self, as_, graciela, copies):
        client = as_("msix_primary")
        self.export(client, self.search(client))
        text = as_("state_data_administrator").get(f"/audit/students/{graciela}", expect=200).text
        assert "exported search results" in text
        assert copies()[0].serial in text

    def test_nobody_elses_search(self, as_):
        path = self.search(as_("msix_primary"))
        assert "0 children" in as_("vt_msix_primary").get(path, expect=200).text

    def both_gracielas(self, client):
        """The token of a search that finds two children: one last seen in Vermont, one without an enrollment."""
        fields = {"first": "Graciela", "last_1": "Castañeda", "mode": "exact"}
        return client.send("/students/fields", fields, expect=303).location.partition("search=")[2]

    def children_of(self, client, path):
        """The birth dates in the file of a list, in its order."""
        answer, passphrase = self.export(client, path)
        (text,) = (text for name, text in opened(answer, passphrase).items() if name.endswith(".csv"))
        return [row["Birth Date"] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))]

    def link(self, client, address):
        """Where the list's own link to its export leads."""
        page = client.get(address, expect=200).text
        return html.unescape(re.search(r'href="(/students/export[^"]+)"', page)[1])

    def test_holds_the_list_as_it_is_narrowed_and_ordered(self, as_):
        client = as_("msix_primary")
        address = f"/students/?search={self.both_gracielas(client)}"
        path = self.link(client, f"{address}&state=VT")
        assert "1 child, as in the list." in client.get(path).text
        assert len(self.children_of(client, path)) == 1
        by_birth = self.children_of(client, self.link(client, f"{address}&sort=born&page=2"))
        assert by_birth == sorted(by_birth)
        assert len(by_birth) == 2

    def test_a_saved_search_whose_filter_was_taken_off_is_whole(self, as_):
        client = as_("msix_primary")
        saved = client.send(
            "/saved-searches/", {"search": self.both_gracielas(client), "name": "Both", "state": "VT"}, expect=303
        ).location
        assert "1 child, as in the list." in client.get(self.link(client, saved)).text
        everybody = self.link(client, f"{saved}&state=&sort=best")
        assert "2 children, as in the list." in client.get(everybody).text
        page = client.get(f"{saved}&grade=12", expect=200).text
        shown = html.unescape(re.search(r'class="usa-button" href="([^"]+)">Show all 2', page)[1])
        assert "2 students" in client.get(shown, expect=200).text

    def test_of_a_longer_list_says_that_it_holds_the_first(self, as_, office):
        rows = [child(f"L{number}", First_Name="Zenobia", Last_Name_1="Larga") for number in range(101)]
        office.take(
            {
                "Students": [
                    row | {"Birth Date": f"2001{1 + at % 12:02}{1 + at // 12:02}"} for at, row in enumerate(rows)
                ]
            }
        )
        client = as_("msix_primary")
        address = client.send("/students/", {"q": "zenobia larga"}, expect=303).location
        assert "Export the first 100 of this list" in client.get(address, expect=200).text
        path = self.link(client, address)
        assert "The first 100 of 101 children, in the order of the list." in client.get(path, expect=200).text

    @pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "xml"])
    def test_the_worklist(self, as_, copies, kind):
        answer, passphrase = self.export(as_("state_data_administrator"), "/worklist/export?view=all", format=kind)
        assert len(opened(answer, passphrase)) == 2
        assert copies()[0].note.startswith({"csv": "CSV", "json": "JSON", "xlsx": "Excel", "xml": "XML"}[kind])

    @pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "xml"])
    def test_data_requests(self, as_, graciela, office, copies, kind):
        with office.read() as db:
            record = db.scalar(select(StateRecord.id).where(StateRecord.state_student_id == "TX100"))
        form = {
            "elements": [f"{record}|Eligibility Expiration Date"],
            "reason": "move from another State",
            "notice": "0",
            "note": "=cmd()",
        }
        as_("vt_msix_primary").send(f"/requests/new/{graciela}", form, expect=303)
        answer, passphrase = self.export(as_("vt_msix_primary"), "/requests/export", format=kind)
        said = b"".join(opened(answer, passphrase).values())
        assert copies()[0].kind is ExportKind.REQUESTS_FILE
        if kind != "xlsx":
            assert b"Eligibility Expiration Date" in said
            assert graciela.encode() in said
            assert b"From you" in said
            assert b"cmd()" not in said
        text = as_("vt_state_data_administrator").get(f"/audit/students/{graciela}", expect=200).text
        assert "exported the data requests" in text

    def test_nobody_elses_data_requests(self, as_, graciela):
        assert "0 requests" in as_("msix_primary").get("/requests/export", expect=200).text

    def test_a_weak_passphrase_is_refused(self, as_, copies):
        answer, _ = self.export(as_("state_data_administrator"), "/worklist/export", passphrase="1234")
        assert answer.status_code == 422
        assert copies() == []

    @pytest.mark.parametrize("path", ["/students/export", "/worklist/export", "/requests/export"])
    def test_only_roles_that_export(self, as_, path):
        as_("msix_secondary").get(path, expect=403)
        as_("privacy_act_administrator").get(path, expect=403)


class TestOwnList:
    @pytest.fixture
    def paper(self, as_, graciela, copies):
        """The serial of a printed record."""
        as_("msix_primary").get(f"/students/{graciela}.pdf", expect=200)
        return copies()[0].serial

    @pytest.fixture
    def made(self, office):
        """`made(3)`: the serials of so many copies."""

        def make(count, kind=ExportKind.RECORD_FILE):
            with office.deed() as db:
                by = person(db, "msix_primary")
                some = [exports.new_serial() for _ in range(count)]
                return [exports.register(db, serial=one, kind=kind, now=office.now, by=by).serial for one in some]

        return make

    def tick(self, client, serials, how, expect=303, page=""):
        return client.send(f"/exports/destroyed{page}", {"copies": serials, "how": how}, expect=expect)

    def test_a_tick_says_when_and_how_once(self, as_, paper):
        client = as_("msix_primary")
        assert "<strong>1 copy</strong> of 1 is not ticked off" in client.get("/exports/", expect=200).text
        self.tick(client, paper, "burnt", expect=422)
        self.tick(client, paper, "shredded")
        assert "Shredded" in client.get("/exports/", expect=200).text
        assert "already been reported" in self.tick(client, paper, "filed", expect=422).text

    def test_another_persons_copy_does_not_exist(self, as_, paper, copies, made):
        self.tick(as_("msix_secondary"), paper, "shredded", expect=404)
        assert copies()[0].destroyed_at is None

    def test_several_at_once_and_all_or_none(self, as_, made, copies):
        serials, client = made(3), as_("msix_primary")
        self.tick(client, [*serials, "AAAA-AAAA"], "wiped", expect=404)
        assert not any(copy.destroyed_at for copy in copies())
        self.tick(client, serials, "wiped")
        assert all(copy.destroyed_at for copy in copies())
        assert "3 copies (" in client.get("/exports/", expect=200).text

    def test_nothing_is_chosen_for_the_person(self, as_, paper):
        client = as_("msix_primary")
        assert '<option selected value="">' in client.get("/exports/", expect=200).text
        assert "Choose what became of the copies." in self.tick(client, paper, "", expect=422).text
        assert "Tick the copies first" in self.tick(client, [], "shredded", expect=422).text

    def test_paper_is_shredded_and_files_are_wiped(self, as_, paper, made, copies):
        client = as_("msix_primary")
        assert 'value="wiped"' not in client.get("/exports/", expect=200).text
        (file,) = made(1)
        assert 'value="wiped"' in client.get("/exports/", expect=200).text
        assert "is a file" in self.tick(client, [paper, file], "shredded", expect=422).text
        text = self.tick(client, [paper, file], "wiped", expect=422).text
        assert "is paper" in text
        assert re.search(rf'value="{file}" checked', text)
        assert not any(copy.destroyed_at for copy in copies())
        self.tick(client, [paper, file], "filed")

    def test_25_on_a_page_and_those_not_ticked_off_first(self, as_, made):
        serials, client = made(30), as_("msix_primary")
        self.tick(client, serials[-3:], "wiped")
        client.get("/exports/", expect=200)  # which names what was ticked
        first, second = (client.get(f"/exports/?page={number}", expect=200).text for number in (1, 2))
        assert [one in first for one in serials] == [False] * 2 + [True] * 25 + [False] * 3
        assert [one in second for one in serials] == [True] * 2 + [False] * 25 + [True] * 3
        assert "Page 2 of 2" in second
        assert client.get("/exports/?page=99", expect=200).text.count("Page 2 of 2") == 1
        assert client.get("/exports/?page=x", expect=200).text.count("Page 1 of 2") == 1
        assert self.tick(client, serials[0], "wiped", page="?page=2").location == "/exports/?page=2"


class TestFax:
    FORM = {  # noqa: RUF012
        "recipient": "Registrar, Maple Union",
        "fax_number": "(555) 555-0199",
        "phone": "(555) 555-0110",
        "spoke_to": "Ms. Rivera",
        "pages": "3",
        "called": "y",
    }

    def test_wants_the_call_first(self, as_, copies):
        client = as_("msix_primary")
        text = client.send("/exports/fax", {**self.FORM, "called": ""}, expect=422).text
        assert "Call first" in text
        assert 'value="Registrar, Maple Union"' in text
        assert copies() == []

    def test_is_a_sheet_with_a_serial_that_names_no_child(self, as_, copies):
        drawn = as_("msix_primary").send("/exports/fax", self.FORM, expect=200).data
        text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages)
        (made,) = copies()
        assert printed_under(drawn) == ("Msix MSIXPrimary", made.serial)
        assert "Ms. Rivera" in text
        assert "MSIX ID" not in text
        assert "spoke to Ms. Rivera" in made.note


class TestAuditFile:
    def export(self, client, query="", **form):
        passphrase = passphrase_of(client.get(f"/audit/export{query}", expect=200).text)
        sent = {"format": "jsonl", "reason": "Yearly review", "protect": "y", "passphrase": passphrase, **form}
        return opened(client.send(f"/audit/export{query}", sent, expect=200), passphrase)

    def test_json_lines_carry_the_chain(self, as_, graciela):
        as_("msix_primary").get(f"/students/{graciela}", expect=200)
        files = self.export(as_("privacy_act_administrator"))
        rows = [json.loads(line) for line in files["audit.jsonl"].decode().splitlines()]
        assert all(later["previous_hash"] == earlier["hash"] for later, earlier in pairwise(rows))
        said = files["VERIFICATION.txt"].decode()
        assert "is whole" in said
        assert rows[0]["hash"] in said
        assert "Yearly review" in said

    def test_csv_and_filter(self, as_, graciela):
        as_("msix_primary").get(f"/students/{graciela}", expect=200)
        files = self.export(as_("state_data_administrator"), "?action=students.record", format="csv")
        lines = files["audit.csv"].decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert graciela in lines[1]

    def test_a_user_administrators_file_names_no_child(self, as_, graciela):
        as_("msix_primary").get(f"/students/{graciela}", expect=200)
        as_("msix_primary").send("/students/", {"q": "Castañeda Graciela 3/14/2012"}, expect=303)
        content = self.export(as_("state_user_administrator"))["audit.jsonl"].decode()
        assert "students.record" in content
        assert graciela not in content
        assert "Casta" not in content

    def test_a_broken_chain_is_said(self, as_, app):
        from sqlalchemy import update

        from tests.tamper import drop_triggers

        client = as_("privacy_act_administrator")
        client.get("/audit/", expect=200)
        with app.config["SESSIONS"]() as db, db.begin():
            drop_triggers(db)
            db.execute(update(AuditEvent).where(AuditEvent.id == 2).values(outcome="ok?"))
        assert "Event 2 was changed" in self.export(client)["VERIFICATION.txt"].decode()

    def test_wants_a_reason(self, as_):
        as_("privacy_act_administrator").send("/audit/export", {"format": "csv"}, expect=422)
