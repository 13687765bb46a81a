"""Mending rows in quarantine where they stand: the values typed anew are checked, and what is right is taken."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from msixlite.domain import mde, students, upload_apply, upload_plan, upload_rows, uploads
from msixlite.domain.errors import RuleBroken
from msixlite.domain.mde import Element
from msixlite.domain.upload_rows import Row
from msixlite.models.base import OurSession
from msixlite.models.uploads import QuarantinedRow, Submission, SubmissionStatus
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, kept


@dataclass(frozen=True)
class Mended:
    """How many rows were taken, and how many of those that were typed anew still wait."""

    taken: int
    waiting: int


def to_mend(row: QuarantinedRow) -> list[tuple[Element, str, str]]:
    """The faulty elements of a row that can be typed anew: element, value as sent, why it was not taken.

    A row that contradicts another one, or waits for another one, has none.
    """
    if any(reason in upload_plan.WAITS for _, _, reason in row.faults):
        return []
    by_name = {element.name: element for element in mde.of_section(row.section).values()}
    return [
        (by_name[name], row.content.get(by_name[name].key, ""), _why(reason))
        for name, _, reason in row.faults
        if name in by_name
    ]


def faults(row: QuarantinedRow) -> list[tuple[Sentence, str, Sentence]]:
    """All that is wrong with a row: element, value as sent, why it was not taken."""
    return [(kept(name), value, _why(reason)) for name, value, reason in row.faults]


def _why(reason: str) -> Sentence:
    return kept(reason, *upload_rows.WITH_VALUES, upload_plan.OTHER_ROW)


def mend(
    db: OurSession,
    submission: Submission,
    typed: Mapping[int, Mapping[str, str]],
    *,
    now: datetime,
    by: User,
) -> Mended:
    """Take the rows of a submission whose typed values are right, with the rows of the same child that waited for them.

    `typed`: row → element key → value. What is still wrong keeps its new value and says why.
    """
    students.lock_identities(db)
    rows = [row for row in _waiting(db, submission) if row.id in typed]
    if not rows:
        raise RuleBroken(_l("These rows do not wait any more."))
    checked = {row.id: _check(row, typed[row.id], now) for row in rows}
    for row in rows:
        row.content = checked[row.id].content
        row.faults = [[one.element, one.value, one.reason] for one in checked[row.id].faults]
    right = [row for row in rows if not checked[row.id].faults]
    return Mended(_take(db, submission, right, now, by), len(rows) - len(right)) if right else Mended(0, len(rows))


def _waiting(db: OurSession, submission: Submission) -> Sequence[QuarantinedRow]:
    rows = select(QuarantinedRow).where(QuarantinedRow.submission_id == submission.id).order_by(QuarantinedRow.id)
    return db.scalars(rows.with_for_update()).all()


def _check(row: QuarantinedRow, values: Mapping[str, str], now: datetime) -> Row:
    known = {key: value for key, value in values.items() if key in mde.of_section(row.section)}
    return upload_rows.check_row(
        row.section, row.table_name, row.row_number, {**row.content, **known}, today=now.date()
    )


def _take(db: OurSession, submission: Submission, right: Collection[QuarantinedRow], now: datetime, by: User) -> int:
    """Apply the rows as a submission of their own; returns how many were taken."""
    together = {
        (row.section, row.table_name, row.row_number): row for row in [*right, *_followers(db, submission, right)]
    }
    checked = [_check(row, {}, now) for row in together.values()]
    plan = upload_plan.make(db, checked, state=submission.state_code)
    for refused in plan.quarantined:
        row = together.pop((refused.section, refused.table, refused.number))
        row.faults = [[one.element, one.value, one.reason] for one in refused.faults]
    plan.quarantined = []
    if not together:
        return 0
    made = _submission(submission, [row.content for row in together.values()], now, by)
    db.add(made)
    db.flush()
    upload_apply.write(db, made, plan, now=now)
    uploads.close(made, uploads.report(plan, [], applied=True), now)
    for row in together.values():
        db.delete(row)
    submission.rows_quarantined -= len(together)
    db.flush()
    return len(together)


def _followers(db: OurSession, submission: Submission, right: Collection[QuarantinedRow]) -> list[QuarantinedRow]:
    """Rows that waited for the Students row of one of these children."""
    children = {_child(row) for row in right if row.section == "student"}
    return [
        row
        for row in _waiting(db, submission)
        if _child(row) in children and any(reason in upload_plan.WAITS for _, _, reason in row.faults)
    ]


def _child(row: QuarantinedRow) -> tuple[str, ...]:
    return tuple(row.content.get(key, "") for key in mde.IDENTITY)


def _submission(origin: Submission, contents: list[dict[str, str]], now: datetime, by: User) -> Submission:
    sent = json.dumps(contents, sort_keys=True).encode()
    return Submission(
        state_code=origin.state_code,
        file_name=f"Mended rows of {origin.file_name}"[:200],
        sha256=hashlib.sha256(sent).hexdigest(),
        size=len(sent),
        status=SubmissionStatus.RECEIVED,
        received_at=now,
        uploaded_by_id=by.id,
    )
