"""How fast a child is found and how surely, by class of query, beside two usual ways to do it.

    .venv/bin/python bench/search.py --children 100000 [--database postgresql+psycopg://postgres@127.0.0.1/bench]

"Found" is the share of queries that had the wanted child, or one who does not differ from it in what was typed and in
name, among the first ten; "first" that had it at the top. Times are the best of three. LIKE asks for all words typed;
rapidfuzz compares the whole text with all names in memory. Their times are ratios to msixlite's own in the same run.
"""

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rapidfuzz import fuzz, process
from sqlalchemy import func, insert, inspect, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _children, _search_pages
from bench._search_queries import FURTHER, HARD, PLAIN, TODAY, Query, typed_words
from msixlite import migrations
from msixlite.domain import search, search_index
from msixlite.domain.search_dates import as_date
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.places import State
from msixlite.models.search import ChildName
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import Role, User

READER = User(role=Role.MSIX_SECONDARY)


def main() -> None:
    arguments = _arguments()
    children = _children.population(arguments.children)
    with tempfile.TemporaryDirectory() as folder:
        address = arguments.database or f"sqlite:///{folder}/bench.sqlite3"
        engine = make_engine(address)
        sessions = make_session_factory(engine)
        if not arguments.reuse or not _is_filled(engine, len(children)):
            _fill(sessions, engine, children)
        with sessions().reading() as db:
            _report(db, children, arguments)
        engine.dispose()
        _search_pages.report(
            address, Path(folder), children, {"plain": PLAIN, "hard": HARD, "further": FURTHER}, arguments
        )


def _is_filled(engine, count) -> bool:
    if not inspect(engine).has_table("student"):
        return False
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Student)) == count


def _fill(sessions, engine, children) -> None:
    Base.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    migrations.upgrade(engine)
    _load(sessions, children)
    seconds = _index(sessions, engine)
    print(f"{len(children):,} children, {engine.dialect.name}; index: {len(children) / seconds:,.0f} children/s")
    _again(sessions)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100, help="of each class")
    parser.add_argument("--database", help="address of an empty database; its tables are replaced")
    parser.add_argument("--reuse", action="store_true", help="take the database as it is if it has so many children")
    parser.add_argument("--only", default="", help="classes whose name has this in it")
    parser.add_argument("--misses", action="store_true", help="print the queries whose child was not found")
    parser.add_argument("--seed", type=int, default=7, help="of the queries")
    parser.add_argument("--alone", action="store_true", help="without the other ways")
    return parser.parse_args()


def _load(sessions, children) -> None:
    """Rows as an upload leaves them: a student, its State records, and for each two enrollments."""
    now = datetime.now(UTC)
    with sessions() as db, db.begin():
        db.add_all(State(code=code, name=code) for code in _children.STATES)
        db.add(
            Submission(
                id=1,
                state_code="TX",
                file_name="x",
                sha256="",
                size=0,
                received_at=now,
                status=SubmissionStatus.APPLIED,
            )
        )
        db.flush()
        students = [
            {"id": at, "msix_id": f"{100_000_000_000 + at}", "created_at": now} for at in range(1, len(children) + 1)
        ]
        db.execute(insert(Student.__table__), students)
        records = [(at, record) for at, child in enumerate(children, start=1) for record in child.records]
        db.execute(insert(StateRecord.__table__), [_record(i, *each) for i, each in enumerate(records, start=1)])
        stays = [_stay(i, year) for i in range(1, len(records) + 1) for year in (2024, 2025)]
        db.execute(insert(Enrollment.__table__), stays)


def _record(record_id, student_id, record):
    return {
        "id": record_id,
        "student_id": student_id,
        "state_code": record.state,
        "submission_id": 1,
        "content_hash": "",
        "state_student_id": str(record_id),
        "id_type": "01",
        "first_name": record.first,
        "middle_name": record.middle,
        "last_name_1": record.last_1,
        "last_name_2": record.last_2,
        "birth_date": record.born,
    }


def _stay(record_id, year):
    return {
        "state_record_id": record_id,
        "submission_id": 1,
        "school_key": "x",
        "school_name": "Seabreeze Junior High",
        "district_name": "Robles ISD",
        "enrollment_date": date(year, 8, 1 + record_id % 28),
        "withdrawal_date": date(year + 1, 5, 1 + record_id % 28),
        "grade_level": "08",
        "lep": True,
    }


def _index(sessions, engine) -> float:
    """Seconds that a first load of the search tables takes."""
    with sessions() as db, db.begin():
        ids = list(db.scalars(select(Student.id)))
        started = time.perf_counter()
        search_index.refresh(db, ids)
    seconds = time.perf_counter() - started
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return seconds


def _again(sessions) -> None:
    with sessions() as db, db.begin():
        ids = list(db.scalars(select(Student.id).limit(10_000)))
        started = time.perf_counter()
        search_index.refresh(db, ids)
        print(f"refreshed without changes: {len(ids) / (time.perf_counter() - started):,.0f} children/s")


@dataclass
class Figures:
    """Of one class of queries: rank of the wanted child (or none), and seconds, of each."""

    ranks: list[int | None]
    seconds: list[float]

    @property
    def found(self) -> float:
        return sum(rank is not None and rank < 10 for rank in self.ranks) / len(self.ranks)

    @property
    def first(self) -> float:
        return sum(rank == 0 for rank in self.ranks) / len(self.ranks)

    def milliseconds(self, percent: int) -> float:
        return 1000 * statistics.quantiles(self.seconds, n=100)[percent - 1]


def _report(db, children, arguments) -> None:
    likes, fuzzies = ([], []) if arguments.alone else (_likes(db), _all_names(db))
    print(f"\n| {'class of query':<34} | found | first | p50 ms | p95 ms | LIKE found, p50 | rapidfuzz found, p50 |")
    print(f"|{'-' * 36}|-------|-------|--------|--------|-----------------|----------------------|")
    for title, classes in (("plain", PLAIN), ("hard", HARD), ("further", FURTHER)):
        total = Figures([], [])
        for name, query in classes.items():
            if arguments.only not in name:
                continue
            wanted = _wanted(children, query, random.Random(f"{arguments.seed}{name}"), arguments.queries)
            ours = _measured(wanted, lambda typed: _ours(db, typed), children, arguments.misses)
            others = [] if arguments.alone else [_measured(wanted[:20], way, children) for way in (likes, fuzzies)]
            _line(name, ours, others)
            total.ranks += ours.ranks
            total.seconds += ours.seconds
        if total.ranks:
            _line(f"all {title}", total, [])


def _line(name, ours, others) -> None:
    ratios = [f"{each.found:.2f}, x{each.milliseconds(50) / ours.milliseconds(50):.1f}" for each in others] or ["", ""]
    p50, p95 = ours.milliseconds(50), ours.milliseconds(95)
    ours_said = f"{ours.found:5.3f} | {ours.first:5.3f} | {p50:6.2f} | {p95:6.2f}"
    print(f"| {name:<34} | {ours_said} | {ratios[0]:>15} | {ratios[1]:>20} |", flush=True)


@dataclass(frozen=True)
class Wanted:
    """What is typed, the child that it means, and the words and date that tell this child from others."""

    student_id: int
    typed: str
    words: frozenset[str]
    span: tuple[date, date] | None

    def fits(self, child) -> bool:
        """Whether nothing meant tells the child from the wanted one."""
        return any(self._fits(record) for record in child.records)

    def _fits(self, record) -> bool:
        has = {*typed_words(record)}
        if self.span and not self.span[0] <= record.born <= self.span[1]:
            return False
        return all(word in has or (word[-1] == "*" and _begins(word[:-1], has)) for word in self.words)


def _begins(start, words) -> bool:
    return any(word.startswith(start) for word in words)


def _wanted(children, query, rng, count):
    chosen = rng.sample(range(len(children)), count)
    return [_asked(at + 1, children[at].records[0], query, rng) for at in chosen]


def _asked(student_id, record, query, rng) -> Wanted:
    asked = query(record, rng)
    typed, words, span = asked if isinstance(asked, Query) else Query(asked)
    words = frozenset(typed_words(record)) if words is None else words
    dated = bool(re.search(r"\d{2,}", typed))
    return Wanted(student_id, typed, words, span or ((record.born, record.born) if dated else None))


def _measured(wanted, way, children, misses=False) -> Figures:
    figures = Figures([], [])
    for one in wanted:
        found, seconds = _best_of_three(way, one.typed)
        figures.seconds.append(seconds)
        ranks = [rank for rank, each in enumerate(found) if each == one.student_id or one.fits(children[each - 1])]
        figures.ranks.append(ranks[0] if ranks else None)
        if misses and (not ranks or ranks[0] >= 10):
            print("  missed:", one.typed, "|", children[one.student_id - 1].records, ranks[:1], file=sys.stderr)
    return figures


def _best_of_three(way, typed):
    """What is found, and the least of three times: what else the machine does at that moment falls out."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        found = way(typed)
        times.append(time.perf_counter() - started)
    return found, min(times)


def _ours(db, typed) -> list[int]:
    found = search.find(db, search.read(typed, TODAY), by=READER)
    return [int(hit.msix_id) - 100_000_000_000 for hit in found.hits]


def _likes(db):
    """LIKE, as most systems do it: every word typed must stand somewhere in the name."""
    whole = func.lower(
        StateRecord.first_name
        + " "
        + func.coalesce(StateRecord.middle_name, "")
        + " "
        + StateRecord.last_name_1
        + " "
        + func.coalesce(StateRecord.last_name_2, "")
    )

    def way(typed):
        read = search.read(typed, TODAY)
        query = select(StateRecord.student_id).where(*(whole.like(f"%{word}%") for word in read.words)).limit(25)
        days = [day for day in map(as_date, read.born[:1]) if day]
        return list(db.scalars(query.where(StateRecord.birth_date.in_(days)) if days else query))

    return way


def _all_names(db):
    """rapidfuzz over all folded names, kept in memory."""
    rows = db.execute(select(ChildName.student_id, ChildName.given, ChildName.surnames)).all()
    texts = [f"{given} {surnames}" for _, given, surnames in rows]

    def way(typed):
        best = process.extract(" ".join(search.read(typed, TODAY).words), texts, scorer=fuzz.token_sort_ratio, limit=25)
        return [rows[at][0] for _, _, at in best]

    return way


if __name__ == "__main__":
    main()
