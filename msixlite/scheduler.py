"""The clock in the process: once a minute the jobs that are due, then the outbox. Everything it does is in `domain`."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import sessionmaker

from msixlite import backups, mail_senders, site
from msixlite.config import Settings
from msixlite.domain import daily, mail
from msixlite.domain.errors import RuleBroken
from msixlite.models.base import OurSession

log = logging.getLogger(__name__)
CENTURY = timedelta(days=36_500)


def start(settings: Settings, sessions: sessionmaker[OurSession]) -> BackgroundScheduler:
    """Begin at once and go on each minute. A minute that was missed is no loss: each looks at all that is due."""
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(
        tick, "interval", (settings, sessions), seconds=60, misfire_grace_time=None, next_run_time=datetime.now(UTC)
    )
    scheduler.start()
    return scheduler


def tick(
    settings: Settings, sessions: sessionmaker[OurSession], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[daily.Outcome]:
    """Run what is due and send what waits; returns what was done."""
    outcomes = daily.run_due(sessions, limits(settings), now=clock())
    sent = mail.deliver_due(sessions, mail_senders.sender(settings), clock=clock)
    return [*outcomes, *_backup(settings, clock()), daily.Outcome("e-mail", f"E-mails tried: {sent}")]


def _backup(settings: Settings, now: datetime) -> list[daily.Outcome]:
    """The nightly backup; a failure is told, and tried again the next minute."""
    try:
        words = backups.nightly(settings, now=now)
    except (RuleBroken, OSError) as fault:
        log.error("The nightly backup failed: %s", fault)
        return [daily.Outcome("backup", f"The nightly backup failed: {fault}", failed=True)]
    return [daily.Outcome("backup", words)] if words else []


def days_work(settings: Settings, sessions: sessionmaker[OurSession]) -> list[daily.Outcome]:
    """The day's work, also where it was done today already: somebody asked for it."""
    done = daily.run_job(sessions, daily.DAYS_WORK, limits(settings), now=datetime.now(UTC), again=True)
    return [done] if done else []


def limits(settings: Settings) -> daily.Limits:
    """What the jobs need of the settings. A demo that was left alone for months still opens."""
    unused_for = CENTURY if site.is_demo(settings) else timedelta(days=settings.unused_days)
    return daily.Limits(unused_for, timedelta(days=settings.password_days), settings.account_forms)
