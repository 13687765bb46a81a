"""The consolidated record: what all States reported of one child, joined when it is read and never stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import clocks, completeness, mde, names, record_history
from msixlite.domain.errors import NotFound
from msixlite.domain.record_history import StateHistory
from msixlite.domain.reported import Fact, Line, Saying, Source, lines, saying
from msixlite.domain.timeline import Timeline, timeline
from msixlite.models.places import District, School, State
from msixlite.models.students import StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.worklist import WorklistItem, WorklistKind

IDENTITY: dict[str, tuple[str, tuple[str, ...]]] = {
    "surnames": ("Last names", ("last_name_1", "last_name_2")),
    "first_name": ("First name", ("first_name",)),
    "middle_name": ("Middle name", ("middle_name",)),
    "suffix": ("Suffix", ("suffix",)),
    "birth_date": ("Birth date", ("birth_date",)),
    "birth_date_verification": ("Birth date verified by", ("birth_date_verification",)),
    "sex": ("Sex", ("sex",)),
    "birthplace": ("Birthplace", ("birth_city", "birth_state", "birth_country")),
    "female_parent": ("Female parent", ("female_parent_first_name", "female_parent_last_name")),
    "male_parent": ("Male parent", ("male_parent_first_name", "male_parent_last_name")),
    "multiple_birth": ("Multiple birth", ("multiple_birth",)),
}
"""What tells who the child is: its name, and the elements that only mean something together."""

PLACEMENT = {
    "grade_level": "Grade",
    "algebra_1": "Algebra 1 completed",
    "immunization": "Immunization record held",
    "out_of_state_transcript": "Out-of-State transcript on file",
    "graduation_school_code": "Designated graduation school",
    "graduation": "Graduated or equivalency",
    "residency_date": "In the district since",
    "idea": "IDEA/IEP",
    "lep": "English learner",
    "pfs": "Priority for services",
    "med_alert": "Medical alert",
}
"""What each State's latest enrollment that says it tells of the child."""
FLAGS = ("med_alert", "idea", "lep", "pfs")
"""What a registrar must not miss, the most urgent first."""
SCHOOL_YEAR_TYPES = frozenset(("01", "05"))
"""Enrollment types of a basic school program: the school that keeps the transcript."""
OPEN, FINISHED_ELSEWHERE = "open", "finished elsewhere"
WHOLE_YEAR = names.fold("Full Year")
"""The course section that covers both halves."""


@dataclass(frozen=True)
class Contact:
    """Whom to call about the child."""

    why: str
    place: str
    district: str
    state: str
    address: str
    phone: str
    email: str


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
class SubjectCredits:
    """What has been earned in one subject."""

    subject: str
    credits: Decimal
    courses: int
    unfinished: int


@dataclass(frozen=True)
class Repeat:
    """One course that stands in the record more than once: its credit may count only once."""

    title: str
    where: tuple[str, ...]


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
    states = _states(db, records)
    sources = _sources(db, records, states)
    pairs = [(sources[record.id], record) for record in records]
    identity = {key: _identity_fact(name, keys, pairs) for key, (name, keys) in IDENTITY.items()}
    placement = {key: _placement_fact(name, key, pairs) for key, name in PLACEMENT.items()}
    enrollments = _newest_first(_lines("enrollment", "enrollments", pairs), "enrollment_date")
    moves = _newest_first(_lines("move", "moves", pairs), "arrival_date")
    courses = _courses(_lines("course", "courses", pairs))
    schools = _schools(db, enrollments)
    return ConsolidatedRecord(
        msix_id=student.msix_id,
        former_msix_ids=_former_msix_ids(db, student),
        name=_name(identity),
        other_names=_other_names(_name(identity), records),
        age=clocks.age_on(records[0].birth_date, today),
        secondary=any(completeness.is_secondary(record, today) for record in records),
        sources=tuple(sources.values()),
        identity=identity,
        placement=placement,
        flags=_flags(placement),
        enrollments=enrollments,
        moves=moves,
        eligibility=_eligibility(moves, pairs, today),
        tests=_newest_first(_lines("assessment", "assessments", pairs), "administered_on"),
        open_courses=[course for course in courses if course.status == OPEN],
        courses=_by_year(courses),
        credits=_credits(courses),
        repeats=_repeats(courses),
        contacts=_contacts(enrollments, schools, _districts(db, enrollments)),
        offices=_offices(enrollments, states),
        graduation_school={code: school.name for code, school in schools.items()},
        timeline=timeline(enrollments, today),
        duplicates=_duplicates(db, student, records),
        missing=_missing(pairs, today),
        history=record_history.read(db, pairs),
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


Pairs = list[tuple[Source, StateRecord]]


def _identity_fact(name: str, keys: tuple[str, ...], pairs: Pairs) -> Fact:
    between = ", " if keys[0] == "birth_city" else " "
    said = [saying("student", keys, record, source, source.changed_at, between=between) for source, record in pairs]
    return _fact(name, said, pairs)


def _placement_fact(name: str, key: str, pairs: Pairs) -> Fact:
    fact = _fact(name, [_last_said(key, source, record) for source, record in pairs], pairs)
    return replace(fact, sayings=tuple(sorted(fact.sayings, key=lambda one: str(one.on), reverse=True)))


def _last_said(key: str, source: Source, record: StateRecord) -> Saying | None:
    """What the latest enrollment that does not leave it blank says."""
    said = (saying("enrollment", (key,), row, source, row.enrollment_date) for row in record.enrollments)
    return next(filter(None, said), None)


def _fact(name: str, said: Sequence[Saying | None], pairs: Pairs) -> Fact:
    silent = (source.label for one, (source, _) in zip(said, pairs, strict=True) if one is None)
    return Fact(name, tuple(filter(None, said)), tuple(silent))


def _flags(placement: dict[str, Fact]) -> tuple[Fact, ...]:
    return tuple(
        replace(fact, sayings=tuple(sorted(fact.sayings, key=_is_yes, reverse=True)))
        for fact in map(placement.__getitem__, FLAGS)
        if any(map(_is_yes, fact.sayings))
    )


def _is_yes(said: Saying) -> bool:
    """Yes of a flag; Chronic or Acute of the medical alert."""
    return said.value not in ("No", "None")


def _name(identity: dict[str, Fact]) -> str:
    surnames = [identity[key].value for key in ("surnames", "suffix")]
    given = [identity[key].value for key in ("first_name", "middle_name")]
    return f"{' '.join(str(part) for part in surnames if part)}, {' '.join(str(part) for part in given if part)}"


def _other_names(name: str, records: Iterable[StateRecord]) -> tuple[str, ...]:
    written = dict.fromkeys(record.full_name for record in records)
    return tuple(other for other in written if not name.startswith(other))


def _lines(section: str, rows: str, pairs: Pairs) -> list[Line]:
    return lines(section, ((source, row) for source, record in pairs for row in getattr(record, rows)))


def _newest_first(found: list[Line], key: str) -> list[Line]:
    return sorted(found, key=lambda line: str(line[key]), reverse=True)


def _courses(found: list[Line]) -> list[Line]:
    """The latest year first, in it the open ones, then by title."""
    titles: dict[str, list[Line]] = defaultdict(list)
    for course in found:
        titles[names.fold(course["title"])].append(course)
    judged = [replace(course, status=_status(course, titles[names.fold(course["title"])])) for course in found]
    by_title = sorted(judged, key=lambda line: (line.status != OPEN, names.fold(line["title"]), line["section"] or ""))
    return _newest_first(by_title, "academic_year")


def _status(course: Line, same_title: Iterable[Line]) -> str:
    """Open where it was begun and not finished, here or by a later course of the same title and part."""
    if _is_finished(course):
        return ""
    elsewhere = any(
        _is_finished(other)
        and (other["academic_year"] or "") >= (course["academic_year"] or "")
        and names.fold(other["section"] or "") in (names.fold(course["section"] or ""), WHOLE_YEAR)
        for other in same_title
    )
    return FINISHED_ELSEWHERE if elsewhere else OPEN


def _is_finished(course: Line) -> bool:
    return course["final_grade"] is not None or course["credits"] is not None


def _by_year(courses: Iterable[Line]) -> dict[str, list[Line]]:
    years: dict[str, list[Line]] = defaultdict(list)
    for course in courses:
        years[course["academic_year"] or ""].append(course)
    return dict(years)


def _credits(courses: Iterable[Line]) -> list[SubjectCredits]:
    subjects: dict[str, list[Line]] = defaultdict(list)
    for course in courses:
        subjects[names.fold(course["subject"] or "")].append(course)
    return [
        SubjectCredits(
            subject=of_subject[0]["subject"] or "Subject not reported",
            credits=sum((course["credits"] for course in of_subject if course["credits"] is not None), Decimal(0)),
            courses=len(of_subject),
            unfinished=sum(course.status == OPEN for course in of_subject),
        )
        for _, of_subject in sorted(subjects.items(), key=lambda item: (not item[0], item[0]))
    ]


def _repeats(courses: Iterable[Line]) -> list[Repeat]:
    """Courses of the same title and section that gave credit, or are open, in different years or schools."""
    alike: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for course in (one for one in courses if one["credits"] or one.status == OPEN):
        alike[names.fold(course["title"]), names.fold(course["section"] or "")].append(course)
    return [
        Repeat(same[0]["title"], tuple(where))
        for same in alike.values()
        if len(where := dict.fromkeys(map(_year_and_place, same))) > 1 and any(course["credits"] for course in same)
    ]


def _year_and_place(course: Line) -> str:
    return " ".join(filter(None, (course["academic_year"], course.states, course["school_name"])))


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


def _schools(db: Session, enrollments: Iterable[Line]) -> dict[str, School]:
    codes = {line[key] for line in enrollments for key in ("school_code", "graduation_school_code") if line[key]}
    return {school.code: school for school in db.scalars(select(School).where(School.code.in_(codes)))}


def _districts(db: Session, enrollments: Iterable[Line]) -> dict[str, District]:
    codes = {line["district_code"] for line in enrollments if line["district_code"]}
    return {district.code: district for district in db.scalars(select(District).where(District.code.in_(codes)))}


def _contacts(enrollments: list[Line], schools: dict[str, School], districts: dict[str, District]) -> list[Contact]:
    """The latest place, and the last regular school where that is another."""
    if not enrollments:
        return []
    regular = next((line for line in enrollments if line["enrollment_type"] in SCHOOL_YEAR_TYPES), None)
    wanted = [("Latest enrollment", enrollments[0])]
    if regular is not None and place(regular) != place(enrollments[0]):
        wanted.append(("Last regular school", regular))
    return [_contact(why, line, schools, districts) for why, line in wanted]


def place(enrollment: Line) -> str:
    """What the place of an enrollment is called."""
    return str(enrollment["school_name"] or enrollment["facility_name"] or enrollment["school_code"] or "")


def _contact(why: str, line: Line, schools: dict[str, School], districts: dict[str, District]) -> Contact:
    """What the enrollment says; what it leaves out comes from the school's, then the district's entry here."""
    school, district = schools.get(line["school_code"]), districts.get(line["district_code"])
    reported = [line[f"facility_{part}"] for part in ("address_1", "address_2", "address_3", "city", "state", "zip")]
    return Contact(
        why=why,
        place=place(line),
        district=_first(line["district_name"], district and district.name),
        state=line["facility_state"] or line.sources[0].state_code,
        address=", ".join(filter(None, reported)) or _first(school and school.address),
        phone=_first(line["telephone"], school and school.phone, district and district.phone),
        email=_first(school and school.email, district and district.email),
    )


def _first(*values: Any) -> str:
    return next((str(value) for value in values if value), "")


def _offices(enrollments: list[Line], states: dict[str, State]) -> list[State]:
    order = [source.state_code for line in enrollments for source in line.sources]
    return [states[code] for code in dict.fromkeys((*order, *states))]


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
        name=max(other.state_records, key=lambda record: record.submission_id).full_name,
        score=items[0].score or 0,
        reasons=tuple(map(str, items[0].reasons)),
        due_on=items[0].due_on,
        states=frozenset(record.state_code for record in (*other.state_records, *student.state_records)),
    )


def _missing(pairs: Pairs, today: date) -> list[Missing]:
    found = completeness.of_child([record for _, record in pairs], today)
    return [Missing(source.label, tuple(found[record.id])) for source, record in pairs if found[record.id]]
