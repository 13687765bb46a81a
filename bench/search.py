"""How fast a child is found and how surely, by class of query, beside two usual ways to do it.

    .venv/bin/python bench/search.py --children 100000 [--database postgresql+psycopg://postgres@127.0.0.1/bench]

"Found" is the share of queries that had the wanted child, or one who does not differ from it in what was typed and in
name, among the first ten; "first" that had it at the top. Times are the best of three. LIKE asks for all words typed;
rapidfuzz compares the whole text with all names in memory. Their times are ratios to msixlite's own in the same run.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rapidfuzz import fuzz, process
from sqlalchemy import func, insert, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _children
from msixlite.domain import names, search, search_index
from msixlite.domain.search_text import as_date
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.places import State
from msixlite.models.search import ChildName
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import Role, User

TODAY = date(2026, 11, 25)
READER = User(role=Role.MSIX_SECONDARY)
EXTRA = [name for name, _ in _children.weighted(_children.SURNAMES)]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main() -> None:
    arguments = _arguments()
    children = _children.population(arguments.children)
    with tempfile.TemporaryDirectory() as folder:
        address = arguments.database or f"sqlite:///{folder}/bench.sqlite3"
        engine = make_engine(address)
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        sessions = make_session_factory(engine)
        _load(sessions, children)
        seconds = _index(sessions, engine)
        print(f"{len(children):,} children, {engine.dialect.name}; index: {len(children) / seconds:,.0f} children/s")
        _again(sessions)
        with sessions().reading() as db:
            _report(db, children, arguments)
        engine.dispose()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100, help="of each class")
    parser.add_argument("--database", help="address of an empty database; its tables are replaced")
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


# Queries: what a person types who wants this child


def _typed(record) -> list[str]:
    return names.fold(" ".join(filter(None, (record.first, record.middle, record.last_1, record.last_2)))).split()


def _born(record) -> str:
    return f"{record.born.month}/{record.born.day}/{record.born.year}"


def _edit(rng, word):
    at, letter = rng.randrange(len(word)), rng.choice(LETTERS)
    return rng.choice((word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]))


def _at_long_word(rng, words, change, least=4):
    at = rng.choice([i for i, word in enumerate(words) if len(word) >= least] or [words.index(max(words, key=len))])
    return [*words[:at], change(rng, words[at]), *words[at + 1 :]]


def _swap(rng, word):
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _wrong_start(rng, word):
    return rng.choice(LETTERS.replace(word[0], "")) + word[1:]


def _sounding(rng, word):
    """Spelt as it sounds over the telephone."""
    for old, new in (
        ("z", "s"),
        ("h", ""),
        ("v", "b"),
        ("ci", "si"),
        ("ce", "se"),
        ("ll", "y"),
        ("que", "ke"),
        ("qui", "ki"),
        ("j", "h"),
        ("ge", "je"),
        ("y", "i"),
        ("gua", "wa"),
        ("b", "v"),
        ("s", "z"),
    ):
        if old in word[:1] + word[1:]:
            return word.replace(old, new, 1)
    return word


def _english_ear(rng, word):
    for old, new in (
        ("jo", "ho"),
        ("ju", "hu"),
        ("je", "he"),
        ("gua", "wa"),
        ("hua", "wa"),
        ("que", "kay"),
        ("ei", "ay"),
        ("i", "ee"),
        ("e", "a"),
        ("u", "oo"),
    ):
        if old in word:
            return word.replace(old, new, 1)
    return word


def _full(record, rng):
    return " ".join(_typed(record))


def _surname(record):
    return names.fold(record.last_1)


def _first(record):
    return names.tokens(record.first)[0]


def _misdated(change):
    def query(record, rng):
        digits = f"{record.born.year:04}{record.born.month:02}{record.born.day:02}"
        typed = change(digits, rng)
        return f"{_first(record)} {_surname(record)} {typed[4:6]}/{typed[6:]}/{typed[:4]}"

    return query


def _digit_off(digits, rng):
    at = rng.choice((3, 5, 7))
    return digits[:at] + rng.choice("0123456789".replace(digits[at], "")) + digits[at + 1 :]


def _nickname(record, rng):
    others = sorted(names.nicknames(_first(record))) or [_first(record)]
    return f"{rng.choice(others)} {_surname(record)} {_born(record)}"


def _split_name(rng, words):
    at = words.index(max(words, key=len))
    cut = rng.randrange(2, max(3, len(words[at]) - 2))
    return [*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]]


def _shuffled(record, rng):
    words = _typed(record)
    rng.shuffle(words)
    return " ".join(words)


PLAIN = {
    "exact, as written": lambda r, rng: (
        " ".join(filter(None, (r.last_1, r.last_2))) + ", " + " ".join(filter(None, (r.first, r.middle)))
    ),
    "exact, no accents or capitals": _full,
    "any order": _shuffled,
    "first and last name, birth date": lambda r, rng: f"{r.first} {r.last_1} {_born(r)}",
    "second surname missing": lambda r, rng: f"{_first(r)} {_surname(r)} {_born(r)}",
    "first name, birth date": lambda r, rng: f"{_first(r)} {_born(r)}",
    "last word begun": lambda r, rng: " ".join(_typed(r))[: -rng.randrange(1, 3)],
    "one typing error": lambda r, rng: " ".join(_at_long_word(rng, _typed(r), _edit)),
    "one error, birth date": lambda r, rng: (
        " ".join(_at_long_word(rng, [_first(r), *_surname(r).split()], _edit)) + " " + _born(r)
    ),
    "two words with an error": lambda r, rng: " ".join(_at_long_word(rng, _at_long_word(rng, _typed(r), _edit), _edit)),
    "letters swapped": lambda r, rng: " ".join(_at_long_word(rng, _typed(r), _swap)),
    "sounds alike": lambda r, rng: " ".join(_sounding(rng, word) for word in _typed(r)),
}
HARD = {
    "wrong first letter": lambda r, rng: " ".join(_at_long_word(rng, _typed(r), _wrong_start)),
    "two errors in one word": lambda r, rng: " ".join(
        _at_long_word(rng, _typed(r), lambda g, w: _edit(g, _edit(g, w)), least=6)
    ),
    "surnames joined": lambda r, rng: (
        f"{_first(r)} " + "".join(names.tokens(r.last_1, r.last_2)) + f" {r.middle or ''}"
    ),
    "name split": lambda r, rng: " ".join(_split_name(rng, _typed(r))),
    "initial and surnames, birth date": lambda r, rng: f"{r.first[0]} {r.last_1} {r.last_2 or ''} {_born(r)}",
    "extra word": lambda r, rng: " ".join([*_typed(r), rng.choice(EXTRA)]),
    "nickname, birth date": _nickname,
    "as an English ear hears it": lambda r, rng: " ".join(_english_ear(rng, word) for word in _typed(r)),
    "day and month swapped": _misdated(lambda d, rng: d[:4] + d[6:] + d[4:6]),
    "one digit of the date wrong": _misdated(_digit_off),
    "date right, name garbled": lambda r, rng: (
        " ".join(_edit(rng, _edit(rng, w)) for w in (_first(r), _surname(r))) + " " + _born(r)
    ),
    "year of birth": lambda r, rng: f"{_full(r, rng)} {r.born.year}",
    "words begun": lambda r, rng: " ".join(word[: max(3, len(word) // 2 + 1)] for word in _typed(r)) + " " + _born(r),
    "letters doubled": lambda r, rng: " ".join(_at_long_word(rng, _typed(r), lambda g, w: w[:2] + w[1] + w[2:])),
    "error, wrong date": lambda r, rng: (
        " ".join(_at_long_word(rng, _typed(r), _edit)) + f" {r.born.month}/{r.born.day}/{r.born.year + 1}"
    ),
}


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
    for title, classes in (("plain", PLAIN), ("hard", HARD)):
        total = Figures([], [])
        for name, query in classes.items():
            wanted = _wanted(children, query, random.Random(f"{arguments.seed}{name}"), arguments.queries)
            ours = _measured(wanted, lambda typed: _ours(db, typed), children, arguments.misses)
            others = [] if arguments.alone else [_measured(wanted[:20], way, children) for way in (likes, fuzzies)]
            _line(name, ours, others)
            total.ranks += ours.ranks
            total.seconds += ours.seconds
        _line(f"all {title}", total, [])


def _line(name, ours, others) -> None:
    ratios = [f"{each.found:.2f}, x{each.milliseconds(50) / ours.milliseconds(50):.1f}" for each in others] or ["", ""]
    p50, p95 = ours.milliseconds(50), ours.milliseconds(95)
    ours_said = f"{ours.found:5.3f} | {ours.first:5.3f} | {p50:6.2f} | {p95:6.2f}"
    print(f"| {name:<34} | {ours_said} | {ratios[0]:>15} | {ratios[1]:>20} |", flush=True)


def _wanted(children, query, rng, count):
    chosen = rng.sample(range(len(children)), count)
    return [(student_id + 1, query(children[student_id].records[0], rng)) for student_id in chosen]


def _measured(wanted, way, children, misses=False) -> Figures:
    figures = Figures([], [])
    for student_id, typed in wanted:
        found, seconds = _best_of_three(way, typed)
        figures.seconds.append(seconds)
        like = _alike(children[student_id - 1].records[0])
        ranks = [
            rank for rank, each in enumerate(found) if each == student_id or _same(children[each - 1], like, typed)
        ]
        figures.ranks.append(ranks[0] if ranks else None)
        if misses and (not ranks or ranks[0] >= 10):
            print("  missed:", typed, "|", children[student_id - 1].records, ranks[:1], file=sys.stderr)
    return figures


def _best_of_three(way, typed):
    """What is found, and the least of three times: what else the machine does at that moment falls out."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        found = way(typed)
        times.append(time.perf_counter() - started)
    return found, min(times)


def _alike(record):
    return frozenset(_typed(record)), record.born


def _same(child, like, typed) -> bool:
    """Whether a child cannot be told from the wanted one: the same words, and the same date where one was typed."""
    dated = any(letter.isdigit() for letter in typed)
    return any(words == like[0] and (born == like[1] or not dated) for words, born in map(_alike, child.records))


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
