"""What became of the elements that a correction request means: seen in what later submissions changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import mde, record_history
from msixlite.models.corrections import CorrectionElement, CorrectionRequest, CorrectionStep
from msixlite.models.students import RecordChange
from msixlite.models.uploads import Submission
from msixlite.models.words import Sentence, _l, kept


@dataclass(frozen=True)
class Revision:
    """A change of an element that was meant, with the file that brought it."""

    element: CorrectionElement
    old: str
    new: str
    submission_id: int
    file_name: str
    received_at: datetime


def of_request(db: Session, request: CorrectionRequest) -> list[Revision]:
    """Every change since the request was entered, the oldest first."""
    return [
        Revision(element, row.old or "", row.new or "", row.submission_id, row.submission.file_name, _received(row))
        for row in _changes(db, request)
        for element in request.elements
        if _is_of(row, element)
    ]


def _changes(db: Session, request: CorrectionRequest) -> Sequence[RecordChange]:
    return db.scalars(
        select(RecordChange)
        .join(Submission, Submission.id == RecordChange.submission_id)
        .where(
            RecordChange.state_record_id.in_({one.state_record_id for one in request.elements}),
            Submission.received_at >= request.entered_at,
        )
        .options(joinedload(RecordChange.submission))
        .order_by(RecordChange.submission_id, RecordChange.id)
        .limit(record_history.MOST_CHANGES)
    ).all()


def _received(row: RecordChange) -> datetime:
    return row.submission.received_at


def _is_of(row: RecordChange, element: CorrectionElement) -> bool:
    """The element itself in its row; for what tells rows apart also a row that was added in its place."""
    if (row.state_record_id, row.section) != (element.state_record_id, element.section):
        return False
    if not row.element:
        return element.key in mde.SECTIONS[element.section].natural_key
    same_row = row.what == element.what or row.old == element.stored_as
    return same_row and row.element == mde.element(element.section, element.key).name


def see(db: Session, requests: Collection[CorrectionRequest]) -> int:
    """Tick what was to be corrected and has been changed; returns how many elements. To do it twice changes nothing."""
    return sum(_see(db, request) for request in requests)


def _see(db: Session, request: CorrectionRequest) -> int:
    waiting = [one for one in request.own_elements if one.accepted and one.revised_by_id is None]
    if not waiting:
        return 0
    found = {one.element: one for one in reversed(of_request(db, request)) if one.element in waiting}
    for element, revision in found.items():
        element.revised_by_id = revision.submission_id
        _note(db, request, element, revision)
    if found and len(found) == len(waiting):
        request.revised_at = max(one.received_at for one in found.values())
    db.flush()
    return len(found)


CAME = _l("Revised data: %(element)s came with the file %(file)s.")


def by_system(text: str) -> Sentence:
    """A step of the system itself, as it was stored."""
    return kept(text, CAME)


def _note(db: Session, request: CorrectionRequest, element: CorrectionElement, revision: Revision) -> None:
    name = mde.element(element.section, element.key).name
    text = CAME.about(element=name, file=revision.file_name)
    db.add(CorrectionStep(request_id=request.id, at=revision.received_at, by_id=None, status=None, text=text))


def after_submission(db: Session, submission: Submission) -> int:
    """What a submission that was just applied corrects."""
    return see(db, waiting(db, state=submission.state_code))


def waiting(db: Session, *, state: str | None = None) -> list[CorrectionRequest]:
    """Requests decided for the family whose revised data have not come yet; of one State, or of all."""
    wanted = select(CorrectionRequest).where(
        CorrectionRequest.revised_due_on.is_not(None), CorrectionRequest.revised_at.is_(None)
    )
    if state is not None:
        wanted = wanted.where(CorrectionRequest.state_code == state)
    return list(db.scalars(wanted.order_by(CorrectionRequest.id)))
