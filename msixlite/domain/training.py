"""Security and privacy training: a module for each kind of user, a short quiz, once a year (A3, A4, H1).

The modules are TOML files in `training_modules/`; what `common.toml` holds follows in each of them. Their translations
have the same names in a folder named by the language: `training_modules/es/`.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, days, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.training import OutsideTraining, StateTrainingText, TrainingAttempt
from msixlite.models.users import AccountStatus, DeedKind, Role, User
from msixlite.models.words import _l

_FOLDER = Path(__file__).parent / "training_modules"
_ENGLISH = "en"


@dataclass(frozen=True)
class Lesson:
    """A heading and its paragraphs; lines that begin with a dash are points of a list."""

    heading: str
    blocks: tuple[tuple[str, ...], ...]
    """Each block is one paragraph, or the points of a list (then each begins with "- ")."""


@dataclass(frozen=True)
class Question:
    """One question of the quiz with the number of its right answer, counted from 1."""

    ask: str
    choices: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True)
class Module:
    """What one kind of user learns."""

    key: str
    language: str
    """The language that it is written in, as BCP 47 names it: "en"."""
    title: str
    roles: frozenset[Role]
    lessons: tuple[Lesson, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Result:
    """A quiz that was sent in."""

    passed: bool
    right: int
    needed: int
    wrong: tuple[int, ...]
    """The numbers of the questions answered wrongly or not at all, counted from 1."""


@cache
def modules(language: str = _ENGLISH) -> dict[str, Module]:
    """Every module by its key, in the language where it has been translated, else in English."""
    return {path.stem: _module(path.stem, language) for path in sorted(_FOLDER.glob("*.toml")) if path.stem != "common"}


def _module(key: str, wanted: str) -> Module:
    language = wanted if _file("common", wanted).exists() and _file(key, wanted).exists() else _ENGLISH
    own, common = _read(key, language), _read("common", language)
    return Module(
        key=key,
        language=language,
        title=str(own["title"]),
        roles=frozenset(Role(role) for role in _read(key, _ENGLISH)["roles"]),
        lessons=tuple(_lesson(one) for one in (*own["lesson"], *common["lesson"])),
        questions=tuple(_question(one) for one in (*own["question"], *common["question"])),
    )


def _file(name: str, language: str) -> Path:
    folder = _FOLDER if language == _ENGLISH else _FOLDER / language
    return folder / f"{name}.toml"


def _read(name: str, language: str) -> dict[str, list[dict[str, object]]]:
    return tomllib.loads(_file(name, language).read_text(encoding="utf-8"))


def _lesson(written: Mapping[str, object]) -> Lesson:
    blocks = [block.strip() for block in str(written["text"]).strip().split("\n\n")]
    return Lesson(
        heading=str(written["heading"]),
        blocks=tuple(tuple(block.split("\n")) if block.startswith("- ") else (_joined(block),) for block in blocks),
    )


def _joined(block: str) -> str:
    return " ".join(block.split())


def _question(written: Mapping[str, object]) -> Question:
    choices = written["choices"]
    assert isinstance(choices, list)
    return Question(str(written["ask"]), tuple(choices), int(str(written["right"])), str(written["why"]))


def module_of(role: Role, language: str = _ENGLISH) -> Module:
    """The module that people of the role take, in the language where it has been translated, else in English."""
    return next(module for module in modules(language).values() if role in module.roles)


def grade(module: Module, answers: Mapping[int, int], *, pass_percent: int) -> Result:
    """How a quiz went: question number to choice number, both from 1."""
    wrong = tuple(
        number for number, question in enumerate(module.questions, 1) if answers.get(number) != question.right
    )
    right = len(module.questions) - len(wrong)
    needed = math.ceil(len(module.questions) * pass_percent / 100)
    return Result(right >= needed, right, needed, wrong)


def take_quiz(db: Session, answers: Mapping[int, int], *, pass_percent: int, now: datetime, by: User) -> Result:
    """Keep how the quiz of the person's own module went; a pass begins a new training year."""
    module = module_of(by.role)
    result = grade(module, answers, pass_percent=pass_percent)
    db.add(
        TrainingAttempt(
            user_id=by.id,
            module=module.key,
            taken_at=now,
            right=result.right,
            asked=len(module.questions),
            passed=result.passed,
        )
    )
    db.flush()
    return result


def passed_at(db: Session, user: User) -> datetime | None:
    """When the person last passed the module of their present role, or took training elsewhere in that role."""
    module = module_of(user.role).key
    passed = db.scalar(
        select(func.max(TrainingAttempt.taken_at)).where(
            TrainingAttempt.user_id == user.id, TrainingAttempt.module == module, TrainingAttempt.passed
        )
    )
    elsewhere = db.scalar(
        select(func.max(OutsideTraining.taken_on)).where(
            OutsideTraining.user_id == user.id, OutsideTraining.module == module
        )
    )
    return _later(passed, elsewhere)


def _later(passed: datetime | None, elsewhere: date | None) -> datetime | None:
    known = [one for one in (passed, clocks.midnight(elsewhere) if elsewhere else None) if one is not None]
    return max(known, default=None)


def must_train(db: Session, user: User, *, now: datetime) -> bool:
    """Whether the module of the present role was not passed within the last 365 days (A3, A4)."""
    passed = passed_at(db, user)
    return passed is None or now - passed > clocks.TRAINING_YEAR


def due_on(db: Session, user: User) -> date | None:
    """The last day of the person's training year; None before the first pass."""
    passed = passed_at(db, user)
    return (passed + clocks.TRAINING_YEAR).date() if passed else None


@dataclass(frozen=True)
class Due:
    """Somebody whose training is due soon, or missing."""

    user: User
    due_on: date | None
    """None: never passed."""


def due_soon(db: Session, *, now: datetime, by: User) -> list[Due]:
    """Active accounts within reach whose training ends within 30 days, is over, or never began; the first due first."""
    reach = users.within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    people = db.scalars(
        select(User)
        .options(joinedload(User.state), joinedload(User.region), joinedload(User.district))
        .where(User.status == AccountStatus.ACTIVE, *reach)
        .order_by(User.last_name, User.first_name)
    ).all()
    limit = (now + clocks.REMINDERS[0]).date()
    due = [Due(user, until) for user, until in due_dates(db, people) if until is None or until <= limit]
    return sorted(due, key=lambda one: one.due_on or date.min)


def due_dates(db: Session, people: Sequence[User]) -> list[tuple[User, date | None]]:
    """Each person with the end of their training year, in two queries for all; None: never trained."""
    attempt, outside = TrainingAttempt, OutsideTraining
    passed = _newest(
        db, select(attempt.user_id, attempt.module, func.max(attempt.taken_at)).where(attempt.passed), attempt
    )
    elsewhere = _newest(db, select(outside.user_id, outside.module, func.max(outside.taken_on)), outside)

    def until(user: User) -> date | None:
        key = (user.id, module_of(user.role).key)
        trained = _later(passed.get(key), elsewhere.get(key))
        return (trained + clocks.TRAINING_YEAR).date() if trained else None

    return [(user, until(user)) for user in people]


def _newest(
    db: Session, asked: Any, table: type[TrainingAttempt] | type[OutsideTraining]
) -> dict[tuple[int, str], Any]:
    rows = db.execute(asked.group_by(table.user_id, table.module)).all()
    return {(user_id, module): newest for user_id, module, newest in rows}


TAKEN = _l("on %(day)s, with certificate")


def record_outside(db: Session, user: User, *, taken_on: date, token: str, now: datetime, by: User) -> OutsideTraining:
    """Training that a person within reach took elsewhere; the certificate was checked and kept under the token (A3)."""
    users.get(db, user.id, by=by)
    if user.status is AccountStatus.DEACTIVATED:
        raise RuleBroken(_l("A deactivated account needs no training."))
    if taken_on > days.today_of(by, now):
        raise RuleBroken(_l("The training date lies in the future."))
    if now - clocks.midnight(taken_on) > clocks.TRAINING_YEAR:
        raise RuleBroken(_l("This training is older than a year and counts no more."))
    made = OutsideTraining(
        user_id=user.id,
        module=module_of(user.role).key,
        taken_on=taken_on,
        certificate_token=token,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    db.add(made)
    users.note(db, user, DeedKind.TRAINED, words=TAKEN.about(day=f"{taken_on:%m/%d/%Y}"), now=now, by=by)
    db.flush()
    return made


def outside_of(db: Session, user: User) -> Sequence[OutsideTraining]:
    """Training elsewhere of an account that was loaded within reach, the newest first."""
    return db.scalars(
        select(OutsideTraining).where(OutsideTraining.user_id == user.id).order_by(OutsideTraining.taken_on.desc())
    ).all()


def get_outside(db: Session, training_id: int, *, by: User) -> OutsideTraining:
    """One of them, of a person within reach."""
    found = db.get(OutsideTraining, training_id)
    if found is None:
        raise NotFound("certificate")
    users.get(db, found.user_id, by=by)
    return found


def state_text(db: Session, state_code: str | None) -> StateTrainingText | None:
    """What the State adds to every module."""
    return db.get(StateTrainingText, state_code) if state_code else None


def write_state_text(db: Session, *, text: str, now: datetime, by: User) -> StateTrainingText:
    """The State's own block, shown above the lessons."""
    if by.state_code is None:
        raise RuleBroken(_l("Only a State has a text of its own."))
    written = db.get(StateTrainingText, by.state_code)
    if written is None:
        written = StateTrainingText(state_code=by.state_code)
        db.add(written)
    written.text, written.changed_at, written.changed_by_id = text.replace("\r\n", "\n").strip(), now, by.id
    db.flush()
    return written
