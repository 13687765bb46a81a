"""Replies to a data request: acknowledge, state, what an upload brings, reopen, close, withdraw; and its clock."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import clocks, completeness, days, requests, worklist, worklist_desks
from msixlite.domain.errors import RuleBroken
from msixlite.domain.requests import LONGEST_TEXT, OPEN, UNACKNOWLEDGED, Side
from msixlite.domain.requests_asking import people_at, say, write
from msixlite.domain.upload_children import chunks
from msixlite.domain.worklist import Event
from msixlite.models.places import State
from msixlite.models.requests import DataRequest, RequestElement, RequestStatus
from msixlite.models.students import StateRecord
from msixlite.models.uploads import Submission
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, joined, kept

S = RequestStatus
SHORTEST_STATEMENT = 5
LONGEST_STATEMENT = 500


def _take(db: Session, request: DataRequest) -> None:
    """Lock the request for a deed: of two at once, the second sees what the first did."""
    db.scalar(select(DataRequest.id).where(DataRequest.id == request.id).with_for_update())
    db.refresh(request, ["status", "acknowledged_at", "raise_on", "ended_at"])


def _check(db: Session, request: DataRequest, end: RequestStatus, side: Side, now: datetime, by: User) -> None:
    _take(db, request)
    stands = requests.sides(db, request, today=days.today_of(by, now), by=by) & {side}
    if end not in requests.next_steps(request.status, stands):
        raise RuleBroken(
            _l(
                "A request that is “%(status)s” cannot become “%(end)s” here.",
                status=request.status.value,
                end=end.value,
            )
        )


def _words(text: str, *, wanted: str = "", longest: int = LONGEST_TEXT) -> str:
    if wanted and len(text.strip()) < SHORTEST_STATEMENT:
        raise RuleBroken(wanted)
    if len(text) > longest:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=longest))
    return text.strip()


SENT_UP = _l("Nobody acknowledged it in time; sent up to the %(level)s.")
CAME = _l("Came with %(file)s: %(elements)s")


def by_clock(text: str) -> Sentence:
    """What the clock or an upload wrote into the correspondence, as it was stored."""
    said = kept(text, SENT_UP, CAME)
    if said.message != CAME.message:
        return said
    elements = str(said.values["elements"]).split(", ")
    return CAME.about(file=said.values["file"], elements=joined(", ", map(kept, elements)))


# The asked State


def acknowledge(db: Session, request: DataRequest, *, now: datetime, by: User) -> None:
    """“I have it”: the person claims the worklist item."""
    _check(db, request, S.ACKNOWLEDGED, Side.ASKED, now, by)
    worklist.claim(db, request.id, now=now, by=by)
    _acknowledged(db, request, now, by)


def _acknowledged(db: Session, request: DataRequest, now: datetime, by: User) -> None:
    request.status, request.acknowledged_at, request.raise_on = S.ACKNOWLEDGED, now, None
    say(db, request, "", now, by, S.ACKNOWLEDGED)
    _tell_the_asker(db, request, now, by)


def answer(
    db: Session, request: DataRequest, *, element_ids: Collection[int], text: str, now: datetime, by: User
) -> None:
    """State why elements are not available. When none waits any more, the request is answered."""
    _check(db, request, S.ANSWERED, Side.ASKED, now, by)
    text = _words(text, wanted=_l("Write why it is not available."), longest=LONGEST_STATEMENT)
    stated = [element for element in request.waiting if element.id in element_ids]
    if request.waiting and not stated:
        raise RuleBroken(_l("Tick the elements that your answer is about."))
    item, mine = worklist.take(db, request.id, now=now, by=by)
    for element in stated:
        element.statement, element.stated_at, element.stated_by_id = text, now, by.id
    done = not request.waiting
    if done or item.owner is None:
        worklist.step(db, item, Event.ANSWER if done else Event.CLAIM, now=now, mine=mine, by=by)
        item.owner = item.owner or by
    _answered(request, S.ANSWERED if done else S.PARTLY_ANSWERED, now)
    about = f"{', '.join(element.name for element in stated)}: " if stated else ""
    say(db, request, f"{about}{text}", now, by, request.status)
    _tell_the_asker(db, request, now, by)


def _answered(request: DataRequest, status: RequestStatus, now: datetime) -> None:
    request.status, request.raise_on = status, None
    request.acknowledged_at = request.acknowledged_at or now
    request.answered_at = now if status is S.ANSWERED else None


def _tell_the_asker(db: Session, request: DataRequest, now: datetime, by: User | None) -> None:
    if by is None or request.asker_id != by.id:
        write(db, request, "data_request_reply", db.get_one(User, request.asker_id), now, by)


# Uploads


def note_upload(db: Session, student_ids: Collection[int], submission: Submission, *, now: datetime) -> int:
    """Tick off what the submission brought for these children; returns how many elements came."""
    came: dict[DataRequest, list[RequestElement]] = defaultdict(list)
    for chunk in chunks(sorted(student_ids)):
        for request, element in _asked_of(db, chunk, submission.state_code):
            came[request].append(element)
    records = _fresh(db, {element.state_record_id for elements in came.values() for element in elements})
    blank = {record.id: set(completeness.blank(record)) for record in records}
    return sum(_tick(db, request, elements, blank, submission, now) for request, elements in came.items())


def _asked_of(db: Session, student_ids: Sequence[int], state: str) -> Sequence[tuple[DataRequest, RequestElement]]:
    query = (
        select(DataRequest, RequestElement)
        .join(RequestElement, RequestElement.request_id == DataRequest.id)
        .join(StateRecord, StateRecord.id == RequestElement.state_record_id)
        .where(
            StateRecord.student_id.in_(student_ids),
            StateRecord.state_code == state,
            RequestElement.came_at.is_(None),
            DataRequest.status.in_((*OPEN, S.ANSWERED)),
        )
        .order_by(DataRequest.id, RequestElement.id)
    )
    return [(request, element) for request, element in db.execute(query.with_for_update(of=DataRequest))]


def _fresh(db: Session, record_ids: Collection[int]) -> list[StateRecord]:
    sections = (StateRecord.moves, StateRecord.enrollments, StateRecord.courses)
    query = select(StateRecord).options(*map(selectinload, sections)).execution_options(populate_existing=True)
    return [
        record for chunk in chunks(sorted(record_ids)) for record in db.scalars(query.where(StateRecord.id.in_(chunk)))
    ]


def _tick(
    db: Session,
    request: DataRequest,
    elements: Sequence[RequestElement],
    blank: dict[int, set[str]],
    submission: Submission,
    now: datetime,
) -> int:
    came = [element for element in elements if element.name not in blank[element.state_record_id]]
    if not came:
        return 0
    for element in came:
        element.came_at, element.submission_id = now, submission.id
    status = S.PARTLY_ANSWERED if request.waiting else S.ANSWERED
    if request.status is S.ANSWERED:
        status = S.ANSWERED
    elif status is S.ANSWERED:
        worklist.step(db, request.item, Event.SETTLE, now=now, by=None)
    _answered(request, status, now)
    names = ", ".join(element.name for element in came)
    say(db, request, CAME.about(file=submission.file_name, elements=names), now, None, status)
    _tell_the_asker(db, request, now, None)
    return len(came)


# Both sides


def write_line(db: Session, request: DataRequest, *, text: str, now: datetime, by: User) -> None:
    """A line of the correspondence that changes no state. It stays inside."""
    if not text.strip():
        raise RuleBroken(_l("Write something first."))
    say(db, request, _words(text), now, by)


# The asking side


def reopen(
    db: Session, request: DataRequest, *, element_ids: Collection[int], text: str, now: datetime, by: User
) -> None:
    """Something is missing still: the ticked elements wait again, with new clocks, where the request lay."""
    _check(db, request, S.STILL_MISSING, Side.ASKER, now, by)
    text = _words(text, wanted=_l("Write what is still missing."))
    for element in request.elements:
        if element.id in element_ids:
            element.came_at = element.submission_id = element.stated_at = element.stated_by_id = None
            element.statement = ""
    item, zone = request.item, request.asked_state.time_zone
    worklist.step(db, item, Event.RAISE_AGAIN, now=now, by=None)
    item.owner = None
    request.status, request.acknowledged_at, request.answered_at = S.STILL_MISSING, None, None
    request.acknowledge_due_on = min(clocks.request_acknowledge_due(now, zone), item.due_on)
    request.raise_on = clocks.request_raise_on(now, zone)
    say(db, request, text, now, by, S.STILL_MISSING)
    _tell_the_asked(db, request, "data_request", now, by)


def close(db: Session, request: DataRequest, *, text: str, now: datetime, by: User) -> None:
    """The asker has what was needed, or needs no more."""
    _end(db, request, S.CLOSED, text, now, by)


def withdraw(db: Session, request: DataRequest, *, text: str, now: datetime, by: User) -> None:
    """The asker takes the request back before it is answered."""
    _end(db, request, S.WITHDRAWN, text, now, by)


def _end(db: Session, request: DataRequest, end: RequestStatus, text: str, now: datetime, by: User) -> None:
    _check(db, request, end, Side.ASKER, now, by)
    request.status, request.ended_at, request.ended_by_id, request.raise_on = end, now, by.id, None
    say(db, request, _words(text), now, by, end)
    if request.item.is_open:
        worklist.step(db, request.item, Event.SETTLE, now=now, by=None)
        request.item.note = _l("Closed by the asker.") if end is S.CLOSED else _l("Withdrawn by the asker.")
        _tell_the_asked(db, request, "data_request_reply", now, by)


def _tell_the_asked(db: Session, request: DataRequest, kind: str, now: datetime, by: User | None) -> None:
    for person in people_at(
        db, worklist_desks.acting(request.item), today=clocks.day_in(now, request.asked_state.time_zone)
    ):
        if by is None or person.id != by.id:
            write(db, request, kind, person, now, by)


# What the clock does


def follow(db: Session, now: datetime) -> str:
    """Note what was claimed on the worklist, and send up what nobody acknowledged. To run it twice changes nothing."""
    query = select(DataRequest).where(DataRequest.status.in_(UNACKNOWLEDGED)).order_by(DataRequest.id)
    waiting = list(db.scalars(query.with_for_update(of=DataRequest)))
    claimed = [_note_claim(db, request, now) for request in waiting]
    raised = [_raise(db, request, now) for request in waiting]
    return f"{sum(claimed)} acknowledged, {sum(raised)} sent up"


def _note_claim(db: Session, request: DataRequest, now: datetime) -> bool:
    """Whoever claims the item on the worklist, or is given it, has it."""
    owner = request.item.owner
    if owner is None:
        return False
    _acknowledged(db, request, now, owner)
    return True


def _raise(db: Session, request: DataRequest, now: datetime) -> bool:
    """One level up after two working days; two more to the next one, up to the State's desk."""
    zone = db.get_one(State, request.asked_state_code).time_zone
    if request.raise_on is None or clocks.day_in(now, zone) <= request.raise_on:
        return False
    level = worklist_desks.raise_to_next(db, request.item, request.asked_state_code)
    request.raise_on = clocks.request_raise_on(now, zone) if level else None
    if level is None:
        return False
    worklist.step(db, request.item, Event.ESCALATE_OVERDUE, now=now, by=None)
    place = _l("State") if level is worklist_desks.TOP else _l("region")
    say(db, request, SENT_UP.about(level=place), now, None)
    _tell_the_asked(db, request, "data_request_raised", now, None)
    return True
