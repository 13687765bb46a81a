"""Applications for an account: requested, verified, approved, created or refused (rules A29, A30).

An application gives no access: only a User Administrator's own deed makes the account.
"""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts, clocks, names, policy, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import MANAGES, Permission, Reach, reach_of
from msixlite.models.account_requests import (
    AccountRequest,
    IdentityDocument,
    RequestDecision,
    RequestDocument,
    RequestStatus,
)
from msixlite.models.places import District
from msixlite.models.users import AccountStatus, Role, User
from msixlite.models.words import _l

_RIGHT = Permission.CREATE_USER_ACCOUNTS
REQUESTABLE = tuple(role for role in Role if role in MANAGES[Role.STATE_USER_ADMINISTRATOR])
"""Roles of the Department of Education are given on the command line (C17)."""


class RequestStep(enum.Enum):
    VERIFY = "verify"
    APPROVE = "approve"
    CREATE = "create"
    REFUSE = "refuse"


_S = RequestStatus
TRANSITIONS: dict[tuple[RequestStatus, RequestStep], RequestStatus] = {
    (_S.REQUESTED, RequestStep.VERIFY): _S.VERIFIED,
    (_S.VERIFIED, RequestStep.APPROVE): _S.APPROVED,
    (_S.APPROVED, RequestStep.CREATE): _S.CREATED,
    (_S.REQUESTED, RequestStep.REFUSE): _S.REFUSED,
    (_S.VERIFIED, RequestStep.REFUSE): _S.REFUSED,
    (_S.APPROVED, RequestStep.REFUSE): _S.REFUSED,
}
"""What may follow what. From created and refused nothing leads on."""
OPEN = (_S.REQUESTED, _S.VERIFIED, _S.APPROVED)


@dataclass(frozen=True)
class Application:
    """What the applicant and the verifying authority state."""

    first_name: str
    last_name: str
    title: str
    email: str
    phone: str
    work_address: str
    role: Role
    intended_use: str
    trained_on: date
    verifier_name: str
    verifier_title: str
    verifier_phone: str
    identity_document: IdentityDocument
    need_attested: bool


def submit(
    db: Session,
    application: Application,
    *,
    place: users.Place,
    form_token: str,
    now: datetime,
    documents: Collection[str] = (),
) -> AccountRequest:
    """A new application by somebody who has no account yet; it waits for the User Administrator of the place.

    `documents`: those of the State's list that the applicant ticked; all of them must be.
    """
    if application.role not in REQUESTABLE:
        raise RuleBroken(_l("Choose a role from the list."))
    if not application.need_attested:
        raise RuleBroken(_l("The verifying authority must confirm the need for access."))
    if names.fold(application.verifier_name) == names.fold(f"{application.first_name} {application.last_name}"):
        raise RuleBroken(_l("The verifying authority must be another person, your supervisor or above."))
    if application.trained_on > clocks.day_in(now, place.state.time_zone):
        raise RuleBroken(_l("The training date lies in the future."))
    wanted = policy.account_documents(db, place.state.code)
    if missing := [text for text in wanted if text not in documents]:
        named = "; ".join(missing)
        raise RuleBroken(_l("Tick each document that is in your PDF. Missing: %(documents)s.", documents=named))
    accounts.check_place(application.role, place.state, place.region, place.district)
    request = AccountRequest(
        **{field.name: getattr(application, field.name) for field in fields(application)},
        state_code=place.state.code,
        region_id=place.region.id if place.region else None,
        district_id=place.district.id if place.district else None,
        form_token=form_token,
        requested_at=now,
        documents=[RequestDocument(text=text) for text in wanted],
    )
    db.add(request)
    db.flush()
    return request


def _within_reach(by: User) -> list[ColumnElement[bool]]:
    """Applications for accounts that the person may create."""
    reach = reach_of(by, _RIGHT)
    if reach is None:
        return [false()]
    found: list[ColumnElement[bool]] = [AccountRequest.role.in_(MANAGES[by.role])]
    if reach is not Reach.NATION:
        found.append(AccountRequest.state_code == by.state_code)
    if reach is Reach.REGION:
        districts = select(District.id).where(District.region_id == by.region_id)
        found.append(or_(AccountRequest.region_id == by.region_id, AccountRequest.district_id.in_(districts)))
    return found


def find(db: Session, *, by: User, still_open: bool = True) -> Sequence[AccountRequest]:
    """Applications within reach, the oldest first; the open ones, or the decided ones."""
    status = AccountRequest.status.in_(OPEN) if still_open else AccountRequest.status.not_in(OPEN)
    places = (
        joinedload(AccountRequest.state),
        joinedload(AccountRequest.region),
        joinedload(AccountRequest.district),
    )
    return db.scalars(
        select(AccountRequest).options(*places).where(status, *_within_reach(by)).order_by(AccountRequest.id)
    ).all()


def count_open(db: Session, *, by: User) -> int:
    """How many applications wait within reach."""
    wanted = (AccountRequest.status.in_(OPEN), *_within_reach(by))
    return db.scalar(select(func.count()).select_from(AccountRequest).where(*wanted)) or 0


def get(db: Session, request_id: int, *, by: User, for_change: bool = False) -> AccountRequest:
    """One application within reach."""
    asked = select(AccountRequest).where(AccountRequest.id == request_id, *_within_reach(by))
    if for_change:
        asked = asked.with_for_update(of=AccountRequest).execution_options(populate_existing=True)
    request = db.scalar(asked)
    if request is None:
        raise NotFound("application")
    return request


def decisions(db: Session, request: AccountRequest) -> Sequence[RequestDecision]:
    """The steps of an application that was loaded within reach, in their order."""
    return db.scalars(
        select(RequestDecision).where(RequestDecision.request_id == request.id).order_by(RequestDecision.id)
    ).all()


def of_user(db: Session, user: User) -> AccountRequest | None:
    """The application that led to an account that was loaded within reach."""
    return db.scalar(select(AccountRequest).where(AccountRequest.user_id == user.id))


def take_step(
    db: Session,
    request_id: int,
    step: RequestStep,
    *,
    words: str,
    now: datetime,
    by: User,
    seen: Collection[int] = (),
) -> AccountRequest:
    """Verify, approve or refuse. To verify says how the authority was reached, to refuse says why.

    `seen`: numbers of the documents that whoever verifies has seen; all of the application's must be among them.
    """
    if step is RequestStep.CREATE:
        raise RuleBroken(_l("Create the account to complete this application."))
    if step in (RequestStep.VERIFY, RequestStep.REFUSE) and not words.strip():
        how, why = _l("Write how you reached the verifying authority."), _l("Write why you refuse.")
        raise RuleBroken(how if step is RequestStep.VERIFY else why)
    request = get(db, request_id, by=by, for_change=True)
    if step is RequestStep.VERIFY:
        _tick(request, seen, now=now, by=by)
    _move(db, request, step, words=words, now=now, by=by)
    return request


def _tick(request: AccountRequest, seen: Collection[int], *, now: datetime, by: User) -> None:
    if missing := [one.text for one in request.documents if one.id not in seen]:
        named = "; ".join(missing)
        raise RuleBroken(_l("Tick each document that you saw. Missing: %(documents)s.", documents=named))
    for one in request.documents:
        one.seen_at, one.seen_by_id = now, by.id


def _move(db: Session, request: AccountRequest, step: RequestStep, *, words: str, now: datetime, by: User) -> None:
    after = TRANSITIONS.get((request.status, step))
    if after is None:
        raise RuleBroken(
            _l("This application is %(status)s: look at it again, then decide.", status=request.status.value)
        )
    request.status = after
    db.add(RequestDecision(request_id=request.id, status=after, words=words.strip()[:300], at=now, by_id=by.id))


def create_account(
    db: Session, request_id: int, wanted: users.Wanted, *, password_hash: str, now: datetime, by: User
) -> User:
    """The account of an approved application."""
    request = get(db, request_id, by=by, for_change=True)
    _move(db, request, RequestStep.CREATE, words="", now=now, by=by)
    user = users.create(db, wanted, password_hash=password_hash, words=f"application {request.id}", now=now, by=by)
    request.user = user
    return user


def kept_until(db: Session, request: AccountRequest) -> date | None:
    """The last day on which the signed form must be there; None while access may still begin or goes on."""
    if request.user is not None:
        is_over, moment = request.user.status is AccountStatus.DEACTIVATED, request.user.status_changed_at
        return clocks.form_kept_until(moment) if is_over and moment else None
    if request.status is RequestStatus.REFUSED:
        return clocks.form_kept_until(decisions(db, request)[-1].at)
    return None


def remove_old_forms(db: Session, *, folder: Path, now: datetime) -> int:
    """Remove the forms whose three years are over, with the contact details beside them (C3); returns how many."""
    removed = 0
    for request in db.scalars(select(AccountRequest).where(AccountRequest.form_token != "")):
        until = kept_until(db, request)
        if until is None or until >= now.date():
            continue
        (folder / request.form_token).unlink(missing_ok=True)
        request.form_token = request.work_address = request.phone = request.verifier_phone = ""
        removed += 1
    return removed
