"""What a State decides for itself: its settings, with the safe value wherever it has set none."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from msixlite.domain import clocks
from msixlite.domain.clocks import Due
from msixlite.domain.errors import NotAllowed, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.models.places import State
from msixlite.models.policy import DaysReading, StatePolicy, UploadSchedule
from msixlite.models.users import User, UserSession
from msixlite.models.words import _l
from msixlite.models.worklist import WorklistKind

LIMITS = {
    "first_reply_hours": (1, 24),
    "resolution_days": (1, 5),
    "escalation_days": (1, 20),
    "idle_minutes": (5, 30),
    "roles_per_account": (1, 3),
}
"""Setting → least and most: the rules' own times may be shortened, never stretched."""

LABELS = {
    "first_reply_hours": _l("First reply, in clock hours"),
    "resolution_days": _l("Resolved, in working days"),
    "escalation_days": _l("Working days after the due date until an item has run out"),
    "roles_per_account": _l("Roles that an account may have at a time"),
    "idle_minutes": _l("Signed out after so many minutes without activity"),
}

MOST_DOCUMENTS, LONGEST_DOCUMENT = 12, 160
"""Of the list that applications for an account must bring."""


def of(db: Session, state: str) -> StatePolicy:
    """The State's settings; the defaults where it has set none."""
    return db.get(StatePolicy, state) or defaults(state)


def defaults(state: str) -> StatePolicy:
    return StatePolicy(
        state_code=state,
        first_reply_hours=24,
        resolution_days=clocks.RESOLUTION_WORKING_DAYS,
        escalation_days=5,
        idle_minutes=clocks.IDLE_LIMIT // timedelta(minutes=1),
        single_administrator=False,
        approve_when_run_out=False,
        upload_schedule=UploadSchedule.NIGHTLY,
        days_reading=DaysReading.EARLIER,
        late_by_clock=False,
        account_documents="",
        roles_per_account=1,
    )


def account_documents(db: Session, state: str) -> list[str]:
    """What the State's applications for an account must bring besides the signed form (A30)."""
    return of(db, state).account_documents.splitlines()


def idle_minutes(db: Session, state: str | None) -> int:
    """After how many minutes without activity a session that begins now ends (A13); people without a State: 30.

    Waits for a change of the State's settings that is under way: no session begins with what no longer holds.
    """
    if state is None:
        return clocks.IDLE_LIMIT // timedelta(minutes=1)
    db.execute(select(State.code).where(State.code == state).with_for_update(read=True))
    return of(db, state).idle_minutes


def all_have(db: Session, states: Collection[str], setting: str) -> bool:
    """Whether every one of the States has switched the setting on."""
    column = getattr(StatePolicy, setting)
    return set(db.scalars(select(StatePolicy.state_code).where(StatePolicy.state_code.in_(states), column))) == set(
        states
    )


def due(db: Session, state: str, kind: WorklistKind, opened_at: datetime) -> Due:
    """When an item of the State that is opened now wants its first reply and its solution."""
    policy, place = of(db, state), db.get_one(State, state)
    days = policy.resolution_days
    if kind is WorklistKind.DATA_REQUEST:
        days = min(days, clocks.DATA_REQUEST_WORKING_DAYS)
    return clocks.worklist_due(opened_at, place.time_zone, reply_hours=policy.first_reply_hours, days=days)


def change(
    db: Session,
    state: str,
    *,
    first_reply_hours: int,
    resolution_days: int,
    escalation_days: int,
    single_administrator: bool,
    approve_when_run_out: bool,
    idle_minutes: int | None = None,
    upload_schedule: UploadSchedule | None = None,
    days_reading: DaysReading | None = None,
    late_by_clock: bool | None = None,
    account_documents: str | None = None,
    roles_per_account: int | None = None,
    by: User,
) -> StatePolicy:
    """Set the State's settings. Times of the worklist hold for items opened from now on, all others at once.

    None leaves a setting as it is. `account_documents`: one document a line. `roles_per_account`: for roles that are
    given from now on; `days_reading`: for days that are entered from now on.
    """
    if not covers(by, Permission.SET_STATE_POLICY, state=state):
        raise NotAllowed(_l("Only a State Data Administrator sets the State's policy."))
    times = {
        "first_reply_hours": first_reply_hours,
        "resolution_days": resolution_days,
        "escalation_days": escalation_days,
    }
    limits = {"idle_minutes": idle_minutes, "roles_per_account": roles_per_account}
    times |= {name: value for name, value in limits.items() if value is not None}
    for name, value in times.items():
        least, most = LIMITS[name]
        if not least <= value <= most:
            raise RuleBroken(
                _l("%(setting)s: choose %(least)s to %(most)s.", setting=LABELS[name], least=least, most=most)
            )
    documents = _read_documents(account_documents) if account_documents is not None else None
    db.execute(select(State.code).where(State.code == state).with_for_update(key_share=True))
    policy = db.get(StatePolicy, state, with_for_update=True)
    if policy is None:
        policy = defaults(state)
        db.add(policy)
    for name, value in times.items():
        setattr(policy, name, value)
    policy.single_administrator, policy.approve_when_run_out = single_administrator, approve_when_run_out
    policy.upload_schedule = upload_schedule or policy.upload_schedule
    policy.days_reading = days_reading or policy.days_reading
    if late_by_clock is not None:
        policy.late_by_clock = late_by_clock
    if documents is not None:
        policy.account_documents = "\n".join(documents)
    db.flush()
    _limit_sessions(db, policy)
    return policy


def _limit_sessions(db: Session, policy: StatePolicy) -> None:
    """Whoever of the State is signed in has the new limit at once."""
    people = select(User.id).where(User.state_code == policy.state_code)
    living = update(UserSession).where(UserSession.ended_at.is_(None), UserSession.user_id.in_(people))
    db.execute(living.values(idle_minutes=policy.idle_minutes))


def _read_documents(text: str) -> list[str]:
    lines = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    if len(lines) > MOST_DOCUMENTS or any(len(line) > LONGEST_DOCUMENT for line in lines):
        text = _l(
            "List at most %(most)s documents of at most %(longest)s characters each.",
            most=MOST_DOCUMENTS,
            longest=LONGEST_DOCUMENT,
        )
        raise RuleBroken(text)
    return lines
