"""The consolidated record: what all States reported of one child, joined when it is read and never stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import (
    clocks,
    completeness,
    disputes,
    mde,
    record_contacts,
    record_courses,
    record_disputes,
    record_facts,
    record_history,
    students,
)
from msixlite.domain.errors import NotFound
from msixlite.domain.record_contacts import Contact
from msixlite.domain.record_courses import OPEN, Repeat, SubjectCredits
from msixlite.domain.record_facts import IDENTITY, PLACEMENT, Pairs, lines_of, newest_first
from msixlite.domain.record_history import StateHistory
from msixlite.domain.reported import Fact, Line, Source
from msixlite.domain.timeline import Timeline, timeline
from msixlite.models.disputes import DisputeStatement
from msixlite.models.places import State
from msixlite.models.students import StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.worklist import WorklistItem, WorklistKind

ROWS = {"enrollment": "enrollments", "move": "moves", "assessment": "assessments", "course": "courses"}
"""Repeating section → the rows of a State record."""


@dataclass(frozen=True)
class Eligibility:
    """How long the latest qualifying move makes the child eligible."""

    arrival: date
    states: str
    until: date
    """The arrival date + 3 years - 1 day, or the day before the 22nd birthday if earlier."""
    by_age: bool
    """The birthday is the earlier of the two."""
    days_left: int
    """Below zero: ended."""
    reported: tuple[tuple[str, date], ...]
    """States that report another end, with it."""


@dataclass(frozen=True)
class PossibleDuplicate:
    """Another child here that may be the same, by open worklist items: the first due first."""

    item_ids: tuple[int, ...]
    msix_id: str
    name: str
    score: float
    reasons: tuple[str, ...]
    due_on: date
    states: frozenset[str]


@dataclass(frozen=True)
class Missing:
    """What one State has not reported although the child's age and grade call for it."""

    label: str
    elements: tuple[str, ...]


@dataclass(frozen=True)
class ConsolidatedRecord:
    """Everything that the page, its history and the PDF show of one child."""

    msix_id: str
    former_msix_ids: tuple[str, ...]
    """Merged into this one; they lead here for ever."""
    name: str
    """Whole, as the newest State record writes it: the same as on every other page."""
    given_name: str
    """The first name in it."""
    other_names: tuple[str, ...]
    age: int
    secondary: bool
    """Whether courses, credits and graduation are to be expected."""
    sources: tuple[Source, ...]
    """The newest first."""
    identity: dict[str, Fact]
    placement: dict[str, Fact]
    flags: tuple[Fact, ...]
    """Those that a State answered with yes: that answer first, even where a newer one says no."""
    enrollments: list[Line]
    moves: list[Line]
    eligibility: Eligibility | None
    tests: list[Line]
    open_courses: list[Line]
    courses: dict[str, list[Line]]
    """School year → its courses, the latest year and in it the open courses first."""
    credits: list[SubjectCredits]
    repeats: list[Repeat]
    contacts: list[Contact]
    offices: list[State]
    """The MEP office of each State, of the latest enrollment's State first."""
    graduation_school: dict[str, str]
    """School code → its name."""
    timeline: Timeline
    duplicates: list[PossibleDuplicate]
    missing: list[Missing]
    history: list[StateHistory]
    disputes: list[DisputeStatement]
    """The open ones, the oldest first."""
    disputed_state_ids: dict[int, tuple[int, ...]]
    """State record → numbers of the open statements that mean its State Student Identifier."""

    @property
    def states(self) -> list[str]:
        """Codes of the States, the newest report first."""
        return list(dict.fromkeys(source.state_code for source in self.sources))

    @property
    def conflicts(self) -> list[Fact]:
        """The identity elements of which two States report different values."""
        return [fact for fact in self.identity.values() if fact.differs]

    @property
    def credits_total(self) -> Decimal:
        return sum((subject.credits for subject in self.credits), Decimal(0))


def build(db: Session, student: Student, *, today: date) -> ConsolidatedRecord:
    """The joined picture of a survivor. The number of queries does not depend on the size of the record.

    Raises NotFound where no State record is left.
    """
    records = _load(db, student)
    if not records:
        raise NotFound("student")
    shown = students.newest(records)
    states = _states(db, records)
    sources = _sources(db, records, states)
    pairs = [(sources[record.id], record) for record in records]
    statements = disputes.of_records(db, [record.id for record in records])
    marks = disputes.marks(statements, records)
    identity = {key: record_facts.identity_fact(name, keys, pairs) for key, (name, keys) in IDENTITY.items()}
    placement = {key: record_facts.placement_fact(name, key, pairs) for key, name in PLACEMENT.items()}
    enrollments, moves, tests, courses = (
        record_disputes.on_lines(lines_of(section, rows, pairs), marks) for section, rows in ROWS.items()
    )
    enrollments = newest_first(enrollments, "enrollment_date")
    moves = newest_first(moves, "arrival_date")
    courses = record_courses.judged(courses)
    identity = record_disputes.on_identity(identity, marks)
    placement = record_disputes.on_placement(placement, marks, enrollments)
    schools = record_contacts.schools_of(db, enrollments)
    return ConsolidatedRecord(
        msix_id=student.msix_id,
        former_msix_ids=_former_msix_ids(db, student),
        name=shown.full_name,
        given_name=shown.first_name,
        other_names=record_facts.other_names(shown.full_name, records),
        age=clocks.age_on(records[0].birth_date, today),
        secondary=any(completeness.is_secondary(record, today) for record in records),
        sources=tuple(sources.values()),
        identity=identity,
        placement=placement,
        flags=record_facts.flags(placement),
        enrollments=enrollments,
        moves=moves,
        eligibility=_eligibility(moves, pairs, today),
        tests=newest_first(tests, "administered_on"),
        open_courses=[course for course in courses if course.status == OPEN],
        courses=record_courses.by_year(courses),
        credits=record_courses.credits_of(courses),
        repeats=record_courses.repeats(courses),
        contacts=record_contacts.contacts_of(enrollments, schools, record_contacts.districts_of(db, enrollments)),
        offices=record_contacts.offices_of(enrollments, states),
        graduation_school={code: school.name for code, school in schools.items()},
        timeline=timeline(enrollments, today),
        duplicates=_duplicates(db, student, records),
        missing=_missing(pairs, today),
        history=record_history.read(db, pairs),
        disputes=statements,
        disputed_state_ids=record_disputes.on_state_ids(marks, records),
    )


def _load(db: Session, student: Student) -> list[StateRecord]:
    """The State records with all their rows: the newest submission first, in a tie that of the latest enrollment."""
    records = db.scalars(
        select(StateRecord)
        .where(StateRecord.student_id == student.id)
        .options(
            joinedload(StateRecord.submission),
            selectinload(StateRecord.moves),
            selectinload(StateRecord.enrollments),
            selectinload(StateRecord.assessments),
            selectinload(StateRecord.courses),
        )
    ).all()
    return sorted(records, key=lambda one: (one.submission.received_at, completeness.last_seen(one)), reverse=True)


def _states(db: Session, records: Sequence[StateRecord]) -> dict[str, State]:
    codes = {record.state_code for record in records}
    return {state.code: state for state in db.scalars(select(State).where(State.code.in_(codes)))}


def _sources(db: Session, records: Sequence[StateRecord], states: dict[str, State]) -> dict[int, Source]:
    """State record id → its source, in the order of the records."""
    codes = [record.state_code for record in records]
    last_files = dict(
        db.execute(
            select(Submission.state_code, func.max(Submission.received_at))
            .where(Submission.state_code.in_(set(codes)), Submission.status == SubmissionStatus.APPLIED)
            .group_by(Submission.state_code)
        ).all()
    )
    return {
        record.id: Source(
            label=record.state_code if codes.count(record.state_code) == 1 else _label_of_two(record),
            record_id=record.id,
            state_code=record.state_code,
            state_name=states[record.state_code].name,
            state_student_id=record.state_student_id,
            id_type=mde.element("student", "id_type").label(record.id_type),
            submission_id=record.submission_id,
            file_name=record.submission.file_name,
            changed_at=record.submission.received_at,
            last_file_at=last_files.get(record.state_code),
        )
        for record in records
    }


def _label_of_two(record: StateRecord) -> str:
    return f"{record.state_code} {record.state_student_id}"


def _eligibility(moves: list[Line], pairs: Pairs, today: date) -> Eligibility | None:
    if not moves:
        return None
    arrival = moves[0]["arrival_date"]
    until = clocks.eligibility_end(arrival, pairs[0][1].birth_date)
    reported = (
        (source.label, move.eligibility_end)
        for source, record in pairs
        for move in record.moves
        if move.arrival_date == arrival
    )
    return Eligibility(
        arrival=arrival,
        states=moves[0].states,
        until=until,
        by_age=until < clocks.eligibility_end(arrival, arrival),
        days_left=(until - today).days,
        reported=tuple((label, end) for label, end in reported if end is not None and end != until),
    )


def _former_msix_ids(db: Session, student: Student) -> tuple[str, ...]:
    merged = select(Student.id, Student.msix_id).where(Student.merged_into_id == student.id).cte(recursive=True)
    merged = merged.union(select(Student.id, Student.msix_id).join(merged, Student.merged_into_id == merged.c.id))
    return tuple(db.scalars(select(merged.c.msix_id).order_by(merged.c.id)))


def _duplicates(db: Session, student: Student, records: Sequence[StateRecord]) -> list[PossibleDuplicate]:
    items = db.scalars(
        select(WorklistItem)
        .where(
            WorklistItem.kind == WorklistKind.NEAR_MATCH,
            WorklistItem.resolved_at.is_(None),
            or_(
                WorklistItem.candidate_id == student.id,
                WorklistItem.state_record_id.in_([record.id for record in records]),
            ),
        )
        .options(
            joinedload(WorklistItem.state_record).joinedload(StateRecord.student).selectinload(Student.state_records),
            joinedload(WorklistItem.candidate).selectinload(Student.state_records),
        )
        .order_by(WorklistItem.due_on, WorklistItem.id)
    )
    by_other: dict[Student, list[WorklistItem]] = defaultdict(list)
    for item in items:
        assert item.state_record is not None
        assert item.candidate is not None
        ours = item.state_record.student_id == student.id
        by_other[(item.candidate if ours else item.state_record.student).survivor].append(item)
    return [_duplicate(other, of_other, student) for other, of_other in by_other.items() if other.id != student.id]


def _duplicate(other: Student, items: Sequence[WorklistItem], student: Student) -> PossibleDuplicate:
    return PossibleDuplicate(
        item_ids=tuple(item.id for item in items),
        msix_id=other.msix_id,
        name=students.shown_name(other),
        score=items[0].score or 0,
        reasons=tuple(record_history.reason(str(one)) for one in items[0].reasons),
        due_on=items[0].due_on,
        states=frozenset(record.state_code for record in (*other.state_records, *student.state_records)),
    )


def _missing(pairs: Pairs, today: date) -> list[Missing]:
    found = completeness.of_child([record for _, record in pairs], today)
    return [Missing(source.label, tuple(found[record.id])) for source, record in pairs if found[record.id]]
