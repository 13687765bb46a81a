"""The record on paper, and the processes that draw it."""

import io
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import page
import pypdf
import pytest
from fontTools.ttLib import TTFont
from sqlalchemy import insert, select, update

from msixlite import pdf, pdf_foot, pdf_stamp, pdf_worker
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.students import Course, StateRecord, Student
from msixlite.models.users import Role

LETTER = (612, 792)
HOSTILE = "<script>alert(1)</script><img src=file:///etc/passwd>"


@pytest.fixture(scope="module")
def pool():
    made = pdf.PdfPool(seconds=60)
    yield made
    made.close()


@pytest.fixture
def texas_record(db):
    return db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def graciela(db, texas_record):
    return db.get(Student, texas_record.student_id).msix_id


@pytest.fixture
def get_pdf(as_, graciela):
    """`get_pdf("?part=1")`: the PDF that the registrar gets, as a reader and as bytes."""

    def get(query=""):
        answer = as_("msix_primary").get(f"/students/{graciela}.pdf{query}", expect=200)
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Cache-Control"] == "no-store"
        return pypdf.PdfReader(io.BytesIO(answer.data)), answer.data

    return get


def assert_accessible(drawn):
    report = page.validate_pdf_bytes(drawn, profile="ua1")
    assert report.is_compliant, {f"{fault.rule_id}: {fault.message}" for fault in report.failures}


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestRecordOnPaper:
    def test_is_a_tagged_letter_document(self, get_pdf):
        reader, drawn = get_pdf()
        assert drawn.startswith(b"%PDF-1.7")
        assert {(sheet.mediabox.width, sheet.mediabox.height) for sheet in reader.pages} == {LETTER}
        catalog = reader.trailer["/Root"]
        assert catalog["/MarkInfo"]["/Marked"]
        assert catalog["/Lang"] == "en"
        assert reader.metadata.title.startswith("Castaneda-Pena, Graciela Yamileth")
        assert_accessible(drawn)

    def test_carries_its_fonts(self, get_pdf):
        reader, _ = get_pdf()
        fonts = [font.get_object() for sheet in reader.pages for font in sheet["/Resources"]["/Font"].values()]
        descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
        assert descriptors
        assert all("/FontFile2" in one or "/FontFile3" in one for one in descriptors)
        assert {one["/FontName"].partition("+")[2] for one in descriptors} == {"Record", "Record-Bold"}

    def test_every_page_says_what_it_is_for_and_who_printed_it(self, get_pdf, person):
        reader, _ = get_pdf()
        for number, sheet in enumerate(reader.pages, 1):
            text = " ".join(sheet.extract_text().split())
            assert "CONFIDENTIAL" in text
            assert "FERPA" in text
            assert "enrollment, grade and course placement, credit accrual" in text
            assert f"by {person('msix_primary').full_name}" in text
            assert f"Page {number} of {len(reader.pages)}" in text
            assert "MSIX ID" in text

    def test_page_one_has_the_seven_boxes(self, get_pdf):
        reader, drawn = get_pdf("?part=1")
        assert len(reader.pages) == 1
        assert_accessible(drawn)
        text = reader.pages[0].extract_text()
        for heading in (
            "Who",
            "Enroll and place",
            "Call",
            "Migrant Education",
            "Finish these",
            "Latest tests",
            "Data as of",
        ):
            assert heading in text
        assert "≠" in text
        assert "Reynosa" in text
        assert "McAllen" in text
        assert "not reported by VT" in text

    def test_courses_and_history_follow(self, get_pdf):
        reader, _ = get_pdf()
        text = "\n".join(sheet.extract_text() for sheet in reader.pages[1:])
        for part in ("Credits by subject", "2025-2026", "English 8", "Enrollments", "Who reported what", "vermont.zip"):
            assert part in text

    def test_only_roles_that_print(self, as_, graciela):
        for role in Role:
            if Permission.PRINT_STUDENT_RECORD not in GRANTS[role]:
                as_(role.value).get(f"/students/{graciela}.pdf", expect=403)

    def test_markup_in_names_stays_text(self, app, get_pdf, texas_record):
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(update(StateRecord).where(StateRecord.id == texas_record.id).values(birth_city=HOSTILE))
        reader, drawn = get_pdf("?part=1")
        assert "<script>alert(1)</script>" in reader.pages[0].extract_text().replace("\n", "")
        assert_accessible(drawn)

    def test_letters_of_every_language_of_the_children(self, app, get_pdf, texas_record):
        name = "Ñuu Savɨ ꞌaʼ ḛ ũ ŋ ʔ"
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(update(StateRecord).where(StateRecord.id == texas_record.id).values(birth_city=name))
        reader, drawn = get_pdf("?part=1")
        assert name in reader.pages[0].extract_text().replace("\n", " ")
        assert_accessible(drawn)

    @pytest.mark.parametrize(("count", "at_least"), [(1, 2), (40, 3), (400, 9)])
    def test_records_of_any_size(self, app, as_, graciela, texas_record, count, at_least):
        courses = [
            {
                "state_record_id": texas_record.id,
                "submission_id": texas_record.submission_id,
                "title": f"Course {number}",
                "academic_year": f"{2010 + number % 12}-{2011 + number % 12}",
            }
            for number in range(count)
        ]
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(insert(Course), courses)
        drawn = as_("msix_primary").get(f"/students/{graciela}.pdf", expect=200).data
        reader = pypdf.PdfReader(io.BytesIO(drawn))
        assert len(reader.pages) >= at_least
        text = " ".join(sheet.extract_text() for sheet in reader.pages)
        assert all(f"Course {number}" in text for number in range(count))
        assert_accessible(drawn)

    def test_made_up_children_are_marked(self, app, get_pdf):
        app.jinja_env.globals["demo"] = True
        for sheet in get_pdf()[0].pages:
            assert "DEMO DATA" in sheet.extract_text()

    def test_without_a_pdf_there_is_a_page_that_says_why(self, app, as_, graciela):
        app.extensions["pdf_pool"].close()
        text = as_("msix_primary").get(f"/students/{graciela}.pdf", expect=503).text
        assert pdf.STOPPING in text
        assert f'href="/students/{graciela}"' in text


DOCUMENT = '<!doctype html><html lang="en"><title>x</title><body><h1>x</h1>'


class TestFetching:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:9/x.css",
            "https://example.org/x.png",
            "HTTP://example.org/",
            "ftp://127.0.0.1/x",
            "file:///etc/passwd",
            "FILE:///etc/passwd",
            "own:../pyproject.toml",
            "own:app.css",
            "gopher://127.0.0.1/",
            "//example.org/x",
        ],
    )
    def test_everything_but_our_own_files_is_refused(self, url):
        with pytest.raises(ValueError):
            pdf_worker.OwnFilesOnly().fetch(url)

    def test_our_own_files_and_data(self):
        fetcher = pdf_worker.OwnFilesOnly()
        assert fetcher.fetch("own:regular.ttf").read(4) == b"\x00\x01\x00\x00"
        assert fetcher.fetch("data:text/plain,hello").read() == b"hello"

    @pytest.mark.parametrize(
        "markup",
        [
            '<img alt="x" src="file:///etc/passwd">',
            '<link rel="attachment" href="file:///etc/passwd">',
            '<style>@import "file:///etc/passwd"; p { background: url(file:///etc/passwd) }</style><p>x</p>',
            '<object data="file:///etc/passwd"></object>',
            "<img alt='x' src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>'>",
        ],
    )
    def test_markup_that_asks_for_files_gets_none(self, pool, markup):
        reader = pypdf.PdfReader(io.BytesIO(pool.render(DOCUMENT + markup)))
        assert not reader.attachments
        assert "root:" not in "".join(sheet.extract_text() for sheet in reader.pages)


class TestPool:
    def test_no_process_is_started_before_the_first_pdf(self):
        assert pdf.PdfPool().pids == []

    def test_a_worker_is_used_again(self, pool):
        pool.render(DOCUMENT + "first")
        before = pool.pids
        pool.render(DOCUMENT + "second")
        assert pool.pids == before

    def test_two_workers_at_most(self):
        pool = pdf.PdfPool()
        try:
            with ThreadPoolExecutor(6) as people:
                drawn = list(people.map(pool.render, [f"{DOCUMENT}{number}" for number in range(6)]))
            assert all(one.startswith(b"%PDF") for one in drawn)
            assert 1 <= len(pool.pids) <= 2
        finally:
            pool.close()

    def test_who_comes_when_many_wait_is_told_at_once(self):
        pool = pdf.PdfPool(workers=1, waiting=0)
        rows = "<tr><td>x<td>y<td>z" * 2_000
        slow = DOCUMENT.replace("</body>", f"<table>{rows}</table></body>")
        try:
            with ThreadPoolExecutor(3) as people:
                asked = [people.submit(pool.render, f"{slow}{number}") for number in range(3)]
                refused = [one.exception() for one in asked if one.exception()]
            assert len(refused) == 2
            assert {str(one) for one in refused} == {pdf.TOO_MANY}
        finally:
            pool.close()

    def test_a_worker_that_was_killed_is_replaced(self, pool):
        pool.render(DOCUMENT + "before")
        killed = pool.pids
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert pool.render(DOCUMENT + "after").startswith(b"%PDF")
        assert not set(pool.pids) & set(killed)

    def test_a_drawing_that_never_ends_is_stopped(self):
        pool = pdf.PdfPool(seconds=6)
        rows = "<tr><td>x<td>y<td>z" * 60_000
        begun = time.monotonic()
        try:
            with pytest.raises(pdf.PdfUnavailable, match="too long"):
                pool.render(f"{DOCUMENT}<table>{rows}</table>")
            assert time.monotonic() - begun < 20
            assert pool.pids == []
            assert pool.render(DOCUMENT).startswith(b"%PDF")
        finally:
            pool.close()

    def test_what_cannot_be_drawn_does_not_end_the_worker(self, pool):
        pool.render(DOCUMENT + "good")
        before = pool.pids
        with pytest.raises(pdf.PdfUnavailable, match="could not be drawn"):
            pool.render(DOCUMENT + "<div>" * 3_000)
        assert pool.pids == before

    def test_missing_pango_is_said_in_words(self, monkeypatch):
        monkeypatch.setattr(pdf.sys, "executable", "/bin/sh")
        monkeypatch.setattr(pdf, "COMMAND", ("-c", f"exit {pdf.pdf_pipe.NO_PANGO}"))
        with pytest.raises(pdf.PdfUnavailable, match="Pango"):
            pdf.PdfPool().render(DOCUMENT)

    def test_closing_leaves_no_process(self):
        pool = pdf.PdfPool()
        pool.render(DOCUMENT)
        (pid,) = pool.pids
        pool.close()
        assert not is_running(pid)
        with pytest.raises(pdf.PdfUnavailable):
            pool.render(DOCUMENT)

    def test_workers_end_with_the_server_however_it_ends(self):
        script = (
            "import time; from msixlite.pdf import PdfPool; pool = PdfPool(); pool.render('<p>x');"
            "print(pool.pids[0], flush=True); time.sleep(60)"
        )
        server = pdf.subprocess.Popen([pdf.sys.executable, "-c", script], cwd=pdf.ROOT, stdout=pdf.subprocess.PIPE)
        pid = int(server.stdout.readline())
        server.kill()
        server.wait()
        server.stdout.close()
        until = time.monotonic() + 10
        while is_running(pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_running(pid)

    def test_the_server_itself_never_loads_the_renderer(self):
        code = "import sys, msixlite.pdf; sys.exit('weasyprint' in sys.modules)"
        assert pdf.subprocess.run([pdf.sys.executable, "-c", code], cwd=pdf.ROOT).returncode == 0


class TestPrintedAgain:
    def test_what_has_not_changed_is_not_drawn_again(self):
        pool = pdf.PdfPool()
        try:
            first = pool.render(DOCUMENT, line="Printed by A. Serial 1111-2222")
            for pid in pool.pids:
                os.kill(pid, signal.SIGKILL)
            with pool._lock:
                pool._idle.clear()
            second = pool.render(DOCUMENT, line="Printed by B. Serial 3333-4444")
            assert pool.pids == []  # nobody is left who could have drawn it
            assert pool.render(DOCUMENT + "changed", line="x")
            assert len(pool.pids) == 1
        finally:
            pool.close()
        texts = [pypdf.PdfReader(io.BytesIO(one)).pages[0].extract_text() for one in (first, second)]
        assert "by A. Serial 1111-2222" in texts[0]
        assert "by B. Serial 3333-4444" in texts[1]
        assert "1111" not in texts[1]
        assert_accessible(first)
        assert_accessible(second)

    def test_a_record_is_drawn_anew_when_it_changes(self, app, as_, graciela, texas_record):
        pool = app.extensions["pdf_pool"]

        def printed(actor):
            drawn = as_(actor).get(f"/students/{graciela}.pdf?part=1", expect=200).data
            return pypdf.PdfReader(io.BytesIO(drawn)).pages[0].extract_text()

        first = printed("msix_primary")
        kept = len(pool._kept._drawn)
        second = printed("msix_secondary")
        assert len(pool._kept._drawn) == kept
        serial = "Serial "
        assert first.partition(serial)[2][:9] != second.partition(serial)[2][:9]
        assert "Msix MSIXPrimary" in first
        assert "Msix MSIXSecondary" in second
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(update(StateRecord).where(StateRecord.id == texas_record.id).values(birth_city="Celaya"))
        assert "Celaya" in printed("msix_primary")
        assert len(pool._kept._drawn) == kept + 1

    def test_a_record_with_its_handling_sheet_is_drawn_once_too(self, app, as_, graciela):
        drawn = app.extensions["pdf_pool"]._kept._drawn
        for actor in ("msix_primary", "msix_secondary"):
            as_(actor).get(f"/students/{graciela}.pdf", expect=200)
        assert len(drawn) == 1

    def test_the_room_for_what_is_kept_is_bounded(self):
        kept = pdf._Kept(10)
        kept.put(b"a", b"12345")
        kept.put(b"b", b"12345")
        assert kept.get(b"a")
        kept.put(b"c", b"1")
        assert kept.get(b"b") is None
        assert kept.get(b"a")
        kept.put(b"d", b"x" * 11)
        assert kept.get(b"d") is None

    @pytest.mark.parametrize("name", ["R. Ortiz", "Nguyễn Thị Ánh", "Peña ꞌŊx (b)", "M" * 500, "Иван", ") Tj ET", "𝔘"])
    def test_any_name_fits_into_the_line(self, pool, name):
        drawn = pool.render(DOCUMENT, line=f"Printed by {name}")
        assert len(drawn) == len(pool.render(DOCUMENT))
        assert_accessible(drawn)
        assert "Printed by" in pypdf.PdfReader(io.BytesIO(drawn)).pages[0].extract_text()

    def test_the_lines_font_has_every_letter_it_promises(self):
        held = TTFont(pdf_foot.FONT).getBestCmap()
        assert all(code in held for first, last in pdf_stamp.LETTERS for code in range(first, last + 1))


NAMES = (
    "Ñuu Savi ꞌ ʼ ʔ ŋ Ɨ ɨ Ʉ ʉ",
    "á̱ é̱ ndoꞌo ka̱a̱n ñu̱ꞌu",
    "Nguyễn Thị Ánh Ọ Ữ Ẵ",
    "Vwj Txawj Nplooj",
    "Наталья Їжак Ґ",
    "Łukasz Žák Ğ Ș",
    "Ὀδυσσεύς",
    "Mẽ'phàà Tu̱ꞌun Sàví",
)
"""Mixtec, other languages of Mexico, Vietnamese, Hmong, Cyrillic, Polish, Turkish, Romanian, Greek."""


def drawn_here(html, caplog):
    """Drawn in this process, so that WeasyPrint's warning of a missing letter is heard."""
    caplog.set_level("WARNING", "weasyprint")
    return pdf_worker.draw(DOCUMENT + html)


class TestLetters:
    @pytest.mark.parametrize("name", NAMES)
    def test_no_letter_of_a_name_is_missing(self, caplog, name):
        drawn = drawn_here(f"<main><p>{name}</p><p><b>{name}</b></p><p>Algebra e a</p></main>", caplog)
        assert ".notdef" not in caplog.text
        assert_accessible(drawn)
        text = pypdf.PdfReader(io.BytesIO(drawn)).pages[0].extract_text()
        assert "Algebra e a" in text
        assert "CONFIDENTIAL. Education record" in text

    def test_a_missing_letter_would_be_noticed(self, caplog):
        drawn_here("<main><p>\U000f1234</p></main>", caplog)
        assert ".notdef" in caplog.text
