"""Upkeep of the tables that a search looks children up by. Deeds inside the caller's transaction; none commits."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, cast

from sqlalchemy import ARRAY, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain.search_likeness import LONG
from msixlite.models.base import Base
from msixlite.models.search import ChildName, NameKey, NamePair, NameToken
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord, Student

CHUNK = 5_000
"""Children refreshed together: bounds memory and the length of IN lists."""
KEY_LETTERS = 7
"""Letters left out of a word are taken from its beginning only (as SymSpell does): at most 29 keys a word."""
LONGEST = 60
"""Letters of a word that are kept: folding may lengthen a name beyond its column (ß becomes ss)."""


@dataclass(frozen=True)
class Naming:
    """One way in which a child is named and dated; equal ones of several States count once."""

    surnames: tuple[str, ...]
    given: tuple[str, ...]
    born: date


def refresh(db: Session, student_ids: Collection[int]) -> None:
    """Recompute all search rows of these students from all their State records."""
    db.flush()
    wanted = sorted(set(student_ids))
    for at in range(0, len(wanted), CHUNK):
        _refresh(db, wanted[at : at + CHUNK])


def _refresh(db: Session, ids: list[int]) -> None:
    stored, reported = _stored(db, ids), _reported(db, ids)
    changed = [student_id for student_id in ids if stored.get(student_id) != reported.get(student_id)]
    _replace_names(db, changed, reported)
    before, after = _words(stored, changed), _words(reported, changed)
    changed = [student_id for student_id in changed if before[student_id] != after[student_id]]
    if changed:
        _replace_words(db, changed, before, after)


Rows = dict[int, set[tuple[str, str, date, date]]]
"""Student → (surnames, given names, born, seen) of each naming."""
Words = dict[int, frozenset[str]]


def _stored(db: Session, ids: list[int]) -> Rows:
    columns = (ChildName.student_id, ChildName.surnames, ChildName.given, ChildName.born, ChildName.seen)
    rows: Rows = defaultdict(set)
    for student_id, surnames, given, born, seen in db.execute(select(*columns).where(ChildName.student_id.in_(ids))):
        rows[student_id].add((surnames, given, born, seen))
    return rows


def _reported(db: Session, ids: list[int]) -> Rows:
    r = StateRecord
    columns = (r.student_id, r.last_name_1, r.last_name_2, r.first_name, r.middle_name, r.birth_date)
    living = select(*columns).join(Student, Student.id == r.student_id)
    seen = _seen(db, ids)
    rows: Rows = defaultdict(set)
    for student_id, last_1, last_2, first, middle, born in db.execute(
        living.where(r.student_id.in_(ids), Student.merged_into_id.is_(None))
    ):
        surnames, given = _joined(last_1, last_2), _joined(first, middle)
        rows[student_id].add((surnames, given, born, seen.get(student_id, born)))
    return rows


def _joined(*parts: str | None) -> str:
    return " ".join(word[:LONGEST] for word in names.tokens(*parts))


def _seen(db: Session, ids: list[int]) -> dict[int, date]:
    """Student → last day on which any State saw the child."""
    seen: dict[int, date] = {}
    for model, days in (
        (Enrollment, (Enrollment.enrollment_date, Enrollment.withdrawal_date)),
        (QualifyingMove, (QualifyingMove.arrival_date,)),
    ):
        last = select(StateRecord.student_id, *map(func.max, days)).join(model, model.state_record_id == StateRecord.id)
        for student_id, *found in db.execute(
            last.where(StateRecord.student_id.in_(ids)).group_by(StateRecord.student_id)
        ):
            seen[student_id] = max(filter(None, (*found, seen.get(student_id))))
    return seen


def _replace_names(db: Session, changed: list[int], reported: Rows) -> None:
    if not changed:
        return
    db.execute(delete(_table(ChildName)).where(ChildName.student_id.in_(changed)))
    _insert(
        db,
        ChildName,
        (
            {"student_id": i, "number": n, "surnames": surnames, "given": given, "born": born, "seen": seen}
            for i in changed
            for n, (surnames, given, born, seen) in enumerate(sorted(reported.get(i, ())), start=1)
        ),
    )


def _words(rows: Rows, ids: list[int]) -> Words:
    """Student → all the words of all its namings."""
    return {
        student_id: frozenset(
            word
            for surnames, given, *_ in rows.get(student_id, ())
            for part in (surnames, given)
            for word in part.split()
        )
        for student_id in ids
    }


def _replace_words(db: Session, changed: list[int], before: Words, after: Words) -> None:
    counts = _change_of_counts(before, after)
    ids = _token_ids(db, frozenset().union(*before.values(), *after.values()))
    if counts:  # a merge may move words from one child to another and change no count
        db.execute(
            update(_table(NameToken))
            .where(NameToken.id == bindparam("token_id"))
            .values(children=NameToken.children + bindparam("more")),
            [{"token_id": ids[word], "more": more} for word, more in sorted(counts.items(), key=lambda c: ids[c[0]])],
        )
    _replace_pairs(db, changed, before, after, ids)


def _change_of_counts(before: Words, after: Words) -> dict[str, int]:
    """Word → by how many children more, or fewer, have it."""
    counts = Counter(word for words in after.values() for word in words)
    counts.subtract(word for words in before.values() for word in words)
    return {word: more for word, more in counts.items() if more}


def _replace_pairs(db: Session, changed: list[int], before: Words, after: Words, ids: dict[str, int]) -> None:
    gone, come = [], []
    for student_id in changed:
        old, new = (set(pairs(ids[word] for word in words[student_id])) for words in (before, after))
        gone += [(pair, student_id) for pair in old - new]
        come += [(pair, student_id) for pair in new - old]
    if gone:
        at = (NamePair.pair == bindparam("gone_pair"), NamePair.student_id == bindparam("gone_id"))
        db.execute(delete(_table(NamePair)).where(*at), [{"gone_pair": pair, "gone_id": i} for pair, i in sorted(gone)])
    _insert(db, NamePair, ({"pair": pair, "student_id": student_id} for pair, student_id in sorted(come)))


def pair_of(one: int, other: int) -> int:
    """The number of an unordered pair of word ids."""
    return one << 22 | other if one < other else other << 22 | one


def pairs(token_ids: Iterable[int]) -> Iterator[int]:
    """Each word with itself, and each with each other one."""
    listed = sorted(token_ids)
    yield from (token_id << 22 | token_id for token_id in listed)
    yield from (low << 22 | high for low, high in combinations(listed, 2))


def _token_ids(db: Session, words: Collection[str]) -> dict[str, int]:
    """Word → id; unknown words are added, with the keys that they are found by."""
    ids = _known_ids(db, words)
    missing = sorted(set(words) - ids.keys())
    if not missing:
        return ids
    _insert(db, NameToken, ({"token": word, "children": 0} for word in missing))
    added = _known_ids(db, missing)
    _insert(db, NameKey, sorted_rows({"key": key, "token_id": added[word]} for word in missing for key in keys(word)))
    return ids | added


def sorted_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in the order of their tree, which is the fastest to insert in."""
    return sorted(rows, key=lambda row: tuple(row.values()))


def _known_ids(db: Session, words: Collection[str]) -> dict[str, int]:
    listed = sorted(words)
    ids: dict[str, int] = {}
    for at in range(0, len(listed), CHUNK):
        known = select(NameToken.token, NameToken.id).where(NameToken.token.in_(listed[at : at + CHUNK]))
        ids.update((token, token_id) for token, token_id in db.execute(known))
    return ids


def _insert(db: Session, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Add rows; one that another upload has added at this moment stays as it is."""
    listed, table = list(rows), _table(model)
    if listed and db.get_bind().dialect.name == "postgresql":
        db.execute(_insert_columns(table, listed))
    elif listed:
        db.execute(sqlite.insert(table).on_conflict_do_nothing(), listed)


def _insert_columns(table: Table, rows: list[dict[str, Any]]) -> postgresql.Insert:
    """All rows in one statement, as an array for each column: 1.4 to 2 times as fast on PostgreSQL as one by one."""
    columns = [table.c[name] for name in rows[0]]
    arrays = [bindparam(None, [row[column.name] for row in rows], type_=ARRAY(column.type)) for column in columns]
    inserted = postgresql.insert(table).from_select(columns, select(*map(func.unnest, arrays)))
    return inserted.on_conflict_do_nothing()


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


def keys(word: str) -> set[str]:
    """What a misspelling of the word is found by: the word with letters left out, its sound (~), its consonants (=)."""
    found = _without_letters(word[:KEY_LETTERS], 2 if len(word) >= LONG else 1)
    found.add(f"~{names.sound(word)}")
    heard = {names.skeleton(word), names.skeleton(word.removeprefix("h"))}
    return found | {f"={consonants}" for consonants in heard if len(consonants) > 1}


def _without_letters(word: str, most: int) -> set[str]:
    """The word, and all that is left of it when up to so many letters are left out."""
    return {"".join(kept) for left_out in range(most + 1) for kept in combinations(word, len(word) - left_out) if kept}
