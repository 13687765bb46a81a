"""The worklist: near matches that wait for a Data Administrator."""

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain.errors import NotFound
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.worklist import WorklistItem

_RIGHT = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS


def count_open(db: Session, *, by: User) -> int:
    """How many items wait within reach."""
    return db.scalar(select(func.count()).select_from(WorklistItem).where(*_open_within_reach(by))) or 0


def open_items(db: Session, *, by: User, limit: int = 200) -> list[WorklistItem]:
    """Items that wait within reach, the first due first."""
    return list(
        db.scalars(
            select(WorklistItem)
            .where(*_open_within_reach(by))
            .options(
                joinedload(WorklistItem.state_record),
                joinedload(WorklistItem.candidate).selectinload(Student.state_records),
            )
            .order_by(WorklistItem.due_on, WorklistItem.id)
            .limit(limit)
        ).unique()
    )


def get(db: Session, item_id: int, *, by: User) -> WorklistItem:
    """The item, if it lies within reach; otherwise it does not exist for this person."""
    item = db.scalar(
        select(WorklistItem)
        .where(WorklistItem.id == item_id, *_within_reach(by))
        .options(joinedload(WorklistItem.state_record), joinedload(WorklistItem.candidate))
    )
    if item is None:
        raise NotFound("worklist item")
    return item


def _open_within_reach(by: User) -> list[ColumnElement[bool]]:
    return [WorklistItem.resolved_at.is_(None), *_within_reach(by)]


def _within_reach(by: User) -> list[ColumnElement[bool]]:
    """Items that concern the person's State, region or district: by either child's State records and enrollments."""
    reach = reach_of(by, _RIGHT)
    if reach is None:
        return [WorklistItem.id.is_(None)]
    mine = select(StateRecord.id).where(StateRecord.state_code == by.state_code)
    if reach in (Reach.REGION, Reach.DISTRICT):
        districts = select(District.code).where(
            District.region_id == by.region_id if reach is Reach.REGION else District.id == by.district_id
        )
        mine = mine.where(
            StateRecord.id.in_(select(Enrollment.state_record_id).where(Enrollment.district_code.in_(districts)))
        )
    of_candidates = select(StateRecord.student_id).where(StateRecord.id.in_(mine))
    return [or_(WorklistItem.state_record_id.in_(mine), WorklistItem.candidate_id.in_(of_candidates))]
