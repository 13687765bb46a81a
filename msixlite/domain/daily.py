"""What is done once a day, by `python3 app.py daily`. Each deed may run again at once and then does nothing more.

A feature adds a function here that returns what it did, in sentences.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from msixlite.domain import account_requests, audit, training, users, worklist_decisions


@dataclass(frozen=True)
class Limits:
    """The settings that the deeds need."""

    unused_for: timedelta
    account_forms: Path
    """The folder of the signed application forms."""


def run(db: Session, limits: Limits, *, now: datetime) -> list[str]:
    """Every deed, then one audit event that says what was done. The caller commits."""
    done = [deed(db, limits, now) for deed in DEEDS]
    audit.record(db, at=now, action="daily", outcome="ok", detail={"done": done})
    return done


def _disable_unused(db: Session, limits: Limits, now: datetime) -> str:
    disabled = users.disable_unused(db, unused_for=limits.unused_for, now=now)
    return f"Accounts disabled, because nobody used them for {limits.unused_for.days} days: {len(disabled)}"


def _remind_of_training(db: Session, _limits: Limits, now: datetime) -> str:
    return f"Training reminders: {len(training.remind(db, now=now))}"


def _remove_old_forms(db: Session, limits: Limits, now: datetime) -> str:
    removed = account_requests.remove_old_forms(db, folder=limits.account_forms, now=now)
    return f"Application forms removed, because their three years are over: {removed}"


def _worklist(db: Session, _limits: Limits, now: datetime) -> str:
    sent_up, approved = worklist_decisions.run_out(db, now=now)
    return f"Worklist items past due: {sent_up} sent to the State's desk, {approved} approved as the State set it"


DEEDS: tuple[Callable[[Session, Limits, datetime], str], ...] = (
    _disable_unused,
    _remind_of_training,
    _remove_old_forms,
    _worklist,
)
