"""Data quality items: what a State's own reports lack or contradict (rule R9), found in the upload's transaction.

The same fault of one file is one item with a case for each child. A case is mended by itself when a later submission
mends it; an item whose cases are all mended is settled. A case that waits says what is wrong now. A case closed by hand
stays closed until a line of what is wrong is new. Lines are compared as they are worded: a program that words them
otherwise asks again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations, product

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import (
    clocks,
    comparison,
    completeness,
    matching_doubts,
    mde,
    record_facts,
    reported,
    worklist,
)
from msixlite.domain.overlaps import overlapping
from msixlite.domain.upload_children import chunks
from msixlite.domain.worklist import Event
from msixlite.models.merge_split import IdentityChange
from msixlite.models.students import Enrollment, StateRecord
from msixlite.models.uploads import Submission
from msixlite.models.words import Sentence, _l, joined, kept
from msixlite.models.worklist import OPEN, DataQualityCase, WorklistItem, WorklistKind

MISSING, CONFLICT = "missing: ", "conflict: "
DATES, OVERLAP, ELIGIBILITY = "impossible dates", "overlapping enrollments", "expired eligibility"
DOUBT = "another child"
WITHDRAWAL = MISSING + mde.element("enrollment", "withdrawal_date").name
_ON_LEAVE = {MISSING + mde.element("course", key).name for key in ("clock_hours", "grade_to_date")}
IN_CONFLICT = (
    "surnames", "first_name", "middle_name", "birth_date", "sex", "birthplace", "female_parent", "male_parent",
)  # fmt: skip
"""What two States must agree in: both get the item where they do not."""

NOT_REPORTED = _l("%(element)s is not reported.")
ENDED = _l("Eligibility ended on %(ended)s; the enrollment of %(begun)s is open.")
BEFORE_BIRTH = _l("%(what)s on %(day)s lies before the birth on %(born)s.")
TEST_BEFORE_BIRTH = _l("%(test)s of %(day)s lies before the birth on %(born)s.")
AT_ONCE = _l("Enrolled at %(one)s from %(begun)s and at %(other)s from %(begun_too)s.")
STANDS_APART = _l("Compared anew with the child's other State records, this one stands apart.")
WITH_VALUES = (NOT_REPORTED, ENDED, BEFORE_BIRTH, TEST_BEFORE_BIRTH, AT_ONCE)

Faults = dict[tuple[int, str], str]
"""(State record, fault) → what is wrong, in words, a line for each thing."""


@dataclass(frozen=True)
class Advice:
    """What a fault is called, and the way to mend it."""

    name: str
    mend: str
    may_be_two: bool = False
    """Whether the child may be two, whom a split mends."""


def advice(fault: str) -> Advice:
    """The words for a fault as it is stored."""
    if fault == WITHDRAWAL:
        return Advice(
            _l("Withdrawal date is missing"),
            _l("The child was enrolled in another State since. Send the Withdrawal Date of the last enrollment here."),
        )
    if fault in _ON_LEAVE:
        return Advice(
            _l("%(element)s is missing after leaving in mid-term", element=kept(fault.removeprefix(MISSING))),
            _l(
                "Ask the school for it and send it in Course History: without it the next school cannot give part "
                "credit."
            ),
        )
    if fault.startswith(MISSING):
        name = kept(fault.removeprefix(MISSING))
        return Advice(
            _l("%(element)s: missing", element=name),
            _l("Send %(element)s with the State's next file; at these ages and grades it is due.", element=name),
        )
    if fault.startswith(CONFLICT):
        return Advice(
            _l("%(element)s: States differ", element=kept(fault.removeprefix(CONFLICT))),
            _l(
                "Look at the document that proves it. Send the right value if yours is wrong. The other State has an "
                "item of its own for this and does the same."
            ),
        )
    return _OTHERS[fault]


_OTHERS = {
    DATES: Advice(_l("Impossible dates"), _l("Correct the date in the State's own system and send the row again.")),
    OVERLAP: Advice(
        _l("Overlapping enrollments"),
        _l(
            "The child cannot be in two places. Send the right Withdrawal Date; if these are two children, begin a "
            "split."
        ),
        may_be_two=True,
    ),
    DOUBT: Advice(
        _l("May be another child's"),
        _l(
            "The system linked it when fewer or other State records were known. Compare it with the child's others: if "
            "it is another child's, begin a split; if it is this child's, say so here."
        ),
        may_be_two=True,
    ),
    ELIGIBILITY: Advice(
        _l("Eligibility ended, enrollment open"),
        _l("Send a newer qualifying move if there is one; otherwise withdraw the child from the program."),
    ),
}


def said(case: DataQualityCase) -> Sentence:
    """What is wrong with the child's values."""
    return joined(" ", [kept(line, *WITH_VALUES) for line in case.what.split("\n")])


def check(
    db: Session,
    student_ids: Collection[int],
    *,
    now: datetime,
    submission: Submission | None = None,
    change: IdentityChange | None = None,
) -> set[tuple[int, str]]:
    """Look at all State records of these children: open what is new, mend what is gone. Set-based; none commits.

    Returns the State records and faults that are new.
    """
    found: Faults = {}
    states: dict[int, str] = {}
    for chunk in chunks(sorted(student_ids)):
        children = list(_children(db, chunk))
        for records in children:
            states |= {record.id: record.state_code for record in records}
            found |= faults_of(records, now.date())
        found |= _doubts(db, children)
    known = _unmended(db, list(states))
    _follow(db, known, found, now)
    fresh: dict[tuple[str, str], list[int]] = defaultdict(list)
    new = {key for key, what in found.items() if not known[key].waiting and not known[key].answers(what)}
    for record_id, fault in new:
        fresh[(states[record_id], fault)].append(record_id)
    for (state, fault), record_ids in sorted(fresh.items()):
        _open(db, state, fault, sorted(record_ids), found, submission, change, now)
    return new


def _children(db: Session, student_ids: Sequence[int]) -> Iterator[list[StateRecord]]:
    query = select(StateRecord).where(StateRecord.student_id.in_(student_ids)).order_by(StateRecord.id)
    sections = (StateRecord.moves, StateRecord.enrollments, StateRecord.assessments, StateRecord.courses)
    fresh = query.options(*map(selectinload, sections)).execution_options(populate_existing=True)
    by_student: dict[int, list[StateRecord]] = defaultdict(list)
    for record in db.scalars(fresh):
        by_student[record.student_id].append(record)
    yield from by_student.values()


def faults_of(records: Sequence[StateRecord], today: date) -> Faults:
    """The faults of one child's State records."""
    lines: dict[tuple[int, str], list[str]] = defaultdict(list)
    last_seen = {record.id: completeness.last_seen(record) for record in records}
    for record in records:
        left = any(
            other.state_code != record.state_code and last_seen[other.id] > last_seen[record.id] for other in records
        )
        for name in completeness.missing(record, today, left=left):
            lines[record.id, MISSING + name].append(NOT_REPORTED.about(element=name))
        for fault, line in _of_one(record, today, left=left):
            lines[record.id, fault].append(line)
    for one, other in combinations(records, 2):
        for fault, line in _between(one, other):
            lines[one.id, fault].append(line)
            lines[other.id, fault].append(line)
    return {key: "\n".join(dict.fromkeys(said)) for key, said in lines.items()}


def _doubts(db: Session, children: Sequence[Sequence[StateRecord]]) -> Faults:
    """State records that would not link to the child's others today.

    The words say who they are: a State that sends another child under the number has people asked anew.
    """
    return {
        (record.id, DOUBT): f"{record.full_name}, {record.birth_date:%m/%d/%Y}.\n{STANDS_APART}"
        for record in matching_doubts.apart(db, [records for records in children if len(records) > 1])
    }


def _of_one(record: StateRecord, today: date, *, left: bool) -> Iterator[tuple[str, str]]:
    for line in _before_birth(record):
        yield DATES, line
    for a, b in combinations(_stays(record), 2):
        if overlapping(a, b):
            yield OVERLAP, _at_once(a, b)
    ended = _eligibility_end(record)
    latest = record.enrollments[0] if record.enrollments else None
    if ended and ended < today and latest and latest.withdrawal_date is None and not left:
        yield (
            ELIGIBILITY,
            ENDED.about(ended=f"{ended:%m/%d/%Y}", begun=f"{latest.enrollment_date:%m/%d/%Y}"),
        )


def _before_birth(record: StateRecord) -> Iterator[str]:
    born = record.birth_date
    dated = [
        *((_l("Enrollment"), stay.enrollment_date) for stay in record.enrollments),
        *((_l("Arrival"), move.arrival_date) for move in record.moves),
    ]
    for name, day in dated:
        if day < born:
            yield BEFORE_BIRTH.about(what=name, day=f"{day:%m/%d/%Y}", born=f"{born:%m/%d/%Y}")
    for test in record.assessments:
        if test.administered_on < born.isoformat()[: len(test.administered_on)]:
            yield TEST_BEFORE_BIRTH.about(test=test.title, day=test.administered_on, born=f"{born:%m/%d/%Y}")


def _eligibility_end(record: StateRecord) -> date | None:
    ends = (
        move.eligibility_end or clocks.eligibility_end(move.arrival_date, record.birth_date) for move in record.moves
    )
    return max(ends, default=None)


def _between(one: StateRecord, other: StateRecord) -> Iterator[tuple[str, str]]:
    """What two State records of one child contradict each other in."""
    for a, b in product(_stays(one), _stays(other)):
        if overlapping(a, b):
            yield OVERLAP, _at_once(a, b)
    if one.state_code == other.state_code:
        return
    for name, keys in (record_facts.IDENTITY[thing] for thing in IN_CONFLICT):
        if not _agree(one, other, keys):
            yield CONFLICT + name, f"{_says(one, keys)}; {_says(other, keys)}."


def _stays(record: StateRecord) -> list[Enrollment]:
    """The latest first, and those of one day always in the same order, so that two stays are always told in one way."""
    return sorted(record.enrollments, key=lambda stay: (stay.enrollment_date, stay.school_key), reverse=True)


def _at_once(a: Enrollment, b: Enrollment) -> str:
    return AT_ONCE.about(
        one=a.school_name or a.district_name,
        begun=f"{a.enrollment_date:%m/%d/%Y}",
        other=b.school_name or b.district_name,
        begun_too=f"{b.enrollment_date:%m/%d/%Y}",
    )


def _agree(one: StateRecord, other: StateRecord, keys: Sequence[str]) -> bool:
    """A blank contradicts nothing; nor do a surname left out, an initial, accents or the order of words."""
    a, b = (tuple(_stored(record, key) for key in keys) for record in (one, other))
    if not any(a) or not any(b):
        return True
    return reported.agree(a, b) or comparison.near(*(" ".join(filter(None, said)) for said in (a, b)))


def _stored(record: StateRecord, key: str) -> str | None:
    value = getattr(record, key)
    return None if value is None else str(value)


def _says(record: StateRecord, keys: Sequence[str]) -> str:
    said = [reported.words(mde.element("student", key), getattr(record, key)) for key in keys]
    return f"{record.state_code}: " + " ".join(
        f"{one:%m/%d/%Y}" if isinstance(one, date) else one for one in said if one
    )


@dataclass(frozen=True)
class _Known:
    """The cases of a fault of a State record that are not mended: those that wait, and those closed by hand."""

    waiting: list[DataQualityCase] = field(default_factory=list)
    closed: list[DataQualityCase] = field(default_factory=list)

    def answers(self, what: str) -> bool:
        """Whether people closed all of it by hand: nothing is asked twice."""
        lines = {line for case in self.closed for line in case.what.split("\n")}
        return lines.issuperset(what.split("\n"))


def _unmended(db: Session, record_ids: Sequence[int]) -> dict[tuple[int, str], _Known]:
    """What is known of these State records."""
    found: dict[tuple[int, str], _Known] = defaultdict(_Known)
    for chunk in chunks(record_ids):
        cases = (
            select(DataQualityCase, WorklistItem.fault, WorklistItem.status)
            .join(WorklistItem, WorklistItem.id == DataQualityCase.item_id)
            .where(DataQualityCase.state_record_id.in_(chunk), DataQualityCase.mended_at.is_(None))
        )
        for case, fault, status in db.execute(cases):
            known = found[case.state_record_id, fault or ""]
            (known.waiting if status in OPEN else known.closed).append(case)
    return found


def _follow(db: Session, known: Mapping[tuple[int, str], _Known], found: Faults, now: datetime) -> None:
    """Mend what is gone, and of what waits what people have answered; the rest says what is wrong now."""
    over: list[DataQualityCase] = []
    for key, cases in known.items():
        if key not in found:
            over += [*cases.waiting, *cases.closed]
        elif cases.answers(found[key]):
            over += cases.waiting
        else:
            for case in cases.waiting:
                case.what = found[key]
    _mend(db, over, now)


def _mend(db: Session, cases: Sequence[DataQualityCase], now: datetime) -> None:
    for chunk in chunks([case.id for case in cases]):
        db.execute(update(DataQualityCase).where(DataQualityCase.id.in_(chunk)).values(mended_at=now))
    waiting = exists().where(DataQualityCase.item_id == WorklistItem.id, DataQualityCase.mended_at.is_(None))
    for chunk in chunks(sorted({case.item_id for case in cases})):
        done = select(WorklistItem).where(WorklistItem.id.in_(chunk), WorklistItem.status.in_(OPEN), ~waiting)
        for item in db.scalars(done.order_by(WorklistItem.id)):
            worklist.step(db, item, Event.SETTLE, now=now, by=None)


def _open(
    db: Session,
    state: str,
    fault: str,
    record_ids: Sequence[int],
    found: Mapping[tuple[int, str], str],
    submission: Submission | None,
    change: IdentityChange | None,
    now: datetime,
) -> None:
    item = worklist.open_item(
        db,
        WorklistKind.DATA_QUALITY,
        state=state,
        records=record_ids,
        now=now,
        fault=fault,
        submission=submission,
        change=change,
    )
    rows = [
        {"item_id": item.id, "state_record_id": record_id, "what": found[record_id, fault]} for record_id in record_ids
    ]
    db.execute(insert(DataQualityCase), rows)
