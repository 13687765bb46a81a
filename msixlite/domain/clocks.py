"""Every deadline: the rule, the calendar and the due date. Time is passed in, never read here."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

IDLE_LIMIT = timedelta(minutes=30)
"""Without activity for so long, a session ends (specification, Security Controls)."""
SESSION_LIMIT = timedelta(hours=12)
RULES_YEAR = timedelta(days=365)
"""Rules of Behavior are read again each year (specification, Responsibilities)."""
PASSWORD_AGE = timedelta(days=60)
"""The shorter of the specification's two readings: 60 and 90 calendar days."""
TEMPORARY_PASSWORD_LIFE = timedelta(hours=72)
FIRST_REPLY = timedelta(hours=24)
"""Clock hours to the first reply (specification, Emails on student moves)."""
RESOLUTION_WORKING_DAYS = 5
"""Working days to the solution (specification, Emails on student moves)."""
FORMER_STATE_WORKING_DAYS = 4
"""Working days in which the State that a child left sends what is new (34 CFR 200.85(b)(3)(iii))."""
MAIL_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
"""Between tries to send a mail; the last one repeats."""
MAIL_LAST_WORD = timedelta(hours=24)
"""Clock hours of tries, after which the sender hears that a mail did not go out."""

FEDERAL_CALENDAR = "federal holidays"


@dataclass(frozen=True)
class Deadline:
    """The name of a clock, how long it runs, in which days, and the rule that says so."""

    name: str
    length: str
    source: str


DEADLINES = (
    Deadline("Sign-out without activity", "30 minutes", "Specification, Security Controls"),
    Deadline("Sign-out in any case", "12 hours", "Setting"),
    Deadline("Rules of Behavior read again", "365 calendar days", "Specification, Responsibilities"),
    Deadline("Password expires", "60 calendar days", "Specification, Creating MSIX Users"),
    Deadline("One-time password expires", "72 clock hours", "Setting"),
    Deadline("Worklist item: first reply", "24 clock hours", "Specification, Emails on student moves"),
    Deadline("Worklist item: resolved", "5 working days", "Specification, Emails on student moves"),
    Deadline("Move notice: first reply", "24 clock hours", "Specification, Emails on student moves"),
    Deadline("Move notice: passed on to the next level without a reply", "24 clock hours", "Setting"),
    Deadline("Move notice: outcome", "5 working days", "Specification, Emails on student moves"),
    Deadline("Former State: what is new of a child that moved", "4 working days", "34 CFR 200.85(b)(3)(iii)"),
    Deadline("E-mail that cannot be sent: the sender is told", "24 clock hours", "Setting"),
)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _observed(day: date) -> date:
    """The working day on which a holiday of a fixed date is kept."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def federal_holidays(year: int) -> frozenset[date]:
    """The eleven federal holidays as observed (5 U.S.C. 6103)."""
    fixed = (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25))
    moving = (
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        _last_monday_of_may(year),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 10, 0, 2),
        _nth_weekday(year, 11, 3, 4),
    )
    next_new_year = _observed(date(year + 1, 1, 1))
    return frozenset((*map(_observed, fixed), *moving, next_new_year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no federal holiday."""
    return day.weekday() < 5 and day not in federal_holidays(day.year)


def add_working_days(start: date, count: int) -> date:
    """The working day that comes `count` working days after `start`; the start itself is not counted."""
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def near_match_due(opened_at: datetime) -> tuple[datetime, date, str]:
    """When a worklist item wants its first reply and its solution, and the calendar that counted them."""
    return (
        opened_at + FIRST_REPLY,
        add_working_days(opened_at.date(), RESOLUTION_WORKING_DAYS),
        FEDERAL_CALENDAR,
    )


def move_notice_due(sent_at: datetime, zone: str) -> tuple[datetime, date, str]:
    """When a move notice wants its first reply and its outcome, counted from the recipient's own day."""
    day = sent_at.astimezone(ZoneInfo(zone)).date()
    return sent_at + FIRST_REPLY, add_working_days(day, RESOLUTION_WORKING_DAYS), FEDERAL_CALENDAR


def former_state_due(told_at: datetime, zone: str) -> date:
    """The day by which the State that a child left sends what is new, counted from its own day of the notice."""
    return add_working_days(told_at.astimezone(ZoneInfo(zone)).date(), FORMER_STATE_WORKING_DAYS)


def next_mail_try(tries: int, *, now: datetime) -> datetime:
    """When a mail that was put off `tries` times is tried again."""
    return now + MAIL_WAITS[min(max(tries, 1), len(MAIL_WAITS)) - 1]


def age_on(birth_date: date, day: date) -> int:
    """Whole years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _anniversary(day: date, years: int) -> date:
    """The same day of a later year; 29 February becomes 1 March where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def eligibility_end(arrival: date, birth_date: date) -> date:
    """Last day of eligibility after a qualifying arrival (MDE 26).

    36 months after the arrival less one day, or the day before the 22nd birthday if that is earlier.
    """
    return min(_anniversary(arrival, 3), _anniversary(birth_date, 22)) - timedelta(days=1)
