"""Whether the site is well: the database, the e-mail, the day's work. Counts and times, nothing of anybody (P5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import daily
from msixlite.models.daily import JobRun
from msixlite.models.mail import MailStatus, OutgoingMail

MAIL_LATE = timedelta(hours=1)
"""A mail that has waited for longer was put off again and again, or nobody sends."""
DAY_LATE = timedelta(hours=26)
"""What is done once a day is late after a day and two hours."""
FAILED_SINCE = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """What is counted, for administrators. `is_…` is what everybody is told."""

    mails_waiting: int
    oldest_mail: datetime | None
    """When the mail that waits longest was written."""
    mails_failed: int
    """Of the last day: refused, given up, or uncertain."""
    days_work_at: datetime | None
    backup_at: datetime | None
    now: datetime

    @property
    def is_mail_well(self) -> bool:
        return self.oldest_mail is None or self.now - self.oldest_mail <= MAIL_LATE

    @property
    def is_days_work_well(self) -> bool:
        return self.days_work_at is not None and self.now - self.days_work_at <= DAY_LATE

    @property
    def is_backup_well(self) -> bool:
        return self.backup_at is not None and self.now - self.backup_at <= DAY_LATE


def figures(db: Session, *, backup_at: datetime | None, now: datetime) -> Figures:
    """What the database says of the site. `backup_at`: when the newest backup was written, as its file says."""
    on_the_way = OutgoingMail.status.in_((MailStatus.WAITING, MailStatus.SENDING))
    failed = OutgoingMail.status.in_((MailStatus.REFUSED, MailStatus.GIVEN_UP, MailStatus.UNCERTAIN))
    waiting, oldest = db.execute(select(func.count(), func.min(OutgoingMail.written_at)).where(on_the_way)).one()
    lately = select(func.count()).where(failed, OutgoingMail.ended_at > now - FAILED_SINCE)
    return Figures(
        mails_waiting=waiting,
        oldest_mail=oldest,
        mails_failed=db.scalar(lately) or 0,
        days_work_at=db.scalar(select(JobRun.finished_at).where(JobRun.name == daily.DAYS_WORK.name)),
        backup_at=backup_at,
        now=now,
    )
