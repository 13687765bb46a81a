"""A child's enrollments on a line of time, in percent of its length: one lane a State."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from msixlite.domain.reported import Line

SHORTEST = 0.8
"""Percent: a stay of a few days must still be seen."""
USUAL_STAY = timedelta(days=300)
"""How far a stay is drawn whose end no State has reported, unless another begins or today comes first."""


@dataclass(frozen=True)
class Bar:
    """One stay."""

    left: float
    width: float
    open_end: bool
    """No withdrawal is reported."""
    grade: str


@dataclass(frozen=True)
class Timeline:
    """Bars by State, and where each year begins."""

    years: tuple[tuple[float, int], ...]
    lanes: dict[str, tuple[Bar, ...]]
    """States → bars, the State of the latest stay first."""


def timeline(enrollments: Sequence[Line], today: date) -> Timeline:
    """Enrollments (the newest first) as bars."""
    if not enrollments:
        return Timeline((), {})
    starts = [line["enrollment_date"] for line in enrollments]
    first = date(min(starts).year, 1, 1)
    ends = [_end(line, starts, today) for line in enrollments]
    last = max(*ends, today)
    share = 100 / max((last - first).days, 1)
    lanes: dict[str, list[Bar]] = {}
    for line, end in zip(enrollments, ends, strict=True):
        begun = line["enrollment_date"]
        bar = Bar(
            left=round((begun - first).days * share, 2),
            width=round(max((end - begun).days * share, SHORTEST), 2),
            open_end=line["withdrawal_date"] is None,
            grade=line["grade_level"] or "",
        )
        lanes.setdefault(line.states, []).append(bar)
    years = tuple(
        (round((date(year, 1, 1) - first).days * share, 2), year) for year in range(first.year, last.year + 1)
    )
    return Timeline(years, {states: tuple(bars) for states, bars in lanes.items()})


def _end(line: Line, starts: Sequence[date], today: date) -> date:
    begun: date = line["enrollment_date"]
    withdrawn: date | None = line["withdrawal_date"]
    if withdrawn is not None:
        return max(withdrawn, begun)
    later = [start for start in starts if start > begun]
    return max(min([begun + USUAL_STAY, today, *later]), begun)
