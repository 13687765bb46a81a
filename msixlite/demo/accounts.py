"""The people of the demo: two accounts or more for each of the eleven roles."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import accounts, training
from msixlite.models.places import District, Region, State
from msixlite.models.users import Role, User

STATES = ("TX", "VT")
LARGE_STATES = ("TX", "VT", "OH", "NC")
PEOPLE = (
    ("Rosa", "Ortiz"), ("Ben", "Carver"), ("Delia", "Montoya"), ("Sam", "Whitlock"), ("Irma", "Salas"),
    ("Owen", "Marsh"), ("Teresa", "Villanueva"), ("Grace", "Holloway"), ("Hector", "Ibarra"), ("June", "Abbott"),
    ("Nora", "Castellanos"), ("Paul", "Denning"), ("Alma", "Zamora"), ("Ruth", "Ellery"), ("Victor", "Palacios"),
    ("Clara", "Benson"), ("Martin", "Quiroga"), ("Edith", "Lowell"), ("Felix", "Aranda"), ("Helen", "Prescott"),
    ("Lucia", "Barrios"), ("Dana", "Fairbanks"), ("Ramon", "Escobedo"), ("Joan", "Sterling"), ("Pilar", "Cordero"),
    ("Keith", "Rowland"), ("Inez", "Tovar"), ("Mark", "Hadley"),
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """An account to be made."""

    role: Role
    state: str | None
    first_name: str
    last_name: str


def wanted() -> Iterator[Wanted]:
    """Every role in two States, the national ones twice, State Data Administrators in all four."""
    people = iter(PEOPLE)
    for role in Role:
        for state in _states_of(role):
            yield Wanted(role, state, *next(people))


def _states_of(role: Role) -> tuple[str | None, ...]:
    if role in accounts.NATIONAL_ROLES:
        return (None, None)
    return LARGE_STATES if role is Role.STATE_DATA_ADMINISTRATOR else STATES


def create(db: Session, account: Wanted, *, password_hash: str, now: datetime) -> User:
    """The account, in the first region and district of its State where its role wants them."""
    state = db.get(State, account.state) if account.state else None
    region = district = None
    if account.role in accounts.REGIONAL_ROLES:
        region = db.scalar(select(Region).where(Region.state_code == account.state).order_by(Region.id).limit(1))
    if account.role in (Role.DISTRICT_DATA_ADMINISTRATOR, Role.MSIX_PRIMARY, Role.MSIX_SECONDARY):
        district = db.scalar(
            select(District).where(District.state_code == account.state).order_by(District.id).limit(1)
        )
    name = f"{account.first_name[0]}{account.last_name}".lower()
    return accounts.create(
        db,
        user_name=name,
        email=f"{name}@example.gov",
        first_name=account.first_name,
        last_name=account.last_name,
        role=account.role,
        password_hash=password_hash,
        now=now,
        state=state,
        region=region,
        district=district,
        phone="(555) 555-0100",
        temporary_for=None,
    )


def make_ready(db: Session, user: User, *, now: datetime) -> None:
    """As after the first sign-in: the password stays, the Rules of Behavior are accepted, the training is passed."""
    user.must_change_password = False
    accounts.accept_rules(db, address="", now=now, by=user)
    right = {number: question.right for number, question in enumerate(training.module_of(user.role).questions, 1)}
    training.take_quiz(db, right, pass_percent=100, now=now, by=user)
