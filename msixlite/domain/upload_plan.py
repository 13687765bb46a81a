"""What a submission would change: new children, changed ones, rows that must wait. Reads, decides, writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import matching, mde, upload_changes, upload_rows
from msixlite.domain.matching import Identity, Near, Outcome, Placement
from msixlite.domain.upload_changes import ChangedRecord
from msixlite.domain.upload_children import Child, ChildKey, chunks, identity_of, natural_key, with_key_parts
from msixlite.domain.upload_rows import Fault, Row
from msixlite.models.places import District, School
from msixlite.models.students import LinkDecision, StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.words import _l, joined

RowKey = tuple[str, ChildKey, tuple[Any, ...]]
"""(section, child, natural key of the row)."""
WAITS = (
    _l("waits for the child's row in Students, which is in quarantine"),
    _l("belongs to a child whom this State has not sent: add the child's row in Students"),
)
"""Why a good row of a child without a row in Students is not taken."""
OTHER_ROW = _l("row %(number)s has different values for the same entry (%(elements)s); keep the right one")
UNKNOWN_ID = _l("%(child)s: the MSIX ID %(msix_id)s is not known here, so it was not used.")
SCHOOL_CODES = (
    _l("%(count)s school code is not in our list, which may be older than yours; taken as sent: %(codes)s"),
    _l("%(count)s school codes are not in our list, which may be older than yours; taken as sent: %(codes)s"),
)
DISTRICT_CODES = (
    _l("%(count)s district code is not in our list, which may be older than yours; taken as sent: %(codes)s"),
    _l("%(count)s district codes are not in our list, which may be older than yours; taken as sent: %(codes)s"),
)
WARNINGS = (upload_rows.NOT_USED, UNKNOWN_ID, *SCHOOL_CODES, *DISTRICT_CODES)
CLAIM_SCORE = 60.0
"""A claimed MSIX ID is believed from this likeness on; below it a person decides."""


@dataclass(frozen=True)
class NewRecord:
    """A child that the State has not sent before."""

    child: Child
    placement: Placement
    claimed: bool = False

    @property
    def joins(self) -> bool:
        """Whether it is linked to a child already known, or to an earlier one of the same file."""
        return self.placement.student is not None or self.placement.newcomer is not None


@dataclass
class Plan:
    """All that a submission would do."""

    mark: tuple[int, str]
    new: list[NewRecord] = field(default_factory=list)
    changed: list[ChangedRecord] = field(default_factory=list)
    unchanged: int = 0
    quarantined: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows_read: int = 0

    @property
    def linked(self) -> int:
        return sum(new.joins for new in self.new)

    @property
    def near_matches(self) -> int:
        return sum(len(new.placement.near) for new in self.new)


def mark(db: Session) -> tuple[int, str]:
    """Changes whenever a submission, merge, split or undo is applied: a plan made at another mark is out of date."""
    applied = select(func.count(), func.max(Submission.applied_at)).where(Submission.status == SubmissionStatus.APPLIED)
    count, last = db.execute(applied).one()
    return count, f"{last} {db.scalar(select(func.max(LinkDecision.id)))}"


def make(db: Session, rows: Iterable[Row], *, state: str) -> Plan:
    """Sort the checked rows of a State's file into new, changed and unchanged children, and rows that wait."""
    plan = Plan(mark(db))
    children = _gather(rows, plan)
    known = _known_records(db, state, list(children))
    newcomers = []
    for key, child in children.items():
        if key in known:
            continue
        if child.student is None:
            _quarantine_without_student(child, plan)
        else:
            newcomers.append(child)
    _plan_changes(db, [(children[key], known[key]) for key in children if key in known], plan)
    plan.new = _place(db, newcomers, state, plan)
    plan.warnings += _unknown_places(db, children.values())
    return plan


def _gather(rows: Iterable[Row], plan: Plan) -> dict[ChildKey, Child]:
    """Good rows by child; faulty ones, and those that contradict one another, go to quarantine."""
    children: dict[ChildKey, Child] = {}
    taken: dict[RowKey, Row] = {}
    doubtful: set[RowKey] = set()
    for row in rows:
        plan.rows_read += 1
        if row.faults:
            plan.quarantined.append(row)
            continue
        whole = with_key_parts(row)
        where = (whole.section, whole.child, natural_key(whole.section, whole.values))
        earlier = taken.setdefault(where, whole)
        if earlier is not whole and earlier.values != whole.values:
            plan.quarantined.append(_contradicting(whole, earlier))
            doubtful.add(where)
    plan.quarantined += [_contradicting(taken.pop(where), None) for where in doubtful]
    for (section, child_key, row_key), row in taken.items():
        child = children.setdefault(child_key, Child(child_key))
        if section == "student":
            child.student = row
        else:
            child.sections[section][row_key] = row
    return children


def _contradicting(row: Row, earlier: Row | None) -> Row:
    if earlier is None:
        reason = _l("another row of this file has different values for the same entry; keep the right one")
        return replace(row, faults=(Fault("", "", reason),))
    differing = [key for key, value in row.values.items() if earlier.values.get(key) != value]
    names = [mde.element(row.section, key).name for key in differing if key in mde.of_section(row.section)]
    reason = OTHER_ROW.about(number=str(earlier.number), elements=joined(", ", names))
    return replace(row, faults=(Fault(names[0] if names else "", row.content.get(differing[0], ""), reason),))


def _quarantine_without_student(child: Child, plan: Plan) -> None:
    waits = any(row.section == "student" and row.child == child.key for row in plan.quarantined)
    reason = WAITS[0] if waits else WAITS[1]
    for section in child.sections.values():
        for row in section.values():
            fault = Fault(mde.element(row.section, "state_student_id").name, child.key[0], reason)
            plan.quarantined.append(replace(row, faults=(fault,)))


def _known_records(db: Session, state: str, keys: Sequence[ChildKey]) -> dict[ChildKey, tuple[int, str]]:
    """(State Student Identifier, type) → (id of the State record, its content hash)."""
    known: dict[ChildKey, tuple[int, str]] = {}
    for chunk in chunks(keys):
        found = select(
            StateRecord.state_student_id, StateRecord.id_type, StateRecord.id, StateRecord.content_hash
        ).where(StateRecord.state_code == state, StateRecord.state_student_id.in_({key[0] for key in chunk}))
        known |= {
            (student_id, id_type): (record_id, hashed) for student_id, id_type, record_id, hashed in db.execute(found)
        }
    return known


def _plan_changes(db: Session, known: list[tuple[Child, tuple[int, str]]], plan: Plan) -> None:
    differing = [(child, record_id) for child, (record_id, hashed) in known if child.content_hash != hashed]
    plan.unchanged += len(known) - len(differing)
    for chunk in chunks(differing):
        records = _load(db, [record_id for _child, record_id in chunk])
        for child, record_id in chunk:
            plan.changed.append(upload_changes.compare(child, records[record_id]))


def _load(db: Session, record_ids: Sequence[int]) -> dict[int, StateRecord]:
    wanted = (
        select(StateRecord)
        .where(StateRecord.id.in_(record_ids))
        .options(
            selectinload(StateRecord.moves),
            selectinload(StateRecord.enrollments),
            selectinload(StateRecord.assessments),
            selectinload(StateRecord.courses),
        )
    )
    return {record.id: record for record in db.scalars(wanted)}


def _place(db: Session, newcomers: list[Child], state: str, plan: Plan) -> list[NewRecord]:
    identities = [identity_of(child, state) for child in newcomers]
    placements = matching.place(db, identities)
    claims = _claimed_students(db, newcomers)
    placed = []
    for child, identity, placement in zip(newcomers, identities, placements, strict=True):
        msix_id = (child.student.values.get("msix_id") if child.student else None) or ""
        if msix_id and msix_id not in claims:
            plan.warnings.append(UNKNOWN_ID.about(child=child.key[0], msix_id=msix_id))
        claimed = claims.get(msix_id)
        placed.append(_claim(db, child, identity, placement, claimed) if claimed else NewRecord(child, placement))
    return placed


def _claimed_students(db: Session, newcomers: list[Child]) -> dict[str, Student]:
    """The MSIX IDs that the file names → the child that each leads to."""
    named = [
        child.student.values["msix_id"] for child in newcomers if child.student and child.student.values.get("msix_id")
    ]
    found: dict[str, Student] = {}
    for chunk in chunks(named):
        known = select(Student).where(Student.msix_id.in_(chunk))
        found |= {student.msix_id: student.survivor for student in db.scalars(known)}
    return found


def _claim(db: Session, child: Child, identity: Identity, placement: Placement, claimed: Student) -> NewRecord:
    """The file names the MSIX ID: believed when the likeness supports it, otherwise a near match."""
    usual = matching.load_frequencies(db)
    likest = max(
        (matching.compare(identity, matching.identity_of(record), usual) for record in claimed.state_records),
        key=lambda likeness: likeness.score,
    )
    if likest.score >= CLAIM_SCORE and not likest.guard:
        return NewRecord(child, Placement(claimed.id, None, likest, ()), claimed=True)
    doubtful = replace(
        likest, outcome=Outcome.NEAR, reasons=(_l("the file names this MSIX ID; doubtful"), *likest.reasons)
    )
    others = tuple(near for near in placement.near if near.student != claimed.id)
    return NewRecord(child, replace(placement, near=(Near(claimed.id, None, doubtful), *others)))


def _unknown_places(db: Session, children: Iterable[Child]) -> list[str]:
    """Codes that our lists of schools and districts lack: a warning, for our list may be the older one."""
    sent: dict[str, set[str]] = {"school_code": set(), "district_code": set()}
    for child in children:
        for section in child.sections.values():
            for row in section.values():
                for key, codes in sent.items():
                    codes.update(filter(None, [row.values.get(key)]))
    unknown_schools = _unknown(db, School, sent["school_code"])
    unknown_districts = _unknown(db, District, sent["district_code"])
    said = [(SCHOOL_CODES, unknown_schools), (DISTRICT_CODES, unknown_districts)]
    return [
        (one if len(codes) == 1 else many).about(
            count=f"{len(codes):,}", codes=", ".join(sorted(codes)[:5]) + (" …" if len(codes) > 5 else "")
        )
        for (one, many), codes in said
        if codes
    ]


def _unknown(db: Session, model: type[School] | type[District], codes: set[str]) -> set[str]:
    known: set[str] = set()
    for chunk in chunks(sorted(codes)):
        known |= set(db.scalars(select(model.code).where(model.code.in_(chunk))))
    return codes - known
