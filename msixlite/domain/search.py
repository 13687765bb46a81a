"""Find a child by whatever a person has: an ID, names however spelt, a birth date. Every reader finds in all States.

How: two words look up pairs of words, not words: thousands have "garcia", few have "garcia" and "guadalupe". A search
goes from sure to doubtful: children of that birth date and of exactly those words; words one error away; words two
errors away and neighbouring dates; single rare words. It stops when a step has filled the page or found the child.
The date is a part of the likeness and never a filter. docs/benchmarks.md has the figures.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple, cast

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain import search_statements as statements
from msixlite.domain.errors import NotAllowed
from msixlite.domain.permissions import Permission, allows
from msixlite.domain.search_index import keys, pair_of
from msixlite.domain.search_likeness import (
    UNLIKE,
    WHY,
    Kind,
    Likeness,
    Naming,
    compare_birth_dates,
    compare_names,
    compare_words,
    compare_years,
)
from msixlite.domain.search_text import Criteria, as_date, near_dates, read, telling
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User

__all__ = ["Criteria", "Found", "Hit", "find", "read"]

PAGE = 25
MOST_PAIRS = 300
MOST_ROWS = 2_000
"""Pairs looked up in one step, and about how many children may have them."""
USUAL = 400
"""Children who have a pair for which it is looked up after one with an error more."""


@dataclass(frozen=True)
class Hit:
    """A child found, as the list of results shows it."""

    msix_id: str
    name: str
    """As the newest State record writes it."""
    birth_date: date
    grade: str | None
    last_state: str
    last_place: str | None
    why: str
    states: list[str]
    enrolled_on: date | None
    withdrawn_on: date | None
    flags: list[str]
    other_names: list[str]


@dataclass(frozen=True)
class Found:
    """The best hits, the likeliest first."""

    hits: list[Hit] = field(default_factory=list)
    truncated: bool = False
    too_little: str = ""
    """A sentence when less was typed than a search needs."""
    tried: list[str] = field(default_factory=list)


def find(db: Session, criteria: Criteria, *, by: User) -> Found:
    """Children whom the criteria may mean, in all States."""
    if not allows(by, Permission.SEARCH_STUDENTS):
        raise NotAllowed("Your role may not search for students.")
    numbered, tried = _by_number(db, criteria)
    if numbered:
        return Found(_load(db, numbered), tried=tried)
    if sentence := _too_little(criteria):
        return Found(tried=tried) if tried and not criteria.words else Found(too_little=sentence)
    ranked, ways = _by_name(db, criteria)
    return Found(_load(db, ranked[:PAGE]), len(ranked) > PAGE, tried=tried + ways)


Ranked = list[tuple[int, str]]
"""Students, the likeliest first, each with why it was found."""


def _too_little(criteria: Criteria) -> str:
    """What to type more; empty when it is enough: two of surname, first name and birth date."""
    words = [word for word in criteria.telling if len(word) == 1 or word not in names.PARTICLES]
    if not words and criteria.born:
        return "Type a name too."
    if len(words) == 1 and not criteria.born:
        return "Type a birth date or another name too."
    if len(words) > 1 and not criteria.born and max(map(len, words)) < 2:
        return "Type more than initials, or a birth date too."
    return (
        "" if words else "Type a name and a birth date, an MSIX ID, or a State ID with its State, such as TX 44556677."
    )


# By number


def _by_number(db: Session, criteria: Criteria) -> tuple[Ranked, list[str]]:
    tried = []
    if criteria.msix_id:
        tried = ["the MSIX ID", "MSIX IDs that one wrong digit or two swapped ones turn into it"]
        for wanted, why in (([criteria.msix_id], "MSIX ID"), (_misread(criteria.msix_id), "MSIX ID nearly so")):
            if found := _survivors(db, Student.msix_id.in_(wanted), why):
                return found, tried
    if criteria.state_ids:
        tried += [f"State ID {number} of {state}" for state, number in criteria.state_ids[:1]]
        state, numbers = criteria.state_ids[0][0], _padded(number for _, number in criteria.state_ids)
        record = select(StateRecord.student_id).where(
            StateRecord.state_code == state, StateRecord.state_student_id.in_(numbers)
        )
        return _survivors(db, Student.id.in_(record), "State ID"), tried
    return [], tried


def _misread(msix_id: str) -> list[str]:
    """All numbers with one other digit, or two neighbouring digits swapped."""
    wrong = {msix_id[:at] + digit + msix_id[at + 1 :] for at, digit in product(range(12), "0123456789")}
    swapped = {msix_id[:at] + msix_id[at + 1] + msix_id[at] + msix_id[at + 2 :] for at in range(11)}
    return sorted(wrong | swapped)


def _padded(numbers: Iterable[str]) -> list[str]:
    """State IDs with fewer or more zeros in front, with and without hyphens, in either case: files differ in these."""
    plain = {form for number in numbers for form in (number, number.replace("-", ""), number.lower())}
    bare = {number.lstrip("0") or "0" for number in plain}
    return sorted(plain | {number.zfill(length) for number in bare for length in range(1, 16)})


def _survivors(db: Session, condition: ColumnElement[bool], why: str) -> Ranked:
    """The students of a condition, each merged-away one replaced by its survivor."""
    found = db.scalars(select(Student).where(condition).order_by(Student.id).limit(PAGE))
    return [(student_id, why) for student_id in dict.fromkeys(student.survivor.id for student in found)]


# By name


class _Token(NamedTuple):
    """A word of the index that a typed word may mean."""

    id: int
    text: str
    children: int


@dataclass
class _Pool:
    """The children considered so far, and how like they are."""

    criteria: Criteria
    spellings: list[tuple[str, ...]]
    """Ways to divide what was typed into words; the first one is as typed."""
    known: dict[str, _Token]
    children: dict[int, tuple[float, Kind, float, date]] = field(default_factory=dict)
    """Student → cost in all, kind of the name, cost of the date, last seen."""
    meant: dict[str, list[tuple[float, _Token]]] = field(default_factory=dict)
    """Typed word → what it may mean, each with the cost of the error."""
    population: int = 1

    def consider(self, rows: Iterable[Any]) -> None:
        """Compare the children of ChildName rows that were not compared before."""
        found: dict[int, list[Any]] = {}
        for row in rows:
            if row[0] not in self.children:
                found.setdefault(row[0], []).append(row)
        for student_id, listed in found.items():
            namings = [Naming(tuple(r[1].split()), tuple(r[2].split()), r[3]) for r in listed]
            self.children[student_id] = self._compared(namings, listed[0][4])

    def _compared(self, namings: list[Naming], seen: date) -> tuple[float, Kind, float, date]:
        name = compare_names(self.spellings[0], namings)
        for words in self.spellings[1:]:
            other = compare_names(words, namings)
            name = min(name, Likeness(other.cost + 0.2, other.kind))
        day = _date_cost(self.criteria, namings)
        return name.cost + day, name.kind, day, seen

    def ranked(self) -> Ranked:
        """The children like enough to show, the likeliest first, of equal ones the last seen first."""
        limit, limit_of_day = _limits(self.criteria)
        shown = [
            (round(cost, 2), -seen.toordinal(), student_id, kind, day)
            for student_id, (cost, kind, day, seen) in self.children.items()
            if cost <= (limit_of_day if day < 1 else limit)
        ]
        return [(student_id, _why(self.criteria, kind, day)) for *_, student_id, kind, day in sorted(shown)]

    def is_settled(self, cost: float) -> bool:
        """Whether a child of that cost was found, or a page of children with all the words begun right."""
        likeliest = min((child[0] for child in self.children.values()), default=UNLIKE)
        sure = sum(kind <= Kind.STARTS for _, kind, *_ in self.children.values())
        return likeliest <= cost or (sure >= PAGE and not self.criteria.born)


def _date_cost(criteria: Criteria, namings: Sequence[Naming]) -> float:
    if criteria.born:
        return compare_birth_dates(criteria.born, namings)
    return compare_years(criteria.year, namings) if criteria.year else 0.0


def _limits(criteria: Criteria) -> tuple[float, float]:
    """The cost above which a child is not worth showing, and the one for a child of the birth date typed."""
    words = len(criteria.telling)
    limit = 3.6 + 2.2 * words if criteria.born or words > 2 else 6.6
    return limit, UNLIKE * words if criteria.born else limit


def _why(criteria: Criteria, kind: Kind, day: float) -> str:
    if not criteria.born:
        return WHY[kind]
    if kind >= Kind.NEARLY and day < 1:
        return "birth date; name nearly" if kind is Kind.NEARLY else "birth date; name differs"
    return WHY[kind] if day < 1 else f"{WHY[kind]}; birth date {'nearly' if day < 4 else 'differs'}"


def _by_name(db: Session, criteria: Criteria) -> tuple[Ranked, list[str]]:
    known = _known(db, _looked_up(criteria))
    pool = _Pool(criteria, _spellings(db, criteria, known), known)
    tried = []
    for step, enough, words in _STEPS:
        if not pool.is_settled(enough(criteria)):
            step(db, pool)
            tried.append(words)
    return pool.ranked(), tried


def _looked_up(criteria: Criteria) -> set[str]:
    """The words typed, neighbours written as one, and what they are nicknames of."""
    words = criteria.telling
    return {*words, *names.joined(criteria.words), *(other for word in words for other in names.nicknames(word))}


def _known(db: Session, words: Collection[str]) -> dict[str, _Token]:
    """Those of the words that some child has."""
    found = db.execute(statements.TOKENS, {"words": sorted(words)})
    return {row[1]: _Token(*row) for row in found.all()}


def _spellings(db: Session, criteria: Criteria, known: dict[str, _Token]) -> list[tuple[str, ...]]:
    """As typed; with two words as one ("guada lupe"); with one word as two ("garcialopez")."""
    typed = criteria.telling
    spellings = [typed]
    for at, (one, other) in enumerate(pairwise(criteria.words)):
        if one + other in known:
            spellings.append(telling((*criteria.words[:at], one + other, *criteria.words[at + 2 :])))
    for at, word in enumerate(typed):
        rare = len(word) >= 6 and (word not in known or known[word].children < 5)
        if rare and (parts := _parts(db, word, unfinished=at == len(typed) - 1)):
            spellings.append((*typed[:at], *parts, *typed[at + 1 :]))
    return list(dict.fromkeys(spellings))[:3]


def _parts(db: Session, word: str, *, unfinished: bool) -> tuple[str, ...]:
    """The two usual words that were written as one; of an unfinished second one its beginning."""
    cuts = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
    known = _known(db, {part for cut in cuts for part in cut})
    usual = {cut: min(known[part].children for part in cut) for cut in cuts if cut[0] in known and cut[1] in known}
    if usual:
        return max(usual, key=lambda cut: usual[cut])
    begun = [cut for cut in cuts if unfinished and cut[0] in known and len(cut[0]) >= 4]
    return begun[-1] if begun else ()


# The steps, from sure to doubtful


def _of_birth_date(db: Session, pool: _Pool) -> None:
    if days := [day for day in map(as_date, pool.criteria.born) if day]:
        pool.consider(db.execute(statements.BORN_ON_DAYS, {"days": days}).all())


def _of_exact_words(db: Session, pool: _Pool) -> None:
    for words in pool.spellings:
        meant = [_exactly(db, pool, word, at == len(words) - 1) for at, word in enumerate(words)]
        if all(meant):
            pool.consider(_with_all(db, pool.criteria, words, meant))


def _exactly(db: Session, pool: _Pool, word: str, unfinished: bool) -> list[_Token]:
    """The word itself; of an initial or the last word typed also what begins with it."""
    exact = [pool.known[word]] if word in pool.known else []
    return exact + _beginning_with(db, word) if unfinished or len(word) == 1 else exact


def _beginning_with(db: Session, start: str) -> list[_Token]:
    found = db.execute(statements.LONGER, {"start": start, "end": f"{start}{{"})
    return [_Token(*row) for row in found.all()]


def _with_all(db: Session, criteria: Criteria, words: tuple[str, ...], meant: list[list[_Token]]) -> Iterable[Any]:
    """Children with all the words: the pairs of the two rarest are looked up, the others looked for in the names."""
    tokens = dict(zip(words, meant, strict=True))
    by_rarity = sorted(tokens, key=lambda word: sum(token.children for token in tokens[word]))
    pairs = {
        pair_of(one.id, other.id) for one, other in product(*(tokens[by_rarity[at]] for at in (0, 1 % len(tokens))))
    }
    others = by_rarity[2:] + [f"{word}% {word}" for word in tokens if words.count(word) > 1]
    wanted: dict[str, Any] = {"pairs": sorted(pairs)[:1500], "most": _candidates(criteria)}
    wanted |= {f"other_{at}": word for at, word in enumerate(others)}
    near = "days" if criteria.born else "year" if criteria.year else ""
    if criteria.born:
        wanted["days"] = _near(criteria)
    if criteria.year:
        wanted |= {"start": date(criteria.year, 1, 1), "end": date(criteria.year, 12, 31)}
    return db.execute(statements.with_all_words(len(others), near), wanted).all()


def _near(criteria: Criteria) -> list[date]:
    return sorted({day for born in criteria.born for day in near_dates(born)})


def _of_near_words(db: Session, pool: _Pool) -> None:
    _read_as_misspelt(db, pool)
    _of_pairs(db, pool, 0.0, 2.7)


def _of_near_dates(db: Session, pool: _Pool) -> None:
    if not pool.criteria.born:
        return
    days = _near(pool.criteria)
    if len(pool.criteria.telling) > 1:
        pairs = _pairs(pool, 0.0, 2.7)
        pool.consider(db.execute(statements.BORN_ON_DAYS_WITH_PAIR, {"days": days, "pairs": pairs}).all())
    else:
        pool.consider(db.execute(statements.BORN_ON_DAYS, {"days": days}).all())


def _of_doubtful_words(db: Session, pool: _Pool) -> None:
    _of_pairs(db, pool, 2.7, 6.0)


def _of_single_words(db: Session, pool: _Pool) -> None:
    rare = {token.id for meant in pool.meant.values() for cost, token in meant if cost < 3.4 and token.children <= 300}
    _consider_students_of(db, pool, [pair_of(token_id, token_id) for token_id in sorted(rare)[:100]])


def _always(_: Criteria) -> float:
    return -1.0


def _if_not_exact(criteria: Criteria) -> float:
    """Two words may by chance be those of another child; three, or two and a date, hardly."""
    return 2.6 if criteria.born else 1.4 if len(criteria.telling) > 2 else -1.0


def _if_not_near(criteria: Criteria) -> float:
    return 2.8 if criteria.born or len(criteria.telling) > 2 else 1.0


def _if_nothing(_: Criteria) -> float:
    return UNLIKE


_STEPS = (
    (_of_birth_date, _always, "children of that birth date"),
    (_of_exact_words, _always, "the names in any order"),
    (_of_near_words, _if_not_exact, "names that sound like it, nicknames, one typing error"),
    (_of_near_dates, _if_not_near, "day and month swapped, one digit of the date wrong"),
    (_of_doubtful_words, _if_not_near, "two typing errors"),
    (_of_single_words, _if_nothing, "one name alone"),
)
"""What to look for, and the cost of a child found so far that makes it needless."""


def _read_as_misspelt(db: Session, pool: _Pool) -> None:
    """What each typed word may mean: itself, a nickname, a word that sounds so or is one or two errors away."""
    pool.population = db.scalar(statements.POPULATION) or 1
    words = {word: word == spelling[-1] for spelling in pool.spellings for word in spelling if len(word) > 1}
    found = _neighbours(db, words)
    for word, unfinished in words.items():
        close = {
            text for text, *_ in process.extract(word, list(found), scorer=OSA.distance, score_cutoff=2, limit=None)
        }
        heard = {
            text
            for text in found
            if names.sound(text) == names.sound(word) or names.skeleton(text) == names.skeleton(word)
        }
        nick = {other for other in names.nicknames(word) if other in pool.known}
        tokens = found | pool.known
        costs = [(compare_words(word, text, unfinished).cost, tokens[text]) for text in close | heard | nick]
        pool.meant[word] = sorted(costs, key=lambda each: (each[0], -each[1].children))[:40]


def _neighbours(db: Session, words: Iterable[str]) -> dict[str, _Token]:
    """All words of the index that share a key with one of the words."""
    wanted = sorted({key for word in words for key in keys(word)})
    found = db.execute(statements.SHARING_KEYS, {"keys": wanted})
    return {row[1]: _Token(*row) for row in found.all()}


def _of_pairs(db: Session, pool: _Pool, above: float, up_to: float) -> None:
    _consider_students_of(db, pool, _pairs(pool, above, up_to))


def _pairs(pool: _Pool, above: float, up_to: float) -> list[int]:
    """Pairs of what two typed words may mean, with errors of that cost in sum; the likeliest first, within bounds."""
    order: dict[int, tuple[float, float]] = {}
    for words in pool.spellings:
        for one, other in combinations(dict.fromkeys(word for word in words if word in pool.meant), 2):
            for (cost, token), (other_cost, other_token) in product(pool.meant[one], pool.meant[other]):
                if above <= cost + other_cost <= up_to and token.id != other_token.id:
                    rows = token.children * other_token.children / pool.population
                    order[pair_of(token.id, other_token.id)] = (cost + other_cost, rows)
    return _within_bounds(order)


def _within_bounds(order: dict[int, tuple[float, float]]) -> list[int]:
    """Of pairs with their cost and about how many children have them, the likeliest and rarest that are no trawl."""
    chosen: list[int] = []
    rows = 0.0
    for pair in sorted(order, key=lambda pair: order[pair][0] + order[pair][1] / USUAL)[:MOST_PAIRS]:
        if not chosen or rows + order[pair][1] <= MOST_ROWS:
            chosen.append(pair)
            rows += order[pair][1]
    return chosen


def _candidates(criteria: Criteria) -> int:
    """Children that one step compares: of more words, those with most pairs tell themselves from the others."""
    return 60 if criteria.born or len(criteria.telling) > 2 else 150


def _consider_students_of(db: Session, pool: _Pool, pairs: list[int]) -> None:
    """Children with one of the pairs; those with most of them first."""
    if pairs:
        found = db.execute(statements.WITH_MOST_PAIRS, {"pairs": pairs, "most": _candidates(pool.criteria)})
        pool.consider(found.all())


# What the list shows

DISPUTED = "Dispute statement on file"
_full_name = cast("Callable[[Any], str]", StateRecord.full_name.fget)  # type: ignore[attr-defined]
"""The name of a row that has the columns of a State record's name."""


def _load(db: Session, ranked: Ranked) -> list[Hit]:
    """The hits of students, in their order, in one query."""
    records: dict[int, list[Any]] = {}
    for record in db.execute(statements.RECORDS, {"students": [student_id for student_id, _ in ranked]}).all():
        records.setdefault(record.student_id, []).append(record)
    return [_hit(records[student_id], why) for student_id, why in ranked if student_id in records]


def _hit(records: list[Any], why: str) -> Hit:
    """A hit from all State records of a child, the newest first, each with its last enrollment."""
    newest, last = records[0], max(records, key=lambda record: record.enrollment_date or date.min)
    return Hit(
        msix_id=newest.msix_id,
        name=_full_name(newest),
        birth_date=newest.birth_date,
        grade=last.grade_level,
        last_state=last.state_code,
        last_place=last.district_name or last.school_name or last.facility_city,
        why=why,
        states=sorted({record.state_code for record in records}),
        enrolled_on=last.enrollment_date,
        withdrawn_on=last.withdrawal_date,
        flags=_flags(last) + ([DISPUTED] if any(record.disputed for record in records) else []),
        other_names=_other_names(records) if len(records) > 1 else [],
    )


def _flags(last: Any) -> list[str]:
    medical = last.med_alert not in (None, "", "None")
    flags = {"EL": last.lep, "IDEA": last.idea, "PFS": last.pfs, "MEDICAL ALERT": medical}
    return [flag for flag, is_set in flags.items() if is_set]


def _other_names(records: list[Any]) -> list[str]:
    """Names that other State records give the child, those that differ only in accents or hyphens once."""
    written = {names.fold(name): name for name in map(_full_name, reversed(records))}
    written.pop(names.fold(_full_name(records[0])))
    return list(written.values())
