"""Every deadline: the rule, the calendar and the due date. Time is passed in, never read here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msixlite.models.words import Sentence, _l, kept

IDLE_LIMIT = timedelta(minutes=30)
"""Without activity for so long, a session ends (specification, Security Controls); a State may shorten it (A13)."""
IDLE_WARNING = timedelta(minutes=5)
"""So long before that the page offers to stay signed in (WCAG 2.2.1)."""
SESSION_LIMIT = timedelta(hours=12)
RULES_YEAR = timedelta(days=365)
"""Rules of Behavior are read again each year (specification, Responsibilities)."""
PASSWORD_AGE = timedelta(days=60)
"""The shorter of the specification's two readings: 60 and 90 calendar days."""
TEMPORARY_PASSWORD_LIFE = timedelta(hours=72)
ROLE_AHEAD = timedelta(days=365)
"""A role is given for a beginning so far ahead at most (rule A14)."""
DORMANT = timedelta(days=180)
"""Without a sign-in for so long, an account stands on the review list, disabled ones too (A35)."""
DRAFT_LIFE = timedelta(hours=12)
"""A form that arrived after its session had ended is kept so long (A13)."""
APPLICATION_DRAFT_LIFE = timedelta(days=14)
"""An application for an account that is not sent yet is kept so long after it was last saved (A30)."""
UNUSED_WARNING = timedelta(days=60)
"""Without a sign-in for so long, an account is shown to its administrator (A35)."""
REVIEW_YEAR = timedelta(days=365)
"""Accounts are looked through once a year (A36)."""
FORM_YEARS = 3
"""An application form is kept so many years after the access ends (34 CFR 200.85(f)(4))."""
TRAINING_YEAR = timedelta(days=365)
"""Security and privacy training is taken again each year (specification, Responsibilities)."""
REMINDERS = (timedelta(days=30), timedelta(days=7))
"""Before training, Rules of Behavior or a password are due (A4, A22)."""
FIRST_REPLY = timedelta(hours=24)
"""Clock hours to the first reply (specification, Emails on student moves)."""
RESOLUTION_WORKING_DAYS = 5
"""Working days to the solution (specification, Emails on student moves)."""
FORMER_STATE_WORKING_DAYS = 4
"""Working days in which the State that a child left sends what is new (34 CFR 200.85(b)(3)(iii))."""
CORRECTION_DAYS = 30
"""Calendar days to acknowledge, investigate, decide and notify (34 CFR 200.85(e)(1))."""
CORRECTION_FORWARD_WORKING_DAYS = 4
"""Working days to forward a request to the State whose data are meant (34 CFR 200.85(e)(1))."""
CORRECTION_REVISED_WORKING_DAYS = 4
"""Working days from the decision to the revised data (34 CFR 200.85(e)(1))."""
CORRECTION_INQUIRY_WORKING_DAYS = 10
"""Working days to answer a State or the Department in writing (34 CFR 200.85(e)(2) and (3))."""
CORRECTION_REMINDERS = {"answer": 7, "forward": 1, "revised": 1, "inquiry": 2}
"""Calendar days before the earlier reading of a due date on which the State's office is reminded."""
MAIL_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))
"""Between tries to send a mail; the last one repeats."""
MAIL_LAST_WORD = timedelta(hours=24)
"""Clock hours of tries, after which the sender hears that a mail did not go out."""

TYPING_RESTS = timedelta(seconds=2)
"""Text that stays in the search box so long is a search, and is logged; each letter is not."""
PAST_SEARCH_LIFE = timedelta(days=30)
"""The address of a search's results works so long; then what was typed is deleted."""

DATA_REQUEST_WORKING_DAYS = 4
"""An interstate update has four working days (34 CFR 200.85(b)(3)(iii)); all other items have five."""
ACKNOWLEDGE_WORKING_DAYS = 4
"""Working days in which the asked State acknowledges a data request (practice of the States' worklists)."""
RAISE_WORKING_DAYS = 2
"""Working days without acknowledgement, after which a data request goes up one level (the same practice)."""
_PRACTICE = "Practice of the States' worklists"
QUIET_DAYS = 7
"""Calendar days without a file, after which the State's home page says so (specification, Record Maintenance)."""
_MOVES = "Specification, Emails on student moves"
_CORRECTIONS = "34 CFR 200.85(e)(1)"
_INQUIRIES = "34 CFR 200.85(e)(2) and (3)"

WASHINGTON = "America/New_York"
"""The clock of people without a State."""
FEDERAL_CALENDAR = _l("federal holidays")
CALENDAR_DAYS = _l("%(count)s calendar days from %(day)s")
WORKING_DAYS = _l("%(count)s working days from %(day)s, %(calendar)s")
WITHOUT_DAY = _l("%(count)s working days from %(day)s, %(calendar)s, without %(holiday)s")
WITHOUT_DAYS = _l("%(count)s working days from %(day)s, %(calendar)s, without %(holidays)s and %(holiday)s")


@dataclass(frozen=True)
class Deadline:
    """The name of a clock, how long it runs, in which days, and the rule that says so."""

    name: str
    length: str
    source: str


DEADLINES = (
    Deadline("Sign-out without activity", "30 minutes, or fewer as the State sets", "Specification, Security Controls"),
    Deadline("Warning before that sign-out", "5 minutes, or half of a limit below 10", "WCAG 2.2.1"),
    Deadline("Sign-out in any case", "12 hours", "Setting"),
    Deadline("Past searches deleted", "30 calendar days", "Setting"),
    Deadline("Text that rests in the search box is logged", "2 seconds", "Setting"),
    Deadline("Rules of Behavior read again", "365 calendar days", "Specification, Responsibilities"),
    Deadline("Password expires", "60 calendar days (setting: 1 to 90)", "Specification, Creating MSIX Users"),
    Deadline("One-time password expires", "72 clock hours", "Setting"),
    Deadline("Account not used: disabled", "90 calendar days", "Setting unused_days"),
    Deadline("Account not used: on the review list", "180 calendar days", "Setting"),
    Deadline("Form that arrived after sign-out: kept", "12 clock hours", "Setting"),
    Deadline("Account review by its administrator", "365 calendar days", "Setting"),
    Deadline("Application form kept after the access ends", "3 years", "34 CFR 200.85(f)(4)"),
    Deadline("Training taken again", "365 calendar days", "Specification, Responsibilities"),
    Deadline("Training, Rules of Behavior, password: reminders", "30 and 7 calendar days before", "Setting"),
    Deadline("Worklist item: first reply", "24 clock hours, or fewer as the State sets", _MOVES),
    Deadline("Worklist item: resolved", "5 working days, or fewer as the State sets", _MOVES),
    Deadline("Data request: answered", "4 working days", "34 CFR 200.85(b)(3)(iii)"),
    Deadline("Data request: acknowledged", "4 working days", "Practice of the States' worklists"),
    Deadline(
        "Data request: up one level without acknowledgement", "2 working days", "Practice of the States' worklists"
    ),
    Deadline("Worklist item past due: to the State's desk", "at the due date", "Setting"),
    Deadline("Worklist item at the State's desk: run out", "5 working days, as the State sets", "Setting"),
    Deadline("Move notice: first reply", "24 clock hours, or fewer as the State sets", _MOVES),
    Deadline("Move notice: passed on to the next level without a reply", "24 clock hours", "Setting"),
    Deadline("Move notice: outcome", "5 working days, or fewer as the State sets", _MOVES),
    Deadline("Former State: what is new of a child that moved", "4 working days", "34 CFR 200.85(b)(3)(iii)"),
    Deadline("State without a new file: alarm on home page", "7 calendar days", "Specification, Record Maintenance"),
    Deadline("State's file: overdue by its schedule", "1, 4 or 7 calendar days", "Specification, Record Maintenance"),
    Deadline("Upload after the start of enrollment", "10 calendar days", "The earlier of both readings"),
    Deadline("Upload after the end of a term", "30 calendar days", "34 CFR 200.85(b)(3)(ii)"),
    Deadline("Upload after a change of residence", "4 calendar days", "The earlier of both readings"),
    Deadline("Correction: acknowledged, investigated, decided, notified", "30 calendar days", _CORRECTIONS),
    Deadline("Correction of another State's data: forwarded to it", "4 working days", _CORRECTIONS),
    Deadline("Correction: revised data after the decision", "4 working days", _CORRECTIONS),
    Deadline("Correction: inquiry of a State or the Department answered", "10 working days", _INQUIRIES),
    Deadline("Correction: reminders before 30, 10 and 4 days are over", "7, 2 and 1 calendar days", "Setting"),
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


def day_in(now: datetime, time_zone: str) -> date:
    """Which day it is in a time zone."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def hour_in(now: datetime, time_zone: str) -> int:
    """The full hour, 0 to 23, in a time zone."""
    return now.astimezone(ZoneInfo(time_zone)).hour


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to `end`; negative when the end is past."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=one)) for one in range(1, (end - start).days + 1))


def midnight(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """When a worklist item wants its first reply and its solution, and how the days were counted."""

    reply_due_at: datetime
    due_on: date
    due_days: int
    due_calendar: str


def worklist_due(
    opened_at: datetime, time_zone: str, *, reply_hours: int = 24, days: int = RESOLUTION_WORKING_DAYS
) -> Due:
    """The clocks of an item. Its day begins where the State is: `time_zone` as in the IANA list."""
    due_on = add_working_days(day_in(opened_at, time_zone), days)
    return Due(opened_at + timedelta(hours=reply_hours), due_on, days, FEDERAL_CALENDAR)


def reply_is_late(reply_due_at: datetime, now: datetime, time_zone: str, *, by_clock: bool = False) -> bool:
    """24 clock hours run through the weekend, but a reply is late only from the next working day on.

    The specification has both readings; alerts follow the clock, a breach is counted by the milder one, or `by_clock`
    where the State has chosen that (C5). Its working days begin and end where the State is.
    """
    day = reply_due_at.astimezone(ZoneInfo(time_zone))
    while not (by_clock or is_working_day(day.date())):
        day += timedelta(days=1)
    return now > day


def reporting_year_start(day: date) -> date:
    """1 September: the reporting year of the Migrant Education Program runs to 31 August."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)


def former_state_due(told_at: datetime, zone: str) -> date:
    """The day by which the State that a child left sends what is new, counted from its own day of the notice."""
    return add_working_days(day_in(told_at, zone), FORMER_STATE_WORKING_DAYS)


def request_acknowledge_due(asked_at: datetime, zone: str) -> date:
    """The day by which the asked State acknowledges a data request, counted from its own day of it."""
    return add_working_days(day_in(asked_at, zone), ACKNOWLEDGE_WORKING_DAYS)


def request_raise_on(since: datetime, zone: str) -> date:
    """The last day on which an unacknowledged data request lies where it lies; when it is over, the request goes up."""
    return add_working_days(day_in(since, zone), RAISE_WORKING_DAYS)


@dataclass(frozen=True)
class Counted:
    """A due date, and in words how it was counted."""

    due_on: date
    words: str


def calendar_days(start: date, count: int) -> Counted:
    """So many calendar days after a day, which is not counted itself."""
    return Counted(start + timedelta(days=count), CALENDAR_DAYS.about(count=str(count), day=f"{start:%m/%d/%Y}"))


def working_days(start: date, count: int) -> Counted:
    """So many working days after a day, which is not counted itself. Names the holidays that were left out."""
    due_on = add_working_days(start, count)
    between = (start + timedelta(days=one) for one in range(1, (due_on - start).days))
    left_out = [f"{day:%m/%d/%Y}" for day in between if day.weekday() < 5 and not is_working_day(day)]
    values = {"count": str(count), "day": f"{start:%m/%d/%Y}", "calendar": FEDERAL_CALENDAR}
    if not left_out:
        return Counted(due_on, WORKING_DAYS.about(**values))
    *others, last = left_out
    if not others:
        return Counted(due_on, WITHOUT_DAY.about(**values, holiday=last))
    return Counted(due_on, WITHOUT_DAYS.about(**values, holidays=" and ".join(others), holiday=last))


def counted(text: str) -> Sentence:
    """How a due date was counted, as it was stored."""
    return kept(text, WITHOUT_DAYS, WITHOUT_DAY, WORKING_DAYS, CALENDAR_DAYS)


def idle_warning(limit: timedelta) -> timedelta:
    """How long before its end a session of this idle limit warns: 5 minutes, of a short limit its half."""
    return min(IDLE_WARNING, limit / 2)


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


def form_kept_until(ended_at: datetime) -> date:
    """The last day on which an application form must still be there."""
    return _anniversary(ended_at.date(), FORM_YEARS)


def eligibility_end(arrival: date, birth_date: date) -> date:
    """Last day of eligibility after a qualifying arrival (MDE 26).

    36 months after the arrival less one day, or the day before the 22nd birthday if that is earlier.
    """
    return min(_anniversary(arrival, 3), _anniversary(birth_date, 22)) - timedelta(days=1)


def qualifies_since(today: date) -> date:
    """The day 36 months ago: a qualifying move after it may still make a child eligible (34 CFR 200.81)."""
    return years_ago(today, 3)


def years_ago(today: date, years: int) -> date:
    """The same day of an earlier year; 29 February becomes 1 March where the year has none."""
    return _anniversary(today, -years)
