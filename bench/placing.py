"""State records that arrive one after the other: how long each takes, and whether the clusters end as in bulk.

python -m bench.placing FOLDER [--start N] [--limit N]: the folder holds states/*.csv. The first N are put in at once.
A person follows what the machine proposes: after each record, and at the end what `app.py match` finds.
python -m bench.placing --children N [--limit N] [--keep FILE]: one record against a database of N made-up children,
which is kept in FILE for the next time; how long each takes, and the slowest steps.
"""

import argparse
import cProfile
import pickle
import pstats
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, text, update

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._measured_set import identity_of_row
from bench.generators.__main__ import world_named
from bench.generators.families import Families
from bench.generators.offices import Writer
from msixlite.domain import linking, linking_files, matching, matching_doubts, rematching
from msixlite.models.base import Base, make_engine, make_session_factory
from msixlite.models.places import State
from msixlite.models.search import BlockKey, NameToken
from msixlite.models.students import StateRecord, Student
from msixlite.models.uploads import Submission


class Register:
    """A database of its own that children are put into."""

    def __init__(self, address, identities):
        self.engine = make_engine(address)
        Base.metadata.create_all(self.engine)
        self.db = make_session_factory(self.engine)()
        states = sorted({one.state_code for one in identities})
        self.db.execute(insert(State), [{"code": code, "name": code, "time_zone": "UTC"} for code in states])
        submission = Submission(
            state_code=states[0], file_name="made up", sha256="", size=0, received_at=datetime.now(UTC)
        )
        self.db.add(submission)
        self.db.flush()
        self.submission, self.records, self.students = submission.id, 0, 0
        self.tokens: set[str] = set()

    def put(self, identities, students):
        """Store State records; a student of None is a new child. Returns the students' ids."""
        now, rows, keys, found = datetime.now(UTC), [], [], []
        new_students, words = [], Counter()
        for identity, known in zip(identities, students, strict=True):
            self.records += 1
            student = known
            if student is None:
                self.students += 1
                student = self.students
                new_students.append({"id": student, "msix_id": f"{student:012d}", "created_at": now})
                words.update({*identity.given, *identity.surnames})
            values = {name: getattr(identity, name) for name in matching._FIELDS}
            rows.append({"id": self.records, "student_id": student, "submission_id": self.submission} | values)
            rows[-1]["content_hash"] = ""
            keys += matching.block_rows(self.records, identity)
            found.append(student)
        if new_students:
            self.db.execute(insert(Student), new_students)
        self.db.execute(insert(StateRecord), rows)
        self.db.execute(insert(BlockKey), keys)
        self._count(words)
        return found

    def new_child(self):
        """Add a child who has no State record yet."""
        self.students += 1
        row = {"id": self.students, "msix_id": f"{self.students:012d}", "created_at": datetime.now(UTC)}
        self.db.execute(insert(Student), [row])
        return self.students

    def put_many(self, identities, students):
        """Store State records of children whose numbers are given; their keys wait in `some_key`."""
        now = datetime.now(UTC)
        new = [{"id": number, "msix_id": f"{number:012d}", "created_at": now} for number in sorted(set(students))]
        self.db.execute(insert(Student), new)
        rows, keys = [], []
        for identity, student in zip(identities, students, strict=True):
            self.records += 1
            values = {name: getattr(identity, name) for name in matching._FIELDS}
            rows.append({"id": self.records, "student_id": student, "submission_id": self.submission} | values)
            rows[-1]["content_hash"] = ""
            keys += [(key, self.records) for key in matching.block_keys(identity)]
        self.db.execute(insert(StateRecord), rows)
        self.db.connection().exec_driver_sql("INSERT INTO some_key VALUES (?, ?)", keys)

    def _count(self, words):
        new = [{"token": word[:60], "children": count} for word, count in words.items() if word not in self.tokens]
        if new:
            self.db.execute(insert(NameToken), new)
        for word in words.keys() & self.tokens:
            again = update(NameToken).where(NameToken.token == word)
            self.db.execute(again.values(children=NameToken.children + words[word]))
        self.tokens |= words.keys()


def run(identities, start, address):
    """Row → its child after all arrived, the same after `app.py match`, and the milliseconds each placement took."""
    register = Register(address, identities)
    student_of = []
    if start:
        bulk = linked(identities[:start])
        first, chosen = {}, []
        for row in range(start):
            chosen.append(first.get(bulk[row]))
            if bulk[row] not in first:
                first[bulk[row]] = len(first) + 1
        student_of = register.put(identities[:start], chosen)
    took = []
    rows_of = defaultdict(list)
    for row, student in enumerate(student_of):
        rows_of[student].append(row)
    for row, identity in enumerate(identities[start:], start=start):
        register.db.flush()
        began = time.process_time()
        placement = matching.place(register.db, [identity])[0]
        took.append(1000 * (time.process_time() - began))
        student = register.put([identity], [placement.student])[0]
        student_of.append(student)
        rows_of[student].append(row)
        for near in placement.near:
            if near.likeness.outcome is matching.Outcome.SAME and near.student in rows_of:
                both = rows_of[student] + rows_of[near.student]
                if len(parts_of(register, identities, both)) == 1:
                    move(register, both, student, rows_of, student_of)
                    del rows_of[near.student]
        divide(register, identities, student, rows_of, student_of)
    before = list(student_of)
    match_again(register, identities, rows_of, student_of)
    return before, student_of, took


def match_again(register, identities, rows_of, student_of):
    """What a person does with what `app.py match` finds: parts the divided children, then joins those who are one."""
    population = rematching.Population([row + 1 for row in range(len(identities))], list(student_of), identities)
    found = rematching.compare(population, rematching.own_engine)
    for student in found.divided:
        divide(register, identities, student, rows_of, student_of)
    for one in found.proposals:
        student, other = (student_of[record - 1] for record in (one.record_id, one.candidate_record_id))
        if student != other:
            move(register, rows_of[student] + rows_of[other], other, rows_of, student_of)
            del rows_of[student]


def divide(register, identities, student, rows_of, student_of):
    for part in parts_of(register, identities, rows_of[student])[1:]:
        rows_of[student] = [row for row in rows_of[student] if row not in part]
        move(register, part, register.new_child(), rows_of, student_of)


def parts_of(register, identities, rows):
    """What a person sees who compares State records anew: each group is a child, the largest first."""
    [parts] = matching_doubts.regrouped(register.db, [[identities[row] for row in rows]])
    return [[rows[place] for place in part] for part in parts]


def move(register, rows, student, rows_of, student_of):
    """What a person does: these State records are this child's."""
    moved = update(StateRecord).where(StateRecord.id.in_([row + 1 for row in rows]))
    register.db.execute(moved.values(student_id=student))
    rows_of[student] = rows
    for row in rows:
        student_of[row] = student


AIMS = ((100_000, 3.0, 10.0), (1_000_000, 5.0, 40.0))
"""Up to so many children: median and p99 in milliseconds that one new record may take."""
TOGETHER = 20_000


def against(children, limit, file, profile):
    """Time single newcomers against a database of so many children; about `limit` of their State records come anew."""
    newcomers = file.with_suffix(".newcomers")
    if not newcomers.exists():
        newcomers.write_bytes(pickle.dumps(filled(children, limit, file)))
    waiting = pickle.loads(newcomers.read_bytes())
    db = make_session_factory(make_engine(f"sqlite:///{file}"))()
    for identity in waiting[: len(waiting) // 5]:
        matching.place(db, [identity])
    measured, profiler = waiting[len(waiting) // 5 :], cProfile.Profile()
    took = []
    for identity in measured:
        began = time.process_time()
        if profile:
            profiler.enable()
        matching.place(db, [identity])
        profiler.disable()
        took.append(1000 * (time.process_time() - began))
    told(took, children)
    if profile:
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


def told(took, children):
    took = sorted(took)
    median, slow = statistics.median(took), took[int(0.99 * len(took))]
    print(f"{len(took):,} records, one by one: median {median:.2f} ms, p99 {slow:.2f} ms of the processor")
    most = next((aim for aim in AIMS if children <= aim[0]), AIMS[-1])
    print(f"{children:,} children: {median / most[1]:.2f} of the median aimed at, {slow / most[2]:.2f} of the p99")


def filled(children, limit, file):
    """Put made-up children into a new database, keys in their order; returns the State records that were left out."""
    world, rng, left_out = world_named("harvest"), random.Random(2), []
    families = Families(world, 77)
    writer = Writer(world, 78, families.states)
    made = families.make(children)
    share = limit / sum(len(child.stays) for child in made)
    register = Register(
        f"sqlite:///{file}", [identity_of_row(writer.write(made[0], state)[0]) for state in families.states]
    )
    db, words = register.db, Counter()
    db.execute(text("DROP TABLE block_key"))
    db.execute(text("CREATE TABLE some_key (key TEXT, state_record_id INTEGER)"))
    for start in range(0, len(made), TOGETHER):
        rows, students = [], []
        for child in made[start : start + TOGETHER]:
            written = [identity_of_row(writer.write(child, state)[0]) for state in child.stays]
            kept = []
            for one in written:
                if one.birth_date is not None:
                    (left_out if rng.random() < share else kept).append(one)
            students += [child.number + 1] * len(kept)
            rows += kept
            words.update({word for one in kept for word in (*one.given, *one.surnames)})
        register.put_many(rows, students)
    db.execute(insert(NameToken), [{"token": word[:60], "children": count} for word, count in words.items()])
    Base.metadata.tables["block_key"].create(db.connection())
    db.execute(text("INSERT INTO block_key SELECT key, state_record_id FROM some_key ORDER BY key, state_record_id"))
    db.execute(text("DROP TABLE some_key"))
    db.commit()
    return left_out


def linked(identities):
    linker = linking.Linker()
    for identity in identities:
        linker.add(identity)
    return linker.link().clusters.tolist()


def groups(labels):
    found = defaultdict(list)
    for row, label in enumerate(labels):
        found[label].append(row)
    return {tuple(rows) for rows in found.values()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--children", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--limit", type=int, default=5_000)
    chosen = parser.parse_args()
    if chosen.children:
        with tempfile.TemporaryDirectory() as folder:
            file = chosen.keep or Path(folder) / "placing.sqlite3"
            against(chosen.children, chosen.limit, file, chosen.profile)
        return
    identities = list(linking_files.read_files(sorted((chosen.folder / "states").glob("*.csv"))))
    identities = [one for one in identities if one.birth_date]
    random.Random(1).shuffle(identities)
    identities = identities[: chosen.start + chosen.limit]
    with tempfile.TemporaryDirectory() as folder:
        labels, matched, took = run(identities, chosen.start, f"sqlite:///{folder}/placing.sqlite3")
    one_by_one, bulk = groups(labels), groups(linked(identities))
    took.sort()
    print(f"{len(identities):,} State records, {len(bulk):,} children in bulk, {len(one_by_one):,} one by one")
    print(f"children that end the same: {len(one_by_one & bulk) / len(bulk):.4%}")
    print(f"after matching again: {len(groups(matched) & bulk) / len(bulk):.4%}")
    median, slow = statistics.median(took), took[int(0.99 * len(took))]
    print(f"one record: median {median:.2f} ms, p99 {slow:.2f} ms of the processor")


if __name__ == "__main__":
    main()
