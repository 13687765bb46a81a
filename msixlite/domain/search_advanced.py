"""Children who fit the form "More fields": first by what the database finds quickly, then by what must be compared."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from msixlite.domain import clocks, names, search_names, search_places, search_words
from msixlite.domain import search_statements as statements
from msixlite.domain.search_fields import Fields, Mode, letters
from msixlite.domain.search_patterns import fits, self_pairs
from msixlite.domain.search_pool import Pool, Ranked
from msixlite.models.search import ChildName, NamePair
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord
from msixlite.models.uploads import Submission
from msixlite.models.words import _l
from msixlite.models.worklist import DataQualityCase, WorklistItem

MOST = 3_000
"""Children who are compared one by one; of more, nobody would read the list."""


def find(db: Session, asked: Fields) -> tuple[Ranked, list[str]]:
    """The children who fit, the likeliest first, and what was tried."""
    tried = [_l("names: %(way)s", way=asked.way.label.changed(_small_first))] if asked.surnames or asked.given else []
    conditions = _conditions(db, asked)
    if asked.way is Mode.FUZZY and (asked.surnames or asked.given):
        ranked, ways = _fuzzy(db, asked, conditions)
        return ranked, ways
    return _strict(db, asked, conditions), [*tried, _l("all the other fields as typed")]


def _small_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def check_places(db: Session, asked: Fields) -> None:
    """Raise RuleBroken where a region, district or school is called by no known name."""
    _on_enrollment(db, asked)


def _fuzzy(db: Session, asked: Fields, conditions: list[ColumnElement[bool]]) -> tuple[Ranked, list[str]]:
    """Few children fit the other fields: all are compared. Many: those like the names are looked up first."""
    pool = search_words.understand(db, asked.criteria)
    if _narrow(asked):
        ids = _ids(db, conditions)
        if len(ids) < MOST:
            _consider(db, pool, ids)
            return _kept(db, asked, pool.ranked(), conditions), [
                _l("names however spelled, among the children who fit")
            ]
    ranked, ways = search_names.find(db, pool)
    return _kept(db, asked, ranked, conditions), ways


def _narrow(asked: Fields) -> bool:
    """Whether the other fields alone leave few children."""
    return bool(asked.district or asked.school or (asked.born and asked.born_within))


def _strict(db: Session, asked: Fields, conditions: list[ColumnElement[bool]]) -> Ranked:
    pool = Pool(asked.criteria, [asked.criteria.telling or ("",)], {})
    name_conditions = [_has_word(db, asked.way, word) for word in (*asked.surnames, *asked.given)]
    if asked.born and not asked.born_within:
        conditions = [*conditions, ChildName.born == asked.born]
    ids = _ids(db, [*name_conditions, *conditions])
    ids = [i for i, namings in _namings(db, ids).items() if any(_named(asked, one) for one in namings)]
    _consider(db, pool, ids)
    why = _WHY[asked.way] if asked.surnames or asked.given else _l("fits the fields")
    order = sorted(pool.children, key=lambda i: (round(pool.children[i][0], 2), -pool.children[i][3].toordinal(), i))
    return _kept(db, asked, [(i, why) for i in order], [])


_WHY = {
    Mode.FUZZY: _l("fits the fields"),
    Mode.EXACT: _l("exact name"),
    Mode.STARTS: _l("starts with"),
    Mode.WILDCARD: _l("fits * and ?"),
    Mode.SOUNDS: _l("sounds like"),
}


def _named(asked: Fields, naming: Any) -> bool:
    """Whether surnames are among the surnames and given names among the given names, in any order."""
    surnames, given = naming.surnames.split(), naming.given.split()
    return all(any(fits(asked.way, word, one) for one in surnames) for word in asked.surnames) and all(
        any(fits(asked.way, word, one) for one in given) for word in asked.given
    )


def _has_word(db: Session, mode: Mode, word: str) -> ColumnElement[bool]:
    pairs = self_pairs(db, mode, word)
    return ChildName.student_id.in_(select(NamePair.student_id).where(NamePair.pair.in_(pairs)))


def _ids(db: Session, conditions: list[ColumnElement[bool]]) -> list[int]:
    """So many children at most, the last seen first."""
    found = select(ChildName.student_id).where(*conditions).order_by(ChildName.seen.desc()).limit(MOST)
    return list(dict.fromkeys(db.scalars(found)))


def _namings(db: Session, ids: list[int]) -> dict[int, list[Any]]:
    rows: dict[int, list[Any]] = {}
    for row in statements.fetch(db, statements.OF_STUDENTS, students=ids):
        rows.setdefault(row.student_id, []).append(row)
    return rows


def _consider(db: Session, pool: Pool, ids: list[int]) -> None:
    pool.consider(statements.fetch(db, statements.OF_STUDENTS, students=ids))


def _kept(db: Session, asked: Fields, ranked: Ranked, conditions: list[ColumnElement[bool]]) -> Ranked:
    """Those of the ranked children who fit the rest of the form."""
    ids = [student_id for student_id, _ in ranked]
    if conditions and ids:
        ids = list(db.scalars(select(ChildName.student_id).where(ChildName.student_id.in_(ids), *conditions)))
    kept = set(ids) & _with_texts(db, asked, ids)
    return [each for each in ranked if each[0] in kept]


# What the database decides


def _conditions(db: Session, asked: Fields) -> list[ColumnElement[bool]]:
    """What a child must fit besides names and an exact birth date, on the rows of ChildName."""
    found: list[ColumnElement[bool]] = []
    if (days := asked.birth_days) and (asked.born is None or asked.born_within):
        found.append(ChildName.born.between(*days))
    record = _on_record(asked)
    if record:
        found.append(exists().where(StateRecord.student_id == ChildName.student_id, *record))
    if enrolled := _on_enrollment(db, asked):
        found.append(_has_enrollment(enrolled, latest=asked.latest))
    if asked.withdrawn:
        found.append(_has_enrollment([Enrollment.withdrawal_date.is_not(None)], latest=True))
    if moved := _on_move(asked):
        found.append(
            exists().where(
                StateRecord.student_id == ChildName.student_id, QualifyingMove.state_record_id == StateRecord.id, *moved
            )
        )
    if asked.open_item:
        found.append(_has_open_item())
    return found


def _on_record(asked: Fields) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.sex:
        found.append(StateRecord.sex == asked.sex)
    if asked.multiple_birth:
        found.append(StateRecord.multiple_birth == (asked.multiple_birth == "yes"))
    if asked.birth_state:
        found.append(StateRecord.birth_state == asked.birth_state)
    if asked.birth_country:
        found.append(StateRecord.birth_country == asked.birth_country)
    if asked.updated_since:
        since = clocks.midnight(asked.updated_since)
        found.append(StateRecord.submission_id.in_(select(Submission.id).where(Submission.received_at >= since)))
    return found


def _on_enrollment(db: Session, asked: Fields) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.state:
        found.append(StateRecord.state_code == asked.state)
    if asked.region:
        found.append(Enrollment.district_code.in_(search_places.districts_of_region(db, asked)))
    if asked.district:
        found.append(
            search_places.in_place(
                Enrollment.district_code, Enrollment.district_name, search_places.districts(db, asked)
            )
        )
    if asked.school:
        found.append(
            search_places.in_place(Enrollment.school_code, Enrollment.school_name, search_places.schools(db, asked))
        )
    if asked.grade:
        found.append(Enrollment.grade_level == asked.grade)
    if asked.out_of_school:
        found.append(Enrollment.grade_level == "OS")
    if asked.pfs:
        found.append(Enrollment.pfs.is_(True))
    if asked.enrolled_to:
        found.append(Enrollment.enrollment_date <= asked.enrolled_to)
    if asked.enrolled_from:
        ended = Enrollment.withdrawal_date
        found.append(
            or_(ended >= asked.enrolled_from, and_(ended.is_(None), Enrollment.enrollment_date >= asked.enrolled_from))
            if asked.enrolled_to is None
            else or_(ended >= asked.enrolled_from, ended.is_(None))
        )
    return found


def _has_enrollment(conditions: Iterable[ColumnElement[bool]], *, latest: bool) -> ColumnElement[bool]:
    found = (
        select(Enrollment.id)
        .join(StateRecord, StateRecord.id == Enrollment.state_record_id)
        .where(StateRecord.student_id == ChildName.student_id, *conditions)
    )
    if latest:
        later, other = aliased(Enrollment), aliased(StateRecord)
        found = found.where(
            ~exists(
                select(later.id)
                .join(other, other.id == later.state_record_id)
                .where(other.student_id == ChildName.student_id, later.enrollment_date > Enrollment.enrollment_date)
                .correlate(Enrollment, ChildName)
            )
        )
    return exists(found.correlate(ChildName))


def _on_move(asked: Fields) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.qad_from:
        found.append(QualifyingMove.arrival_date >= asked.qad_from)
    if asked.qad_to:
        found.append(QualifyingMove.arrival_date <= asked.qad_to)
    return found


def _has_open_item() -> ColumnElement[bool]:
    """A near match on either side, or a data quality item of the child."""
    of_child = select(StateRecord.id).where(StateRecord.student_id == ChildName.student_id).correlate(ChildName)
    cases = select(DataQualityCase.item_id).where(
        DataQualityCase.state_record_id.in_(of_child), DataQualityCase.mended_at.is_(None)
    )
    return exists().where(
        WorklistItem.resolved_at.is_(None),
        or_(
            WorklistItem.candidate_id == ChildName.student_id,
            WorklistItem.state_record_id.in_(of_child),
            WorklistItem.id.in_(cases),
        ),
    )


# What must be compared letter by letter


def _with_texts(db: Session, asked: Fields, ids: list[int]) -> set[int]:
    """The children whose cities, parents, suffix and eligibility fit."""
    kept = set(ids)
    if asked.birth_city or asked.parent or asked.suffix:
        kept &= {record.student_id for record in _records(db, ids) if _written_so(asked, record)}
    if asked.moved_from or asked.moved_to or asked.eligible_on:
        kept &= {student_id for student_id, born, move in _moves(db, ids) if _moved_so(asked, born, move)}
    return kept


def _records(db: Session, ids: list[int]) -> Iterable[Any]:
    r = StateRecord
    parents = (r.male_parent_first_name, r.male_parent_last_name, r.female_parent_first_name, r.female_parent_last_name)
    return db.execute(select(r.student_id, r.birth_city, r.suffix, *parents).where(r.student_id.in_(ids))).all()


def _written_so(asked: Fields, record: Any) -> bool:
    if asked.birth_city and not fits_text(asked.way, asked.birth_city, record.birth_city):
        return False
    if asked.suffix and names.suffix(asked.suffix) != names.suffix(record.suffix):
        return False
    if not asked.parent:
        return True
    parents = names.tokens(*record[-4:])
    return all(any(fits(asked.way, word, one) for one in parents) for word in asked.words_of(asked.parent))


def _moves(db: Session, ids: list[int]) -> Iterable[Any]:
    found = select(StateRecord.student_id, StateRecord.birth_date, QualifyingMove).join(
        QualifyingMove, QualifyingMove.state_record_id == StateRecord.id
    )
    return db.execute(found.where(StateRecord.student_id.in_(ids))).all()


def _moved_so(asked: Fields, born: Any, move: QualifyingMove) -> bool:
    if (asked.qad_from and move.arrival_date < asked.qad_from) or (asked.qad_to and move.arrival_date > asked.qad_to):
        return False
    if asked.moved_from and not any(
        fits_text(asked.way, asked.moved_from, place) for place in (move.from_city, move.from_state, move.from_country)
    ):
        return False
    if asked.moved_to and not any(
        fits_text(asked.way, asked.moved_to, place) for place in (move.to_city, move.to_state)
    ):
        return False
    ends = move.eligibility_end or clocks.eligibility_end(move.arrival_date, born)
    return asked.eligible_on is None or move.arrival_date <= asked.eligible_on <= ends


def fits_text(mode: Mode, typed: str, stored: str | None) -> bool:
    """A place as typed and as stored; "however spelled" takes what begins so or sounds so."""
    wanted, has = names.fold(typed), names.fold(stored or "")
    if mode is Mode.WILDCARD and letters(typed) != typed:
        return bool(has) and all(any(fits(mode, word, one) for one in has.split()) for word in typed.lower().split())
    return bool(has) and (
        has.startswith(wanted) or (mode is not Mode.EXACT and names.sound(has) == names.sound(wanted))
    )
