"""Submissions: a State's file is received, checked and applied in one transaction; faulty rows wait in quarantine."""

import hashlib
import logging
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, sessionmaker

from msixlite.domain import audit, places, students, upload_apply, upload_files, upload_plan, upload_rows
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.domain.upload_plan import Plan
from msixlite.domain.upload_rows import Row
from msixlite.models.base import OurSession
from msixlite.models.uploads import QuarantinedRow, Submission, SubmissionStatus
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, kept

log = logging.getLogger(__name__)
SHOWN_ROWS = 200
"""Rows in quarantine that one page shows; the rest is counted."""
MOST_TRIES = 3
"""So often a submission is begun; what ended the process each time is refused."""
_TRIES_BEFORE_LOCKING = 2
FAILED = _l("Something went wrong inside msixlite. Nothing was taken; please send it again.")


def receive(db: Session, *, state: str, file_name: str, path: Path, now: datetime, by: User | None) -> Submission:
    """Note that a file of the State has come. `by` is None for the command line. Reading it is `process`'s work."""
    if by is not None and not covers(by, Permission.UPLOAD_SUBMISSIONS, state=state):
        raise RuleBroken(_l("You may upload for your own State only."))
    if path.stat().st_size == 0:
        raise RuleBroken(_l("The file is empty."))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    submission = Submission(
        state_code=state,
        file_name=Path(file_name).name[-200:],
        sha256=digest,
        size=path.stat().st_size,
        received_at=now,
        uploaded_by_id=by.id if by else None,
    )
    db.add(submission)
    db.flush()
    return submission


def submissions(db: Session, *, by: User, limit: int = 50) -> list[Submission]:
    """What the person's State sent, the newest first."""
    sent = select(Submission).where(Submission.state_code == by.state_code)
    return list(db.scalars(sent.order_by(Submission.id.desc()).limit(limit)))


def get(db: Session, submission_id: int, *, by: User) -> Submission:
    """A submission of the person's own State; any other does not exist for them."""
    submission = db.get(Submission, submission_id, options=[joinedload(Submission.uploaded_by)])
    if submission is None or not covers(by, Permission.UPLOAD_SUBMISSIONS, state=submission.state_code):
        raise NotFound("submission")
    return submission


def quarantined(db: Session, submission: Submission) -> list[QuarantinedRow]:
    """The first rows of a submission that wait, in the order of the file."""
    rows = select(QuarantinedRow).where(QuarantinedRow.submission_id == submission.id)
    return list(db.scalars(rows.order_by(QuarantinedRow.id).limit(SHOWN_ROWS)))


def interrupted(db: Session) -> list[Submission]:
    """Submissions that were received and neither applied nor refused: a stop came between."""
    return list(db.scalars(select(Submission).where(Submission.status == SubmissionStatus.RECEIVED)))


@dataclass(frozen=True)
class Report:
    """What a submission did, or would do."""

    applied: bool
    rows_read: int
    new: int
    linked: int
    changed: int
    unchanged: int
    near_matches: int
    warnings: Sequence[str]
    quarantined: Sequence[Row]

    def summary(self) -> list[str]:
        """Lines for a terminal."""
        did = "Applied" if self.applied else "Would apply (nothing was changed)"
        return [
            f"{did}: {self.rows_read:,} rows read; {self.new:,} new children, {self.linked:,} linked "
            f"to children already here, {self.changed:,} changed, {self.unchanged:,} unchanged; "
            f"{self.near_matches:,} near matches.",
            *self.warnings,
            *([f"{len(self.quarantined):,} rows in quarantine:"] if self.quarantined else []),
            *(line for row in self.quarantined for line in _lines(row)),
        ]


def _lines(row: Row) -> Iterator[str]:
    for fault in row.faults:
        named = f"{fault.element} " if fault.element else ""
        yield f"  {row.table}, row {row.number}, {row.child_label}: {named}“{fault.value}” {fault.reason}."


def receive_file(
    sessions: sessionmaker[OurSession], path: Path, *, state: str, now: datetime, dry_run: bool = False
) -> Report:
    """The command line's way: take a file for a State now. Raises RuleBroken when the file is refused.

    With `dry_run` nothing is written.
    """
    if not path.is_file():
        raise RuleBroken(_l("There is no file %(path)s.", path=path))
    with sessions().reading() as db:
        code = places.get_state(db, state).code
    if dry_run:
        rows, warnings = _read(path, path.name, now.date())
        with sessions().reading() as db:
            plan = upload_plan.make(db, rows, state=code)
        return report(plan, warnings, applied=False)
    with sessions() as db, db.begin():
        submission_id = receive(db, state=code, file_name=path.name, path=path, now=now, by=None).id
    try:
        return _take(sessions, submission_id, path, now)
    except RuleBroken as rule:
        _refuse(sessions, submission_id, rule.sentence, now)
        raise


def process(sessions: sessionmaker[OurSession], submission_id: int, path: Path, *, now: datetime) -> None:
    """The pool's way: read, check and apply a received file, then remove it. Whatever happens is told in its row."""
    try:
        _count_try(sessions, submission_id)
        _take(sessions, submission_id, path, now)
    except RuleBroken as rule:
        _refuse(sessions, submission_id, rule.sentence, now)
    except Exception as fault:
        frames = "".join(traceback.format_tb(fault.__traceback__))
        log.error("Submission %s failed with %s:\n%s", submission_id, type(fault).__name__, frames)
        _refuse(sessions, submission_id, FAILED, now)
    path.unlink(missing_ok=True)


def _count_try(sessions: sessionmaker[OurSession], submission_id: int) -> None:
    """Count before reading: a file that ends the process must not be taken up at every start."""
    with sessions() as db, db.begin():
        submission = db.get_one(Submission, submission_id, with_for_update=True)
        submission.tries += 1
        tries = submission.tries
    if tries > MOST_TRIES:
        raise RuleBroken(
            _l("Reading this file ended msixlite %(most)s times, so it is not read again.", most=MOST_TRIES)
        )


def _refuse(sessions: sessionmaker[OurSession], submission_id: int, why: str, now: datetime) -> None:
    """Say why nothing was taken; unless a second server on the same database took it meanwhile."""
    with sessions() as db, db.begin():
        submission = db.get_one(Submission, submission_id, with_for_update=True)
        if submission.status is SubmissionStatus.RECEIVED:
            submission.status, submission.message = SubmissionStatus.REFUSED, why
            audit.record(
                db,
                at=now,
                action="uploads.refuse",
                outcome="refused",
                user_id=submission.uploaded_by_id,
                subject=f"submission {submission.id}",
            )


def _read(path: Path, file_name: str, today: date) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    warnings: list[str] = []
    for table in upload_files.read(path, file_name):
        said, checked = upload_rows.check_table(table, today=today)
        warnings += said
        rows += checked
    if not rows:
        raise RuleBroken(_l("The file holds headings, but no row."))
    return rows, warnings


def _take(sessions: sessionmaker[OurSession], submission_id: int, path: Path, now: datetime) -> Report:
    """Plan outside of the write lock; apply under it. A plan that another submission overtook is made anew."""
    with sessions().reading() as db:
        submission = db.get_one(Submission, submission_id)
        file_name, state = submission.file_name, submission.state_code
    rows, warnings = _read(path, file_name, now.date())
    for _ in range(_TRIES_BEFORE_LOCKING):
        with sessions().reading() as db:
            plan = upload_plan.make(db, rows, state=state)
        with sessions() as db, db.begin():
            students.lock_identities(db)
            if plan.mark == upload_plan.mark(db):
                return _apply(db, submission_id, plan, warnings, now)
    with sessions() as db, db.begin():
        students.lock_identities(db)
        return _apply(db, submission_id, upload_plan.make(db, rows, state=state), warnings, now)


def _apply(db: OurSession, submission_id: int, plan: Plan, warnings: list[str], now: datetime) -> Report:
    submission = db.get_one(Submission, submission_id, with_for_update=True)
    if submission.status is not SubmissionStatus.RECEIVED:
        raise RuleBroken(_l("This submission was taken already."))
    upload_apply.write(db, submission, plan, now=now)
    done = report(plan, warnings, applied=True)
    close(submission, done, now)
    audit.record(
        db,
        at=now,
        action="uploads.apply",
        outcome="ok",
        user_id=submission.uploaded_by_id,
        subject=f"submission {submission.id}",
        detail={"state": submission.state_code, "new": done.new, "linked": done.linked, "changed": done.changed},
    )
    return done


def warnings_of(submission: Submission) -> list[Sentence]:
    """What the sender should know of a file that was taken."""
    return [kept(warning, *upload_plan.WARNINGS) for warning in submission.warnings]


def report(plan: Plan, warnings: list[str], *, applied: bool) -> Report:
    """What the plan did, or would do."""
    truly_changed = sum(bool(changed.changes) for changed in plan.changed)
    return Report(
        applied=applied,
        rows_read=plan.rows_read,
        new=len(plan.new) - plan.linked,
        linked=plan.linked,
        changed=truly_changed,
        unchanged=plan.unchanged + len(plan.changed) - truly_changed,
        near_matches=plan.near_matches,
        warnings=[*warnings, *plan.warnings],
        quarantined=plan.quarantined,
    )


def close(submission: Submission, done: Report, now: datetime) -> None:
    """Note in the submission's row what it did."""
    submission.status, submission.applied_at = SubmissionStatus.APPLIED, now
    submission.rows_read, submission.rows_quarantined = done.rows_read, len(done.quarantined)
    submission.children_new, submission.children_linked = done.new, done.linked
    submission.children_changed, submission.children_unchanged = done.changed, done.unchanged
    submission.near_matches, submission.warnings = done.near_matches, list(done.warnings)
