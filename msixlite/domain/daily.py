"""Clock work: named jobs, each `job(db, now)`, run by the scheduler in the process and by `python3 app.py daily`.

A job looks for what is due by now and does it once, by the state of its own rows: to run it twice changes nothing. It
runs in one transaction that holds the job's lock, so that of several processes one runs it; one that dies in the middle
has done nothing, and the next one does it all. Time is passed in, and periods are counted in UTC, which knows no
daylight saving.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from msixlite.domain import moves
from msixlite.models.base import OurSession
from msixlite.models.daily import JobRun

log = logging.getLogger(__name__)


def each_day(now: datetime) -> str:
    """The UTC day."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")


def each_minute(now: datetime) -> str:
    """The UTC minute."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class Job:
    """What runs, how often, and what it says of itself afterwards."""

    name: str
    period: Callable[[datetime], str]
    run: Callable[[Session, datetime], str]


JOBS: tuple[Job, ...] = (Job("move notices", each_minute, moves.follow),)


@dataclass(frozen=True)
class Outcome:
    """What became of a job: its own words, or that it failed."""

    name: str
    words: str
    failed: bool = False


def run_due(sessions: sessionmaker[OurSession], *, now: datetime, jobs: Sequence[Job] = JOBS) -> list[Outcome]:
    """Run each job that has not run for the present period. One that fails is tried at the next call, alone."""
    return [outcome for job in jobs if (outcome := _try(sessions, job, now)) is not None]


def _try(sessions: sessionmaker[OurSession], job: Job, now: datetime) -> Outcome | None:
    try:
        return run(sessions, job, now=now)
    except Exception:
        log.exception("The job %s failed; it is tried again.", job.name)
        return Outcome(job.name, "failed; it is tried again", failed=True)


def run(sessions: sessionmaker[OurSession], job: Job, *, now: datetime) -> Outcome | None:
    """Run the job unless it has run for this period; None if it had."""
    if _has_run(sessions, job, now):
        return None
    with sessions() as db, db.begin():
        row = db.scalar(select(JobRun).where(JobRun.name == job.name).with_for_update())
        if row is None or row.period == job.period(now):
            return None
        row.result = job.run(db, now)[:200]
        row.period, row.finished_at = job.period(now), now
        return Outcome(job.name, row.result)


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


def last_runs(db: Session) -> list[JobRun]:
    """Every job with the end of its last run."""
    return list(db.scalars(select(JobRun).order_by(JobRun.name)))
