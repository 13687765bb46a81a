"""Clock work: once for each period whatever the clock does, in one process of several, all or nothing."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from msixlite import site
from msixlite.domain import daily
from msixlite.models.users import PastSearch, User

ROOT = Path(__file__).resolve().parents[2]
CENTRAL = ZoneInfo("America/Chicago")
SCRIPT = """
import os, sys
from datetime import UTC, datetime
from msixlite import config, site
from msixlite.domain import daily
from tests.domain.test_daily import add_row

def job(db, limits, now):
    add_row(db, limits, now)
    db.flush()
    if sys.argv[1] == "dies":
        os._exit(9)
    return "done"

rows = daily.Job("rows", daily.each_day, job)
daily.run_job(site.prepare(config.load()), rows, None, now=datetime(2026, 11, 25, tzinfo=UTC))
"""


def add_row(db, _limits, now):
    """A job's work that can be counted."""
    user_id = db.scalar(select(func.min(User.id)))
    number = db.scalar(select(func.count()).select_from(PastSearch))
    db.add(PastSearch(token=f"job-{number}", user_id=user_id, text="job", searched_at=now))
    return "done"


@pytest.fixture
def sessions(settings):
    made = site.prepare(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def rows(db):
    """How often the job did its work."""

    def count():
        db.rollback()
        return db.scalar(select(func.count()).where(PastSearch.text == "job"))

    return count


LIMITS = daily.Limits(timedelta(days=90), timedelta(days=60), Path())
DAILY = daily.Job("rows", daily.each_day, add_row)
MINUTELY = daily.Job("rows", daily.each_minute, add_row)


def run_at(sessions, job, *moments):
    for moment in moments:
        daily.run_due(sessions, LIMITS, now=moment, jobs=(job,))


def test_once_a_day(sessions, rows):
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    run_at(sessions, DAILY, noon, noon + timedelta(hours=1), noon + timedelta(days=1))
    assert rows() == 2


def test_a_leap_day_is_a_day(sessions, rows):
    run_at(sessions, DAILY, *(datetime(2028, 2, 28, 12, tzinfo=UTC) + timedelta(days=at) for at in range(3)))
    assert rows() == 3


@pytest.mark.parametrize("night", [datetime(2026, 3, 8, tzinfo=CENTRAL), datetime(2026, 11, 1, tzinfo=CENTRAL)])
def test_no_minute_is_lost_or_doubled_when_daylight_saving_changes(sessions, rows, night):
    start = night.astimezone(UTC)
    moments = [(start + timedelta(minutes=30 * at)).astimezone(CENTRAL) for at in range(10)]
    run_at(sessions, MINUTELY, *moments, moments[-1])
    assert rows() == 10


def test_a_clock_set_back_stops_nothing(sessions, rows):
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    run_at(sessions, MINUTELY, noon + timedelta(days=400), noon, noon + timedelta(minutes=1))
    assert rows() == 3


def test_days_without_the_program_are_not_made_up_for(sessions, rows):
    run_at(sessions, DAILY, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    assert rows() == 2


def test_one_that_fails_changes_nothing_and_holds_up_no_other(sessions, rows):
    def fails(db, limits, now):
        add_row(db, limits, now)
        raise ValueError

    now = datetime(2026, 11, 25, tzinfo=UTC)
    failing = daily.Job("fails", daily.each_day, fails)
    outcomes = daily.run_due(sessions, LIMITS, now=now, jobs=(failing, DAILY))
    assert [(one.name, one.failed) for one in outcomes] == [("fails", True), ("rows", False)]
    assert rows() == 1
    assert daily.run_due(sessions, LIMITS, now=now, jobs=(failing, DAILY))[0].failed


def test_threads_side_by_side_run_it_once(sessions, rows):
    now = datetime(2026, 11, 25, tzinfo=UTC)
    workers = [
        threading.Thread(target=daily.run_due, args=(sessions, LIMITS), kwargs={"now": now, "jobs": (DAILY,)})
        for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert rows() == 1


def start_process(settings, how):
    environment = {
        "MSIXLITE_DATABASE_URL": settings.database_url,
        "MSIXLITE_INSTANCE": str(settings.instance),
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.Popen([sys.executable, "-c", SCRIPT, how], cwd=ROOT, env=environment)


def test_two_processes_at_once_run_it_once(settings, rows):
    processes = [start_process(settings, "lives") for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert rows() == 1


def test_one_that_died_in_the_middle_is_done_by_the_next(settings, rows):
    assert start_process(settings, "dies").wait() == 9
    assert rows() == 0
    assert start_process(settings, "lives").wait() == 0
    assert rows() == 1
