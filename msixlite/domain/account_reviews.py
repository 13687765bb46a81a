"""The yearly review: an administrator looks at every account they manage, then signs (A36)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import access_notices, account_steps, clocks, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.account_reviews import AccountReview, ReviewDecision, ReviewLine
from msixlite.models.users import AccountStatus, DeedKind, User
from msixlite.models.words import _l

_RIGHT = Permission.UPDATE_USER_ACCOUNT_INFORMATION


def _own(by: User) -> list[ColumnElement[bool]]:
    """Reviews of the person's own reach: the region's, the State's, or that of all State User Administrators."""
    reach = reach_of(by, _RIGHT)
    if reach is None:
        return [false()]
    region_id = by.region_id if reach is Reach.REGION else None
    return [
        AccountReview.state_code.is_(None) if by.state_code is None else AccountReview.state_code == by.state_code,
        AccountReview.region_id.is_(None) if region_id is None else AccountReview.region_id == region_id,
    ]


def find(db: Session, *, by: User) -> Sequence[AccountReview]:
    """The reviews of the person's reach, the newest first."""
    return db.scalars(select(AccountReview).where(*_own(by)).order_by(AccountReview.id.desc())).all()


def is_due(db: Session, *, now: datetime, by: User) -> bool:
    """Whether none was signed within the last 365 days."""
    signed = db.scalar(select(func.max(AccountReview.signed_at)).where(*_own(by)))
    return signed is None or now - signed > clocks.REVIEW_YEAR


def get(db: Session, review_id: int, *, by: User, for_change: bool = False) -> AccountReview:
    """One review of the person's own reach."""
    asked = select(AccountReview).where(AccountReview.id == review_id, *_own(by))
    if for_change:
        asked = asked.with_for_update(of=AccountReview).execution_options(populate_existing=True)
    review = db.scalar(asked)
    if review is None:
        raise NotFound("review")
    return review


def lines(db: Session, review: AccountReview, *, by: User) -> Sequence[ReviewLine]:
    """The accounts of a review that are still within reach, by name; the person's own is not among them."""
    account = joinedload(ReviewLine.user)
    places = (account.joinedload(User.state), account.joinedload(User.region), account.joinedload(User.district))
    return db.scalars(
        select(ReviewLine)
        .join(ReviewLine.user)
        .options(*places)
        .where(ReviewLine.review_id == review.id, *users.within_reach(by, _RIGHT))
        .order_by(User.last_name, User.first_name, User.id)
    ).all()


def start(db: Session, *, now: datetime, by: User) -> AccountReview:
    """Begin this year's review with a line for every account that is not deactivated."""
    reach = reach_of(by, _RIGHT)
    if db.scalar(select(AccountReview.id).where(AccountReview.signed_at.is_(None), *_own(by))):
        raise RuleBroken(_l("A review is under way. Sign it before you begin the next."))
    review = AccountReview(
        state_code=by.state_code,
        region_id=by.region_id if reach is Reach.REGION else None,
        started_at=now,
        started_by_id=by.id,
    )
    db.add(review)
    db.flush()
    wanted = (User.status != AccountStatus.DEACTIVATED, *users.within_reach(by, _RIGHT))
    db.add_all(
        ReviewLine(review_id=review.id, user_id=user_id) for user_id in db.scalars(select(User.id).where(*wanted))
    )
    db.flush()
    return review


def decide(
    db: Session, line_id: int, decision: ReviewDecision, *, words: str, edition: int, now: datetime, by: User
) -> ReviewLine:
    """Keep; change, which puts the account on the administrator's list; or close, which deactivates it at once."""
    line = db.get(ReviewLine, line_id)
    if line is None:
        raise NotFound("line of a review")
    review = get(db, line.review_id, by=by, for_change=True)
    if review.signed_at:
        raise RuleBroken(_l("This review is signed; it does not change any more."))
    if line.decision is ReviewDecision.CLOSE:
        raise RuleBroken(_l("This account is closed already."))
    _carry_out(db, line, decision, words=words.strip(), edition=edition, now=now, by=by)
    line.decision, line.words, line.decided_at, line.decided_by_id = decision, words.strip()[:200], now, by.id
    return line


def _carry_out(
    db: Session, line: ReviewLine, decision: ReviewDecision, *, words: str, edition: int, now: datetime, by: User
) -> None:
    if decision is ReviewDecision.CLOSE:
        reason = words or _l("not needed any more (yearly review)")
        account_steps.take_step(
            db, line.user_id, account_steps.Step.DEACTIVATE, reason=reason, edition=edition, now=now, by=by
        )
        return
    user = users.open_for_change(db, line.user_id, _RIGHT, edition=edition, by=by)
    if decision is ReviewDecision.KEEP:
        users.note(db, user, DeedKind.CONFIRMED, words=words, now=now, by=by)
    else:
        access_notices.remember_to_change(db, user, words=f"Yearly review: {words}", now=now)


def sign(db: Session, review_id: int, *, now: datetime, by: User) -> AccountReview:
    """The administrator states that every account of their reach was looked at."""
    review = get(db, review_id, by=by, for_change=True)
    if review.signed_at:
        raise RuleBroken(_l("This review is signed already."))
    left = [line for line in lines(db, review, by=by) if line.decision is None]
    if left:
        raise RuleBroken(_l("%(left)s of the accounts are not decided yet. Decide on each, then sign.", left=len(left)))
    review.signed_at, review.signed_by_id = now, by.id
    return review
