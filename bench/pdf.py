"""PDF: our worker's way against WeasyPrint as it is usually called, and what printing does to everybody's pages.

    python3 app.py bench pdf
    python3 app.py bench pdf --load http://127.0.0.1:8000 --user … --password …

The same content both ways. As usually called: HTML(string=…).write_pdf() with default options, untagged, everything
in tables laid out automatically with cell borders, page numbers and the printed line in margin boxes, garbage
collection on. Ours: what the worker does, tagged as PDF/UA-1, with its line filled in. Times are the processor's, so
that other work matters less.
"""

import argparse
import gc
import http.cookiejar
import io
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZES = (("2 pages", 8, ("school", "counselor")), ("11 pages", 175, ("school", "counselor", "history")),
         ("40 pages", 800, ("school", "counselor", "history")))  # fmt: skip
"""Name, courses, and the pages of the packet."""
LINE = "Printed 11/24/2026 11:05 CST by R. Ortiz. Serial K7Q2-M9XD"
USUAL = """
table { table-layout: auto; border-collapse: collapse; }
th, td { border: .5pt solid #71767a; width: auto; }
@page {
  @bottom-left { content: string(foot, last) "\\A" "%s"; white-space: pre-line; width: 84%%; }
  @bottom-right { content: "Page " counter(page) " of " counter(pages); width: 16%%; font-size: 8pt; }
}
"""
COURSES = (
    ("Algebra 1", "Mathematics"),
    ("English 9", "English Language Arts"),
    ("Biology", "Science"),
    ("World Geography", "Social Studies"),
    ("Spanish for Native Speakers 2", "World Languages"),
    ("Art 1", "Fine Arts"),
    ("Health", "Health"),
    ("Welding Fundamentals", "Career and Technical"),
)
SCHOOLS = ("Robles Early College High School", "Seabreeze Junior High", "Maple Middle School")
PRINTED = 20
"""PDFs that are asked for at the same time under --load."""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--load", metavar="ADDRESS", help="measure the pages of a running server while 20 are printed")
    words.add_argument("--user", default="")
    words.add_argument("--password", default="")
    words.add_argument("--msix-id", nargs="*", default=[], help="children to print and read under --load")
    words.add_argument("--runs", type=int, default=3, help="the best of so many (3)")
    chosen = words.parse_args()
    under_load(chosen) if chosen.load else ratios(chosen.runs)


def ratios(runs: int) -> None:
    from pypdf import PdfReader

    from msixlite import pdf_stamp

    pages = documents()
    print("| record | pages | courses | usual ms | ours ms | ours / usual | printed again ms | KB |")
    print("|---|---|---|---|---|---|---|---|")
    usually(pages[0][2]), ours(pages[0][2])  # warm both
    for name, courses, html in pages:
        slow, _ = best(lambda html=html: usually(html), runs)
        quick, drawn = best(lambda html=html: ours(html), runs)
        again, _ = best(lambda drawn=drawn: pdf_stamp.fill(drawn, LINE), runs)
        count = len(PdfReader(io.BytesIO(drawn)).pages)
        print(
            f"| {name} | {count} | {courses} | {slow * 1000:.0f} | {quick * 1000:.0f} | {quick / slow:.2f} "
            f"| {again * 1000:.1f} | {len(drawn) // 1024} |",
            flush=True,
        )


def best(draw: Callable[[], bytes], runs: int) -> tuple[float, bytes]:
    """Processor seconds of the quickest run, and what it drew."""
    taken = []
    for _ in range(runs):
        gc.collect()  # the worker does this after it has answered
        begun = time.process_time()
        drawn = draw()
        taken.append(time.process_time() - begun)
    return min(taken), drawn


def usually(html: str) -> bytes:
    from weasyprint import HTML

    css = (ROOT / "static/pdf.css").read_text(encoding="utf-8")
    names = {"regular": "SourceSans3_400Regular", "bold": "SourceSans3_700Bold", "fallback": "DejaVuSans"}
    for name, file in names.items():
        css = css.replace(f"own:{name}.ttf", (ROOT / f"static/fonts/{file}.ttf").as_uri())
    style = f"<style>{css}{USUAL % LINE}</style>"
    return HTML(string=_in_tables(html).replace("</head>", f"{style}</head>")).write_pdf()


def _in_tables(html: str) -> str:
    """Labels and values as people usually write them: in a table, where ours is a list of lines."""
    fact = re.compile(r'<p class="fact"><b>(.*?)</b>(.*?)</p>', re.DOTALL)
    return re.sub(
        r'(?:<p class="fact">(?:(?!</p>).)*</p>\s*)+',
        lambda found: f"<table><tbody>{fact.sub(_AS_ROW, found[0])}</tbody></table>",
        html,
        flags=re.DOTALL,
    )


_AS_ROW = r'<tr><th scope="row">\1</th><td>\2</td></tr>'


def ours(html: str) -> bytes:
    from msixlite import pdf_stamp, pdf_worker

    gc.disable()
    try:
        return pdf_stamp.fill(pdf_worker.draw(html), LINE)
    finally:
        gc.enable()


def documents() -> list[tuple[str, int, str]]:
    """The HTML of one made-up child with so many courses."""
    from flask import g, render_template

    from msixlite import config, site
    from msixlite.domain import credit_plan, packet
    from msixlite.web import create_app

    with tempfile.TemporaryDirectory() as folder:
        settings = config.load({"MSIXLITE_INSTANCE": folder})
        sessions = site.prepare(settings)
        site.fill_demo(sessions, settings, children=20)
        app = create_app(settings)
        found = []
        for name, count, kinds in SIZES:
            student_id = give_courses(sessions, count)
            with sessions().reading() as db, app.test_request_context():
                g.user = None
                student = db.get(_student(), student_id)
                built = packet.build(db, [student], today=date(2026, 11, 25))
                progress = {one.record.msix_id: credit_plan.progress(one.record, None) for one in built}
                values = {"children": built, "progress": progress, "pages": kinds, "today": date(2026, 11, 25)}
                found.append((name, count, render_template("packet/packet.html", **values)))
        app.extensions["pdf_pool"].close()
        sessions.kw["bind"].dispose()
    return found


def _student():
    from msixlite.models.students import Student

    return Student


def give_courses(sessions, count: int) -> int:
    """Replace the courses of the first child by so many; returns the child."""
    from sqlalchemy import delete, insert, select

    from msixlite.models.students import Course, StateRecord

    chance = Random(1)
    with sessions() as db, db.begin():
        record = db.scalars(select(StateRecord).order_by(StateRecord.id)).first()
        same_child = select(StateRecord.id).where(StateRecord.student_id == record.student_id)
        db.execute(delete(Course).where(Course.state_record_id.in_(same_child)))
        db.execute(insert(Course), [course(chance, record, number, max(8, count // 7 + 1)) for number in range(count)])
        return record.student_id


def course(chance: Random, record, number: int, size: int) -> dict:
    title, subject = COURSES[number % len(COURSES)]
    is_open, year = chance.random() < 0.1, 2025 - number // size
    return {
        "state_record_id": record.id,
        "submission_id": record.submission_id,
        "title": title if number < len(COURSES) else f"{title} {number}",
        "subject": subject,
        "academic_year": f"{year}-{year + 1}",
        "section": chance.choice(("Section A", "Section B", "Full Year")),
        "term_type": chance.choice(("Semester", "Full school year", "Quarter")),
        "school_key": f"school {number}",
        "school_name": chance.choice(SCHOOLS),
        "clock_hours": chance.choice((67, 118, 45, None)),
        "grade_to_date": "B" if is_open else None,
        "credits": None if is_open else chance.choice((0.5, 1)),
        "final_grade": None if is_open else chance.choice("ABC"),
    }


# Under load: a running server


def under_load(chosen: argparse.Namespace) -> None:
    """p95 of record pages while nobody prints, and while 20 PDFs are asked for; the server's own process draws none."""
    site = Site(chosen.load.rstrip("/"), chosen.user, chosen.password)
    ids = chosen.msix_id or site.children()
    read = [f"/students/{one}" for one in ids[:5]]
    print_these = [f"/students/{one}.pdf" for one in ids[:PRINTED]] or sys.exit("Name children with --msix-id.")
    for path in read:
        b'id="enrollments"' in site.get(path) or sys.exit(f"{path} is asked about first.")
    site.get(print_these[0]).startswith(b"%PDF") or sys.exit("No PDF came.")
    quiet = site.times(read, 200, threading.Event())
    done = threading.Event()
    printing = threading.Thread(
        target=site.print_all, args=([print_these[n % len(print_these)] for n in range(PRINTED)], done)
    )
    printing.start()
    busy = site.times(read, 10_000, done)
    printing.join()
    p95 = [statistics.quantiles(times, n=20)[18] * 1000 for times in (quiet, busy)]
    print(f"| pages | quiet p95 ms | p95 ms while {PRINTED} are printed | ratio |\n|---|---|---|---|")
    print(f"| {len(quiet)} / {len(busy)} | {p95[0]:.1f} | {p95[1]:.1f} | {p95[1] / p95[0]:.2f} |")


class Site:
    """Signed in at a running server."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar)).open
        self.post("/consent", {})
        self.post("/login", {"user_name": user, "password": password})

    def get(self, path: str) -> bytes:
        with self.open(self.address + path, timeout=180) as answer:
            return answer.read()

    def post(self, path: str, form: dict[str, str]) -> bytes:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).decode())
        sent = urllib.parse.urlencode({"csrf_token": token[1] if token else "", **form}).encode()
        with self.open(self.address + path, sent, timeout=60) as answer:
            return answer.read()

    def children(self) -> list[str]:
        """Children whose record this account opened lately."""
        return sorted(set(re.findall(r"/students/(\d{12})", self.get("/").decode())))

    def times(self, paths: list[str], most: int, until: threading.Event) -> list[float]:
        taken = []
        while len(taken) < most and not (until.is_set() and len(taken) > 20):
            begun = time.perf_counter()
            self.get(paths[len(taken) % len(paths)])
            taken.append(time.perf_counter() - begun)
        return taken

    def print_all(self, paths: list[str], done: threading.Event) -> None:
        """As two people at two printers: the next as soon as one has come."""
        waiting = list(paths)

        def one_printer() -> None:
            while waiting:
                self.get(waiting.pop())

        printers = [threading.Thread(target=one_printer) for _ in range(2)]
        for one in printers:
            one.start()
        for one in printers:
            one.join()
        done.set()


if __name__ == "__main__":
    main()
