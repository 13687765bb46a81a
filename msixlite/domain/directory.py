"""User Administrator Search: whom to ask for an account or a new password; open before sign-in (A28)."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import names
from msixlite.models.places import District, Region
from msixlite.models.users import AccountStatus, Role, User

_ADMINISTRATORS = (Role.STATE_USER_ADMINISTRATOR, Role.REGIONAL_USER_ADMINISTRATOR)


def find(
    db: Session, *, state: str, region_id: int | None = None, district_id: int | None = None, name: str = ""
) -> list[User]:
    """The active User Administrators of a State, those of the region or district first; or by a part of their name.

    With a region or district: those who serve it, regional and State. Without State and name: nobody.
    """
    asked = names.fold(name).split()
    if not state and not asked:
        return []
    wanted = [User.role.in_(_ADMINISTRATORS), User.status == AccountStatus.ACTIVE]
    if state:
        wanted.append(User.state_code == state)
    region = _region_of(db, district_id) if district_id else region_id
    if region or district_id:
        wanted.append(or_(User.role == Role.STATE_USER_ADMINISTRATOR, User.region_id == region))
    found = db.scalars(
        select(User)
        .outerjoin(User.region)
        .options(joinedload(User.state), joinedload(User.region))
        .where(*wanted, or_(User.region_id.is_(None), Region.disabled_at.is_(None)))
        .order_by(User.state_code, User.role, User.last_name, User.first_name)
    )
    return [user for user in found if all(word in names.fold(user.full_name) for word in asked)]


def _region_of(db: Session, district_id: int) -> int | None:
    return db.scalar(select(District.region_id).where(District.id == district_id))
