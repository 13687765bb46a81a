"""The State records behind a child: why each was linked, and what each submission changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import matching_scoring, mde, merge_split_apply
from msixlite.domain.reported import Source
from msixlite.models.students import LinkDecision, RecordChange, StateRecord
from msixlite.models.uploads import Submission
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, kept

MOST_CHANGES = 1000
"""Changes that one page shows, the newest ones."""
OUTCOMES = {
    "new": _l("New child: an MSIX ID was given"),
    "linked": _l("Linked to a child already here"),
    "claimed": _l("Linked by the MSIX ID in the file"),
    "unlinked": _l("Taken off this child"),
    "merged": _l("Joined by a merge"),
    "unmerged": _l("Given back when a merge was undone"),
    "split": _l("Made another child by a split"),
    "unsplit": _l("Given back when a split was undone"),
}
BY_THE_SYSTEM = _l("the system")
WHOLE_ROW = _l("whole row")


@dataclass(frozen=True)
class Decision:
    """Why a State record was linked, or was not."""

    outcome: str
    score: float | None
    reasons: tuple[str, ...]
    model_version: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True)
class Change:
    """One element's old and new value."""

    section: str
    what: str
    element: str
    old: str
    new: str


@dataclass(frozen=True)
class SubmissionChanges:
    """What one submission changed in a State record."""

    submission_id: int
    file_name: str
    received_at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class StateHistory:
    """One State record, its decisions and its changes, the newest first."""

    source: Source
    name: str
    decisions: tuple[Decision, ...]
    submissions: tuple[SubmissionChanges, ...]


def read(db: Session, pairs: Sequence[tuple[Source, StateRecord]]) -> list[StateHistory]:
    """The history of the State records, in their order."""
    ids = [record.id for _, record in pairs]
    decisions, changes = _decisions(db, ids), _changes(db, ids)
    return [
        StateHistory(source, record.full_name, tuple(decisions[record.id]), tuple(_by_submission(changes[record.id])))
        for source, record in pairs
    ]


def reason(text: str) -> Sentence:
    """Why a State record was linked or not, as it was stored."""
    return kept(text, matching_scoring.NOT_LINKED, merge_split_apply.MERGE_UNDONE, merge_split_apply.SPLIT_UNDONE)


def _decisions(db: Session, record_ids: Sequence[int]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    rows = db.execute(
        select(LinkDecision, User)
        .outerjoin(User, User.id == LinkDecision.decided_by_id)
        .where(LinkDecision.state_record_id.in_(record_ids))
        .order_by(LinkDecision.id.desc())
    )
    for link, user in rows:
        found[link.state_record_id].append(
            Decision(
                outcome=OUTCOMES.get(link.outcome, link.outcome),
                score=link.score,
                reasons=tuple(reason(str(one)) for one in link.reasons),
                model_version=link.model_version,
                decided_at=link.decided_at,
                decided_by=user.full_name if user else BY_THE_SYSTEM,
            )
        )
    return found


def _changes(db: Session, record_ids: Sequence[int]) -> dict[int, list[RecordChange]]:
    found: dict[int, list[RecordChange]] = defaultdict(list)
    rows = db.scalars(
        select(RecordChange)
        .where(RecordChange.state_record_id.in_(record_ids))
        .options(joinedload(RecordChange.submission))
        .order_by(RecordChange.submission_id.desc(), RecordChange.id)
        .limit(MOST_CHANGES)
    )
    for row in rows:
        found[row.state_record_id].append(row)
    return found


def _by_submission(rows: Iterable[RecordChange]) -> list[SubmissionChanges]:
    together: dict[Submission, list[Change]] = defaultdict(list)
    for row in rows:
        together[row.submission].append(_change(row))
    return [
        SubmissionChanges(sent.id, sent.file_name, sent.received_at, tuple(changes))
        for sent, changes in together.items()
    ]


def _change(row: RecordChange) -> Change:
    return Change(
        section=mde.SECTIONS[row.section].title,
        what=row.what,
        element=kept(row.element) if row.element else WHOLE_ROW,
        old=row.old or "",
        new=row.new or "",
    )
