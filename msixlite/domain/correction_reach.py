"""Which correction requests, children and State records lie within a person's reach."""

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from msixlite.domain import purposes
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.corrections import CorrectionRequest
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import User


def requests_within(by: User) -> ColumnElement[bool]:
    """Requests that the person may see: the own office's; the State's; all for the Privacy Act Administrator."""
    reach = reach_of(by, Permission.SEE_CORRECTIONS)
    if reach is None:
        return false()
    if reach is Reach.NATION:
        return true()
    if reach is Reach.STATE:
        return CorrectionRequest.state_code == by.state_code
    if reach is Reach.DISTRICT:
        return CorrectionRequest.district_id == by.district_id
    districts = select(District.id).where(District.region_id == by.region_id)
    return or_(CorrectionRequest.region_id == by.region_id, CorrectionRequest.district_id.in_(districts))


def records_within(by: User) -> ColumnElement[bool]:
    """State records whose disputes the person may follow: the own State's, or with enrollments in the own district."""
    reach = reach_of(by, Permission.SEE_CORRECTIONS)
    if reach is None:
        return false()
    if reach is Reach.NATION:
        return true()
    if reach is Reach.STATE:
        return StateRecord.state_code == by.state_code
    own = District.id == by.district_id if reach is Reach.DISTRICT else District.region_id == by.region_id
    districts = select(District.code).where(own)
    return exists().where(Enrollment.state_record_id == StateRecord.id, Enrollment.district_code.in_(districts))


def may_take_in(db: Session, student: Student, *, by: User) -> bool:
    """A State's office takes in what concerns any child; districts and regions what concerns their own."""
    reach = reach_of(by, Permission.TAKE_IN_CORRECTIONS)
    if reach is None or by.state_code is None:
        return False
    return reach is Reach.STATE or purposes.is_within_scope(db, student, by=by)
