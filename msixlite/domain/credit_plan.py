"""Graduation plans and what a child has earned toward one. Partial credit is an estimate; the school decides."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import names
from msixlite.domain.consolidated_record import ConsolidatedRecord
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.domain.reported import Line
from msixlite.models.credit_plan import GraduationPlan, PlanSubject
from msixlite.models.users import User
from msixlite.models.words import _l, joined

ESTIMATE = _l("Estimate, not a decision; the school decides.")
FORMULA = _l("partial credit = clock hours ÷ normal hours of a whole course (at most 1) × credits of a whole course")
MOST_SUBJECTS = 30
MOST_CREDITS = Decimal(99)
MOST_HOURS = 2_000


@dataclass(frozen=True)
class PartialCredit:
    """What the hours of an open course may be worth."""

    hours: int
    normal_hours: int
    course_credits: Decimal

    @property
    def credits(self) -> Decimal:
        """Rounded to hundredths."""
        share = min(Decimal(self.hours) / self.normal_hours, Decimal(1))
        return (share * self.course_credits).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def formula(self) -> str:
        """67 ÷ 135 × 1 = 0.50; a share over 1 is written as 1."""
        share = _l("1 (more hours than a whole course)") if self.hours > self.normal_hours else self._share
        return joined("", (share, f" × {_plain(self.course_credits)} = {_plain(self.credits)}"))

    @property
    def _share(self) -> str:
        return f"{self.hours} ÷ {self.normal_hours}"


@dataclass(frozen=True)
class OpenCourse:
    """A course to finish."""

    line: Line
    partial: PartialCredit | None
    no_estimate: str
    """Why there is none, in words."""


@dataclass(frozen=True)
class SubjectProgress:
    """One subject: wanted, earned, open."""

    subject: str
    wanted: Decimal | None
    """Empty: the plan does not name the subject, or there is no plan."""
    earned: Decimal
    open_courses: tuple[OpenCourse, ...] = ()

    @property
    def missing(self) -> Decimal | None:
        """Credits still to earn, without any estimate."""
        return None if self.wanted is None else max(self.wanted - self.earned, Decimal(0))

    @property
    def estimated(self) -> Decimal:
        """Sum of the partial credits."""
        return sum((one.partial.credits for one in self.open_courses if one.partial), Decimal(0))


@dataclass(frozen=True)
class Progress:
    """A child's courses against a plan."""

    plan: GraduationPlan | None
    subjects: list[SubjectProgress] = field(default_factory=list)
    conflicts: list[Line] = field(default_factory=list)
    """Courses of which two States report different values."""

    @property
    def open_courses(self) -> list[OpenCourse]:
        return [one for subject in self.subjects for one in subject.open_courses]

    @property
    def earned(self) -> Decimal:
        return sum((one.earned for one in self.subjects), Decimal(0))

    @property
    def wanted(self) -> Decimal:
        return sum((one.wanted for one in self.subjects if one.wanted is not None), Decimal(0))

    @property
    def missing(self) -> Decimal:
        return sum((one.missing for one in self.subjects if one.missing is not None), Decimal(0))

    @property
    def estimated(self) -> Decimal:
        return sum((one.estimated for one in self.subjects), Decimal(0))


def progress(record: ConsolidatedRecord, plan: GraduationPlan | None) -> Progress:
    """What the record says of each subject of the plan, then of the subjects that it does not name."""
    courses = [course for of_year in record.courses.values() for course in of_year]
    wanted = list(plan.subjects) if plan else []
    by_name = {name: subject for subject in reversed(wanted) for name in _names(subject)}
    found: dict[str, list[Line]] = {subject.subject: [] for subject in wanted}
    for course in courses:
        reported = course["subject"] or ""
        subject = by_name.get(names.fold(reported))
        found.setdefault(subject.subject if subject else reported or _l("Subject not reported"), []).append(course)
    plans = {subject.subject: subject for subject in wanted}
    open_lines = {id(line) for line in record.open_courses}
    return Progress(
        plan,
        [_subject(name, lines, plans.get(name), open_lines) for name, lines in found.items()],
        [course for course in courses if course.differences],
    )


def _names(subject: PlanSubject) -> set[str]:
    return {names.fold(name) for name in (subject.subject, *subject.other_names.split(",")) if name.strip()}


def _subject(
    name: str, lines: Iterable[Line], subject: PlanSubject | None, open_lines: Collection[int]
) -> SubjectProgress:
    lines = list(lines)
    return SubjectProgress(
        subject=name,
        wanted=subject.credits if subject else None,
        earned=sum((line["credits"] for line in lines if line["credits"] is not None), Decimal(0)),
        open_courses=tuple(_open_course(line, subject) for line in lines if id(line) in open_lines),
    )


def _open_course(line: Line, subject: PlanSubject | None) -> OpenCourse:
    hours = line["clock_hours"]
    if subject is None:
        return OpenCourse(line, None, _l("the subject is not in a plan"))
    if subject.course_hours is None:
        return OpenCourse(line, None, _l("the plan gives no normal hours"))
    if hours is None:
        return OpenCourse(line, None, _l("clock hours: %(missing)s", missing=line.missing))
    return OpenCourse(line, PartialCredit(hours, subject.course_hours, subject.course_credits), "")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


# The State's plans


def own(db: Session, *, by: User) -> list[GraduationPlan]:
    """The plans of the person's own State, the newest school year first."""
    return _plans(db, [by.state_code])


def for_child(db: Session, states: Sequence[str], *, by: User) -> list[GraduationPlan]:
    """Plans that may hold for a child: of the reader's State, then of the child's States."""
    order = [by.state_code, *states]
    return sorted(_plans(db, order), key=lambda plan: order.index(plan.state_code))


def _plans(db: Session, states: Sequence[str | None]) -> list[GraduationPlan]:
    return list(
        db.scalars(
            select(GraduationPlan)
            .where(or_(*(GraduationPlan.state_code == state for state in states)))
            .options(selectinload(GraduationPlan.subjects))
            .order_by(GraduationPlan.first_year.desc(), GraduationPlan.name)
        )
    )


def get(db: Session, plan_id: int, *, by: User) -> GraduationPlan:
    """A plan of the person's own State; any other does not exist for them."""
    plan = db.get(GraduationPlan, plan_id)
    if plan is None or not covers(by, Permission.SET_STATE_POLICY, state=plan.state_code):
        raise NotFound("graduation plan")
    return plan


@dataclass(frozen=True)
class Wanted:
    """One subject of a plan as it was filled in."""

    subject: str
    credits: Decimal
    course_credits: Decimal = Decimal(1)
    course_hours: int | None = None
    other_names: str = ""


def keep(
    db: Session,
    plan: GraduationPlan | None,
    *,
    name: str,
    first_year: str,
    subjects: Sequence[Wanted],
    now: datetime,
    by: User,
) -> GraduationPlan:
    """Make a plan of the person's own State, or change one. The school decides what counts, not the plan."""
    state = plan.state_code if plan else by.state_code
    if state is None or not covers(by, Permission.SET_STATE_POLICY, state=state):
        raise NotAllowed(_l("Only a State Data Administrator enters graduation plans."))
    _check(name, first_year, subjects)
    _check_is_new(db, plan, state, name.strip(), first_year)
    if plan is None:
        plan = GraduationPlan(state_code=state)
        db.add(plan)
    plan.name, plan.first_year = name.strip(), first_year
    plan.changed_at, plan.changed_by_id = now, by.id
    plan.subjects = [_plan_subject(position, one) for position, one in enumerate(subjects)]
    db.flush()
    return plan


def _plan_subject(position: int, one: Wanted) -> PlanSubject:
    return PlanSubject(
        position=position,
        subject=one.subject.strip(),
        other_names=one.other_names.strip(),
        credits=one.credits,
        course_credits=one.course_credits,
        course_hours=one.course_hours,
    )


def _check(name: str, first_year: str, subjects: Sequence[Wanted]) -> None:
    if not name.strip():
        raise RuleBroken(_l("Give the plan a name."))
    years = re.fullmatch(r"(\d{4})-(\d{4})", first_year)
    if not years or int(years[2]) != int(years[1]) + 1:
        raise RuleBroken(_l("Type the school year as 2026-2027."))
    if not 0 < len(subjects) <= MOST_SUBJECTS:
        raise RuleBroken(_l("A plan has 1 to %(most)s subjects.", most=MOST_SUBJECTS))
    for one in subjects:
        _check_subject(one)
    folded = [
        names.fold(part) for one in subjects for part in (one.subject, *one.other_names.split(",")) if part.strip()
    ]
    twice = next((part for part in folded if folded.count(part) > 1), None)
    if twice:
        raise RuleBroken(
            _l("“%(twice)s” stands twice in the plan: a course must count in one place only.", twice=twice)
        )


def _check_subject(one: Wanted) -> None:
    if not one.subject.strip():
        raise RuleBroken(_l("Name each subject, or clear its whole line."))
    if not 0 < one.credits <= MOST_CREDITS or not 0 < one.course_credits <= MOST_CREDITS:
        raise RuleBroken(
            _l(
                "Credits of %(subject)s may be more than 0 and at most %(most)s.",
                subject=one.subject.strip(),
                most=MOST_CREDITS,
            )
        )
    if one.course_hours is not None and not 1 <= one.course_hours <= MOST_HOURS:
        raise RuleBroken(
            _l(
                "Normal hours of %(subject)s may be 1 to %(most)s.",
                subject=one.subject.strip(),
                most=MOST_HOURS,
            )
        )


def _check_is_new(db: Session, plan: GraduationPlan | None, state: str, name: str, first_year: str) -> None:
    same = db.scalar(
        select(GraduationPlan).where(
            GraduationPlan.state_code == state, GraduationPlan.name == name, GraduationPlan.first_year == first_year
        )
    )
    if same is not None and (plan is None or same.id != plan.id):
        raise RuleBroken(
            _l(
                "There is a plan “%(name)s” for %(first_year)s already: change that one.",
                name=name,
                first_year=first_year,
            )
        )


def remove(db: Session, plan: GraduationPlan) -> None:
    """Take a plan away. Records do not change: nothing of it was ever stored in one."""
    db.delete(plan)
    db.flush()
