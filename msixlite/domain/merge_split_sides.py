"""Whom a merge or split concerns: the children picked, their State records, and what speaks against one child."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import matching, merge_split_apply, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.overlaps import overlapping
from msixlite.domain.permissions import GRANTS, Permission, Reach, covers
from msixlite.models.merge_split import ChangeKind, IdentityChange
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l

MOST_CHILDREN = 6
"""Children that one merge joins, and that one page shows side by side."""
_BEGIN = Permission.INITIATE_MERGE_AND_SPLIT


def merge_sides(db: Session, msix_ids: Sequence[str], *, by: User) -> list[Student]:
    """The children of the MSIX IDs, for a merge; says why they cannot be merged."""
    if len(set(msix_ids)) < 2:
        raise RuleBroken(_l("Pick at least two records to merge."))
    if len(set(msix_ids)) > MOST_CHILDREN:
        raise RuleBroken(_l("Pick at most %(most)s records to merge at once.", most=MOST_CHILDREN))
    found = [_not_retired(students.get(db, msix_id, by=by), msix_id) for msix_id in dict.fromkeys(msix_ids)]
    _check_reach(db, [record for student in found for record in student.state_records], by)
    return found


def _not_retired(student: Student, msix_id: str) -> Student:
    if student.msix_id != msix_id:
        raise RuleBroken(
            _l(
                "MSIX %(msix_id)s was merged into %(msix_id_2)s already; pick that one.",
                msix_id=msix_id,
                msix_id_2=student.msix_id,
            )
        )
    return student


def split_side(db: Session, msix_id: str, *, by: User) -> Student:
    """The child of the MSIX ID, for a split; says why it cannot be split."""
    student = _not_retired(students.get(db, msix_id, by=by), msix_id)
    _check_reach(db, student.state_records, by)
    if len(student.state_records) < 2:
        raise RuleBroken(_l("This child has one State record only: there is nothing to split."))
    return student


def _check_reach(db: Session, records: Collection[StateRecord], by: User) -> None:
    if not reaches(db, records, _BEGIN, by=by):
        raise RuleBroken(_l("None of these records was sent from where you may begin merges and splits."))


def reaches(db: Session, records: Collection[StateRecord], permission: Permission, *, by: User) -> bool:
    """Whether the person's right reaches one of the State records, by State or by where the child was enrolled (R7)."""
    if GRANTS[by.role].get(permission) is Reach.STATE:
        return any(covers(by, permission, state=record.state_code) for record in records)
    codes = select(Enrollment.district_code).where(Enrollment.state_record_id.in_([record.id for record in records]))
    return any(
        covers(by, permission, state=district.state_code, region_id=district.region_id, district_id=district.id)
        for district in db.scalars(select(District).where(District.code.in_(codes)))
    )


def picture(records: Collection[StateRecord]) -> str:
    """A hash of whose the State records are and what matching compares of them: changes with them."""
    seen = sorted((record.id, record.student_id, *astuple(matching.identity_of(record))) for record in records)
    return hashlib.sha256(json.dumps(seen, default=str).encode()).hexdigest()


def obstacles(db: Session, sides: Sequence[Collection[StateRecord]]) -> list[str]:
    """What speaks against one child, in words; a merge goes on only when a person has accounted for it."""
    return [
        *(sentence for one, other in combinations(sides, 2) for sentence in _overlaps(one, other)),
        *_multiple_births(sides),
        *_known_different(db, sides),
    ]


def _overlaps(one: Collection[StateRecord], other: Collection[StateRecord]) -> Iterator[str]:
    for a in (stay for record in one for stay in record.enrollments):
        for b in (stay for record in other for stay in record.enrollments):
            if overlapping(a, b):
                yield _l(
                    "The enrollments at %(one)s and %(other)s overlap: both on %(day)s.",
                    one=a.school_name or a.district_name,
                    other=b.school_name or b.district_name,
                    day=f"{max(a.enrollment_date, b.enrollment_date):%m/%d/%Y}",
                )


def _multiple_births(sides: Sequence[Collection[StateRecord]]) -> Iterator[str]:
    states = dict.fromkeys(record.state_code for side in sides for record in side if record.multiple_birth)
    if len(states) > 1:
        said = _l("%(states)s and %(last)s report a multiple birth: these may be twins.")
        yield said.about(states=" and ".join([*states][:-1]), last=[*states][-1])
    elif states:
        yield _l("%(state)s reports a multiple birth: these may be twins.", state=next(iter(states)))


def _known_different(db: Session, sides: Sequence[Collection[StateRecord]]) -> Iterator[str]:
    for found in merge_split_apply.known_different(db, [[record.id for record in side] for side in sides]):
        yield _l("They were found to be different children on %(day)s.", day=f"{found.decided_at:%m/%d/%Y}")
        return


def sides_of(db: Session, change: IdentityChange) -> list[list[StateRecord]]:
    """The State records on each side as they are now: one side for each child, the master's first."""
    if change.kind is ChangeKind.MERGE:
        ids = [change.master_id, *(part.student_id for part in change.parts if part.student_id != change.master_id)]
        return [records_under(db, [student_id]) for student_id in ids]
    number = {part.state_record_id: part.new_child for part in change.parts}
    records = records_under(db, [change.master_id])
    return [
        [record for record in records if number.get(record.id, 0) == side]
        for side in range(max(number.values(), default=0) + 1)
    ]


def flat(sides: Sequence[Sequence[StateRecord]]) -> list[StateRecord]:
    return [record for side in sides for record in side]


def records_of(db: Session, change: IdentityChange) -> list[StateRecord]:
    return flat(sides_of(db, change))


def records_under(db: Session, student_ids: Collection[int]) -> list[StateRecord]:
    """The State records of children as the database has them now, each with its enrollments."""
    found = select(StateRecord).where(StateRecord.student_id.in_(student_ids)).order_by(StateRecord.id)
    fresh = found.options(selectinload(StateRecord.enrollments)).execution_options(populate_existing=True)
    return list(db.scalars(fresh))
