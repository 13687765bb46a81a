"""Clock work: named jobs, run by the scheduler in the process and by `python3 app.py daily`.

A job looks for what is due by now and does it once, by the state of its own rows: to run it twice changes nothing. It
runs in one transaction that holds the job's lock, so that of several processes one runs it; one that dies in the middle
has done nothing, and the next one does it all. Time is passed in, and periods are counted in UTC, which knows no
daylight saving.

A feature adds a deed to the day's work, or a job of its own, that returns what it did, in sentences.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from msixlite.domain import (
    account_request_drafts,
    account_requests,
    account_steps,
    audit,
    correction_clocks,
    data_quality_clock,
    drafts,
    moves_replies,
    reminders,
    requests_answers,
    role_assignments,
    saved_searches,
    worklist_decisions,
)
from msixlite.models.base import OurSession
from msixlite.models.daily import JobRun

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The settings that the jobs need."""

    unused_for: timedelta
    password_age: timedelta
    account_forms: Path
    """The folder of the signed application forms."""


# The day's work


def run(db: Session, limits: Limits, *, now: datetime) -> list[str]:
    """Every deed of the day, then one audit event that says what was done. The caller commits."""
    done = [deed(db, limits, now) for deed in DEEDS]
    audit.record(db, at=now, action="daily", outcome="ok", detail={"done": done})
    return done


def _follow_roles(db: Session, _limits: Limits, now: datetime) -> str:
    changed = role_assignments.follow_clock(db, now=now)
    return f"Accounts whose role ended or began by its days: {len(changed)}"


def _disable_unused(db: Session, limits: Limits, now: datetime) -> str:
    disabled = account_steps.disable_unused(db, unused_for=limits.unused_for, now=now)
    return f"Accounts disabled, because nobody used them for {limits.unused_for.days} days: {len(disabled)}"


def _remind(db: Session, limits: Limits, now: datetime) -> str:
    made = reminders.remind(db, password_age=limits.password_age, now=now)
    return f"Reminders of training, Rules of Behavior and passwords: {len(made)}"


def _remind_of_uploads(db: Session, _limits: Limits, now: datetime) -> str:
    made = reminders.remind_of_uploads(db, now=now)
    return f"Reminders of files that did not come by their State's schedule: {len(made)}"


def _forget_drafts(db: Session, _limits: Limits, now: datetime) -> str:
    return f"Forms that arrived too late, forgotten: {drafts.forget(db, now=now)}"


def _remove_old_forms(db: Session, limits: Limits, now: datetime) -> str:
    removed = account_requests.remove_old_forms(db, folder=limits.account_forms, now=now)
    return f"Application forms removed, because their three years are over: {removed}"


def _forget_applications(db: Session, _limits: Limits, now: datetime) -> str:
    forgotten = account_request_drafts.forget(db, now=now)
    return f"Unfinished applications removed, because their 14 days are over: {forgotten}"


def _worklist(db: Session, _limits: Limits, now: datetime) -> str:
    sent_up, approved = worklist_decisions.run_out(db, now=now)
    return f"Worklist items past due: {sent_up} sent to the State's desk, {approved} approved as the State set it"


def _corrections(db: Session, _limits: Limits, now: datetime) -> str:
    return correction_clocks.follow(db, now)


def _forget_searches(db: Session, _limits: Limits, now: datetime) -> str:
    return f"Past searches deleted, because they are older than 30 days: {saved_searches.forget_past(db, now=now)}"


DEEDS: tuple[Callable[[Session, Limits, datetime], str], ...] = (
    _disable_unused,
    _follow_roles,
    _remind,
    _remind_of_uploads,
    _forget_drafts,
    _remove_old_forms,
    _forget_applications,
    _worklist,
    _corrections,
    _forget_searches,
)


# Jobs


def each_day(now: datetime) -> str:
    """The UTC day."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")


def each_hour(now: datetime) -> str:
    """The UTC hour: somewhere a State's day begins at each."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H")


def each_minute(now: datetime) -> str:
    """The UTC minute."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class Job:
    """What runs, how often, and what it says of itself afterwards."""

    name: str
    period: Callable[[datetime], str]
    run: Callable[[Session, Limits, datetime], str]


def _days_work(db: Session, limits: Limits, now: datetime) -> str:
    return "\n".join(run(db, limits, now=now))


def _moves(db: Session, _limits: Limits, now: datetime) -> str:
    return moves_replies.follow(db, now)


def _requests(db: Session, _limits: Limits, now: datetime) -> str:
    return requests_answers.follow(db, now)


def _data_quality(db: Session, _limits: Limits, now: datetime) -> str:
    return data_quality_clock.follow(db, now)


DAYS_WORK = Job("day's work", each_day, _days_work)
JOBS = (
    DAYS_WORK,
    Job("roles", each_hour, _follow_roles),
    Job("worklist", each_hour, _worklist),
    Job("corrections", each_hour, _corrections),
    Job("data quality", each_hour, _data_quality),
    Job("move notices", each_minute, _moves),
    Job("data requests", each_minute, _requests),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its own words, or that it failed."""

    name: str
    words: str
    failed: bool = False


def run_due(
    sessions: sessionmaker[OurSession], limits: Limits, *, now: datetime, jobs: Sequence[Job] = JOBS
) -> list[Outcome]:
    """Run each job that has not run for the present period. One that fails is tried at the next call, alone."""
    return [outcome for job in jobs if (outcome := _try(sessions, job, limits, now)) is not None]


def _try(sessions: sessionmaker[OurSession], job: Job, limits: Limits, now: datetime) -> Outcome | None:
    try:
        return run_job(sessions, job, limits, now=now)
    except Exception:
        log.exception("The job %s failed; it is tried again.", job.name)
        return Outcome(job.name, f"The job “{job.name}” failed; it is tried again.", failed=True)


def run_job(
    sessions: sessionmaker[OurSession], job: Job, limits: Limits, *, now: datetime, again: bool = False
) -> Outcome | None:
    """Run the job unless it has run for this period; None if it had. `again`: run it all the same."""
    if _has_run(sessions, job, now) and not again:
        return None
    with sessions() as db, db.begin():
        row = db.scalar(select(JobRun).where(JobRun.name == job.name).with_for_update())
        if row is None or (row.period == job.period(now) and not again):
            return None
        words = job.run(db, limits, now)
        row.period, row.finished_at, row.result = job.period(now), now, words[:200]
        return Outcome(job.name, words)


def _has_run(sessions: sessionmaker[OurSession], job: Job, now: datetime) -> bool:
    """Looked up without a lock first: mostly there is nothing to do. Makes the job's row at its first time."""
    with sessions().reading() as db:
        row = db.get(JobRun, job.name)
        if row is not None:
            return row.period == job.period(now)
    try:
        with sessions() as db, db.begin():
            db.add(JobRun(name=job.name, period=""))
    except IntegrityError:
        log.info("Another process added the job %s at the same time.", job.name)
    return False
