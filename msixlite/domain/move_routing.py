"""Who gets a move notice: by area, district, region, then State; deputies stand in for those who are away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain.errors import RuleBroken
from msixlite.models.moves import MoveLevel, RoutingRule
from msixlite.models.places import District, State
from msixlite.models.users import AccountStatus, Role, User
from msixlite.models.words import Sentence, _l, joined, kept
from msixlite.models.worklist import Delegation

LEVELS = tuple(MoveLevel)
"""From the nearest to the farthest."""
_ROLES = {
    MoveLevel.DISTRICT: Role.DISTRICT_DATA_ADMINISTRATOR,
    MoveLevel.REGION: Role.REGIONAL_DATA_ADMINISTRATOR,
    MoveLevel.STATE: Role.STATE_DATA_ADMINISTRATOR,
}


@dataclass(frozen=True)
class Route:
    """A person who will get the notice, why, and on which level."""

    user: User
    why: str
    level: MoveLevel


OF_AREA = _l("receives notices for %(area)s")
OF_STATE = _l("State Data Administrator of %(state)s")
OF_REGION = _l("Data Administrator of the region %(region)s")
OF_DISTRICT = _l("Data Administrator of %(district)s")
STANDS_IN = _l("stands in for %(person)s, %(why)s")


def why(text: str) -> Sentence:
    """Why a notice went to a person, as it was stored."""
    said = kept(text, STANDS_IN, OF_AREA, OF_STATE, OF_REGION, OF_DISTRICT)
    if said.message != STANDS_IN.message:
        return said
    return STANDS_IN.about(person=said.values["person"], why=why(str(said.values["why"])))


def recipients(
    db: Session,
    state: State,
    district: District | None,
    area: str,
    *,
    today: date,
    start: MoveLevel = MoveLevel.DISTRICT,
) -> list[Route]:
    """The people of the first level, from `start` upward, on which somebody is there; RuleBroken if nobody is."""
    if start is MoveLevel.DISTRICT and (by_area := _present(db, _by_area(db, state, area), today)):
        return by_area
    for level in LEVELS[LEVELS.index(start) :]:
        found = _present(db, _of_level(db, level, state, district), today)
        if found:
            return found
    nobody = _l("Nobody who receives move notices for %(state)s has an account here.", state=state.name)
    phone = [_l("Call %(phone)s.", phone=state.contact_phone)] if state.contact_phone else []
    whom_to_call = joined(" ", [nobody, *phone])
    raise RuleBroken(whom_to_call)


def _by_area(db: Session, state: State, area: str) -> list[Route]:
    """The rules with the longest beginning of the ZIP code, or the county."""
    folded = names.fold(area).removesuffix(" county")
    if not folded:
        return []
    beginnings = [folded] + ([folded[:length] for length in range(4, 2, -1)] if folded[:5].isdigit() else [])
    rules = db.scalars(
        select(RoutingRule).where(RoutingRule.state_code == state.code, RoutingRule.area.in_(beginnings))
    )
    found = list(rules)
    longest = max((len(rule.area) for rule in found), default=0)
    return [
        Route(rule.user, OF_AREA.about(area=area), MoveLevel.DISTRICT) for rule in found if len(rule.area) == longest
    ]


def _of_level(db: Session, level: MoveLevel, state: State, district: District | None) -> list[Route]:
    wanted = select(User).where(User.role == _ROLES[level], User.state_code == state.code).order_by(User.id)
    if level is MoveLevel.STATE:
        return [Route(user, OF_STATE.about(state=state.name), level) for user in db.scalars(wanted)]
    if district is None or (level is MoveLevel.REGION and district.region is None):
        return []
    if level is MoveLevel.DISTRICT:
        here = wanted.where(User.district_id == district.id)
        return [Route(user, OF_DISTRICT.about(district=district.name), level) for user in db.scalars(here)]
    here = wanted.where(User.region_id == district.region_id)
    region = district.region.name if district.region else ""
    return [Route(user, OF_REGION.about(region=region), level) for user in db.scalars(here)]


def _present(db: Session, routes: Iterable[Route], today: date) -> list[Route]:
    """Those with an open account who are there, or else their deputies; nobody twice."""
    found: dict[int, Route] = {}
    for route in routes:
        there = _there(db, route, today)
        if there is not None:
            found.setdefault(there.user.id, there)
    return list(found.values())


def _there(db: Session, route: Route, today: date) -> Route | None:
    if route.user.status is not AccountStatus.ACTIVE:
        return None
    delegation = delegation_on(db, route.user, today)
    if delegation is None:
        return route
    deputy = delegation.to_user
    if deputy.status is not AccountStatus.ACTIVE or delegation_on(db, deputy, today):
        return None
    return Route(deputy, STANDS_IN.about(person=route.user.full_name, why=route.why), route.level)


def delegation_on(db: Session, user: User, day: date) -> Delegation | None:
    """Who acts for the person on that day, because they are away."""
    on = (Delegation.from_id == user.id, Delegation.starts_on <= day, Delegation.ends_on >= day)
    return db.scalar(select(Delegation).where(*on).order_by(Delegation.id.desc()).limit(1))


def colleagues(db: Session, *, by: User) -> list[User]:
    """Who may receive the notices of an area: people of the same State who send and receive notices."""
    roles = (*_ROLES.values(), Role.MSIX_PRIMARY, Role.MSIX_SECONDARY)
    wanted = (User.state_code == by.state_code, User.id != by.id, User.role.in_(roles))
    active = User.status == AccountStatus.ACTIVE
    return list(db.scalars(select(User).where(*wanted, active).order_by(User.last_name, User.first_name)))


def rules(db: Session, *, by: User) -> list[RoutingRule]:
    """The State's own rules for areas."""
    mine = select(RoutingRule).where(RoutingRule.state_code == by.state_code)
    return list(db.scalars(mine.order_by(RoutingRule.area)))


def add_rule(db: Session, *, area: str, user_id: int, by: User) -> None:
    """Notices for the ZIP code, its first three or four digits, or the county come to this person."""
    folded = names.fold(area).removesuffix(" county")
    if len(folded) < 3:
        raise RuleBroken(_l("Type a ZIP code, its first three digits, or a county."))
    if by.state_code is None or user_id not in {by.id, *(user.id for user in colleagues(db, by=by))}:
        raise RuleBroken(_l("Choose a colleague of your own State."))
    wanted = (RoutingRule.state_code == by.state_code, RoutingRule.area == folded, RoutingRule.user_id == user_id)
    if db.scalar(select(RoutingRule.id).where(*wanted)):
        raise RuleBroken(_l("This rule exists already."))
    db.add(RoutingRule(state_code=by.state_code, area=folded, user_id=user_id))


def remove_rule(db: Session, rule_id: int, *, by: User) -> None:
    """The rule holds no more."""
    found = db.scalar(select(RoutingRule).where(RoutingRule.id == rule_id, RoutingRule.state_code == by.state_code))
    if found is not None:
        db.delete(found)
