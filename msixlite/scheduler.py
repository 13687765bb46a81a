"""The clock in the process: once a minute the jobs that are due, then the outbox. Everything it does is in `domain`."""

from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import sessionmaker

from msixlite import mail_senders
from msixlite.config import Settings
from msixlite.domain import daily, mail
from msixlite.models.base import OurSession


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
    outcomes = daily.run_due(sessions, now=clock())
    sent = mail.deliver_due(sessions, mail_senders.sender(settings), clock=clock)
    if sent:
        outcomes.append(daily.Outcome("mail", f"{sent} tried"))
    return outcomes
