"""The guard of every text that can leave by e-mail: no personal data of a child goes with it (rules P11, N3).

It only reads, and nothing of the text is kept. However long the text and however many the children, it asks a bounded
number of questions: texts are cut off at 10,000 letters and at 400 pairs of words.
"""

import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import Row, Select, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from msixlite.domain import names, pii_dates, pii_text, pii_words
from msixlite.domain.errors import RuleBroken
from msixlite.domain.pii_text import Plain, Span, Word
from msixlite.domain.search_index import pair_of
from msixlite.models.places import District, School, State
from msixlite.models.search import ChildName, NamePair, NameToken
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, _lp, joined

T = TypeVar("T")
LONGEST = 10_000
SUBJECT: str = _lp("letter", "subject")
TEXT: str = _lp("letter", "text")
"""What the fields of an e-mail are called."""
MOST_PAIRS = 400
RARE = 2
"""A surname that no more children have names its family by itself."""
NEAR = 4
"""Words of one name stand no farther apart."""
LOOKED_AT = 60
"""Children looked at for each pair of words: where more have the pair, one of these shows how it is used."""
ENROLLED_FROM = timedelta(days=3 * 365)
"""A younger date beside a word such as "enrolled" is no birth date."""


class Kind(enum.Enum):
    """What was found; the value is what it is called on screen."""

    SSN = _l("Social Security number")
    NAME = _l("name of a child")
    BIRTH_DATE = _l("birth date")
    MSIX_ID = _l("MSIX ID")
    STATE_ID = _l("State ID")
    ADDRESS = _l("street address")
    TELEPHONE = _l("telephone number")


REASONS = {
    Kind.SSN: _l("This looks like a Social Security number. It must never be written here or in any e-mail."),
    Kind.NAME: _l("A child of this name is in the system. The reader finds the child through the link."),
    Kind.BIRTH_DATE: _l("This is a child's birth date. The reader finds it through the link."),
    Kind.MSIX_ID: _l("This is an MSIX ID. The link leads to the child without it."),
    Kind.STATE_ID: _l("This is a child's State ID. The link leads to the child without it."),
    Kind.ADDRESS: _l("This is an address and no school's that we know. Put it into the note that stays inside."),
    Kind.TELEPHONE: _l(
        "This is a telephone number and no office's that we know. Put it into the note that stays inside."
    ),
}


@dataclass(frozen=True)
class Finding:
    """Personal data at one place of the text as it was written."""

    start: int
    end: int
    kind: Kind

    @property
    def reason(self) -> str:
        return REASONS[self.kind]


def listed(kinds: Collection[Kind]) -> Sentence:
    """What was found, each kind once."""
    return joined(", ", sorted(kind.value for kind in kinds))


class PersonalData(RuleBroken):
    """A text holds personal data and may not leave."""

    def __init__(self, found: Mapping[str, list[Finding]]) -> None:
        self.found = found
        kinds = listed({finding.kind for findings in found.values() for finding in findings})
        fields = joined(", ", found)
        super().__init__(_l("This goes by e-mail. Please remove (%(fields)s): %(kinds)s.", fields=fields, kinds=kinds))


def check(db: Session, texts: Mapping[str, str], *, today: date, allowed: Collection[str] = ()) -> None:
    """Raise PersonalData where a text, named by its field, may not leave."""
    found = {
        name: findings for name, text in texts.items() if (findings := find(db, text, today=today, allowed=allowed))
    }
    if found:
        raise PersonalData(found)


def find(db: Session, text: str, *, today: date, allowed: Collection[str] = ()) -> list[Finding]:
    """Personal data in the text, in order, one finding a place. `allowed`: names of sender and recipients."""
    if len(text) > LONGEST:
        raise RuleBroken(_l("The text is longer than %(longest)s letters.", longest=LONGEST))
    plain = pii_text.plain(text)
    found = [Finding(span.start, span.end, Kind.SSN) for span in pii_text.social_security_numbers(plain)]
    for kind, question in _QUESTIONS:
        found += [Finding(span.start, span.end, kind) for span in question(db, plain, today)]
    found += [Finding(span.start, span.end, Kind.NAME) for span in _names(db, plain, allowed)]
    return _without_overlaps(found)


def by_form(text: str, *, today: date) -> list[Kind]:
    """Personal data that show by their form alone, each kind once. It asks no database: what it says to a stranger
    tells nothing of who is here."""
    plain = pii_text.plain(text)
    candidates = {
        Kind.SSN: pii_text.social_security_numbers(plain),
        Kind.MSIX_ID: pii_text.twelve_digits(plain),
        Kind.BIRTH_DATE: (day for day in pii_dates.named_days(plain, today=today) if day.said_to_be_birth),
        Kind.ADDRESS: pii_text.addresses(plain),
        Kind.TELEPHONE: pii_text.telephones(plain),
    }
    return [kind for kind, found in candidates.items() if any(True for _ in found)]


def pieces(text: str, found: list[Finding]) -> Iterator[tuple[str, Finding | None]]:
    """The text cut at its findings: each piece with its finding, or None."""
    at = 0
    for finding in found:
        yield text[at : finding.start], None
        yield text[finding.start : finding.end], finding
        at = finding.end
    yield text[at:], None


_ORDER = {kind: at for at, kind in enumerate(Kind)}


def _without_overlaps(found: Iterable[Finding]) -> list[Finding]:
    """The longest finding of each place; an SSN wins over all, and findings of one kind that touch are one."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.kind is not Kind.SSN, one.start - one.end, _ORDER[one.kind])):
        if all(finding.end <= other.start or finding.start >= other.end for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda one: one.start)


# Numbers, dates, addresses: what has the form, and is in the system or unknown to it


def _msix_ids(db: Session, plain: Plain, _today: date) -> Iterator[Span]:
    candidates = list(pii_text.twelve_digits(plain))
    known = _known(db, Student.msix_id, {digits for digits, _ in candidates})
    return (span for digits, span in candidates if digits in known)


def _state_ids(db: Session, plain: Plain, _today: date) -> Iterator[Span]:
    candidates = list(pii_text.state_ids(plain))
    ways = {way for several, _ in candidates for way in several}
    known: set[str] = set()
    if ways:
        by_index = StateRecord.state_code.in_(select(State.code))
        known = set(
            db.scalars(select(StateRecord.state_student_id).where(by_index, StateRecord.state_student_id.in_(ways)))
        )
    return (span for several, span in candidates if several & known)


def _birth_dates(db: Session, plain: Plain, today: date) -> Iterator[Span]:
    candidates = list(pii_dates.named_days(plain, today=today))
    known = _known(db, StateRecord.birth_date, {day for named in candidates for day in named.days})
    for named in candidates:
        born = {*named.days} & known
        if named.said_to_be_deed:
            born &= {day for day in born if day < today - ENROLLED_FROM}
        if named.said_to_be_birth or born:
            yield named.span


def _addresses(db: Session, plain: Plain, _today: date) -> Iterator[Span]:
    candidates = list(pii_text.addresses(plain))
    if not candidates:
        return
    starts = [School.address.startswith(address.split()[0], autoescape=True) for address, _ in candidates]
    known = {names.fold(address) for address in db.scalars(select(School.address).where(or_(*starts)))}
    for address, span in candidates:
        folded = names.fold(address)
        if not any(other.startswith(folded) or folded.startswith(other) for other in known):
            yield span


def _telephones(db: Session, plain: Plain, _today: date) -> Iterator[Span]:
    candidates = list(pii_text.telephones(plain))
    if not candidates:
        return
    ends = {digits[-4:] for digits, _ in candidates}
    columns = (User.phone, State.contact_phone, District.phone, School.phone)
    offices = union_all(*(select(column).where(or_(*(column.endswith(end) for end in ends))) for column in columns))
    known = {"".join(filter(str.isdigit, phone))[-10:] for phone in db.scalars(offices)}
    for digits, span in candidates:
        if not any(phone.endswith(digits) for phone in known):
            yield span


def _known(db: Session, column: InstrumentedAttribute[T], values: Collection[T]) -> set[T]:
    return set(db.scalars(select(column).where(column.in_(values)).distinct())) if values else set()


_QUESTIONS = (
    (Kind.MSIX_ID, _msix_ids),
    (Kind.STATE_ID, _state_ids),
    (Kind.BIRTH_DATE, _birth_dates),
    (Kind.ADDRESS, _addresses),
    (Kind.TELEPHONE, _telephones),
)


# Names


@dataclass(frozen=True)
class _NameWord:
    """A word of the text that stands in names of children."""

    at: int
    """Its number among all words of the text."""
    word: Word
    own: frozenset[str]
    """Its folded tokens that some child has."""
    nicknames: frozenset[str]
    """Given names that some child has and that it may stand for."""

    @property
    def is_common(self) -> bool:
        return bool(self.own & pii_words.COMMON) or names.fold(self.word.written) in pii_words.COMMON


@dataclass(frozen=True)
class _Token:
    id: int
    children: int


def _names(db: Session, plain: Plain, allowed: Collection[str]) -> Iterator[Span]:
    """Given name and surname of one child near each other, or a rare surname by itself."""
    words = pii_text.words(plain)
    tokens, candidates = _name_words(db, words)
    free = [frozenset(names.tokens(name)) for name in allowed]
    joined = pii_text.joined_to_next(plain, words)
    couples = [couple for couple in _couples(candidates, words, joined) if not _is_free(couple, words, joined, free)]
    for first, last in _borne_together(db, couples, tokens):
        yield plain.span(first.word.start, last.word.end)
    for one in _rare_surnames(db, candidates, words, joined, tokens):
        if not any(one.own <= name for name in free):
            yield plain.span(one.word.start, one.word.end)


def _name_words(db: Session, words: list[Word]) -> tuple[dict[str, _Token], list[_NameWord]]:
    folded = [_folded(word) for word in words]
    nicknames = [
        frozenset(nickname for token in tokens for nickname in names.nicknames(token))
        if len(word.written) > 1
        else frozenset()
        for word, tokens in zip(words, folded, strict=True)
    ]
    known = _tokens(db, frozenset().union(*folded, *nicknames))
    candidates = [
        _NameWord(at, word, tokens & known.keys(), others & known.keys())
        for at, (word, tokens, others) in enumerate(zip(words, folded, nicknames, strict=True))
        if not word.is_initial and not _is_plain_word(word, tokens)
    ]
    return known, [one for one in candidates if one.own or one.nicknames]


def _folded(word: Word) -> frozenset[str]:
    """The tokens of a word, and of a family's plural: the Okonkwos."""
    tokens = names.tokens(word.written)
    return frozenset(tokens) | {token[:-1] for token in tokens if len(token) > 5 and token[-1] == "s"}


def _is_plain_word(word: Word, tokens: frozenset[str]) -> bool:
    return not word.is_capital and (bool(tokens & pii_words.VERBS) or tokens <= names.PARTICLES)


def _tokens(db: Session, wanted: frozenset[str]) -> dict[str, _Token]:
    columns = (NameToken.token, NameToken.id, NameToken.children)
    rows = db.execute(select(*columns).where(NameToken.token.in_(wanted), NameToken.children > 0)) if wanted else ()
    return {token: _Token(token_id, children) for token, token_id, children in rows}


Couple = tuple[_NameWord, _NameWord]


def _couples(candidates: list[_NameWord], words: list[Word], joined: list[bool]) -> Iterator[Couple]:
    """Words of names near each other, with nothing between them that stands in no name."""
    by_place = {one.at: one for one in candidates}
    for first in candidates:
        for at in range(first.at + 1, min(first.at + 1 + NEAR, len(words))):
            if not joined[at - 1]:
                break
            if at in by_place:
                yield first, by_place[at]
            elif not _may_stand_between(words[at]):
                break


def _may_stand_between(word: Word) -> bool:
    folded = names.fold(word.written)
    return word.is_initial or folded in names.PARTICLES or folded in names.SUFFIXES


def _is_free(couple: Couple, words: list[Word], joined: list[bool], free: list[frozenset[str]]) -> bool:
    """Names of sender and recipients, and of places: Cesar Chavez Elementary."""
    first, last = couple
    if any(first.own | last.own <= name for name in free):
        return True
    return _names_a_place(first.at, last.at, words, joined)


def _names_a_place(first: int, last: int, words: list[Word], joined: list[bool]) -> bool:
    before = words[first - 1].written.lower() if first and joined[first - 1] else ""
    after = words[last + 1] if joined[last] else None
    return before in pii_words.PLACES_BEFORE or (
        after is not None and after.is_capital and after.written.lower() in pii_words.PLACES_AFTER
    )


def _borne_together(db: Session, couples: list[Couple], tokens: dict[str, _Token]) -> Iterator[Couple]:
    """Couples of which one word is a given name and the other a surname of one child."""
    readings: dict[int, list[tuple[Couple, str, str]]] = defaultdict(list)
    for couple in couples:
        for given, surname in _readings(*couple):
            readings[pair_of(tokens[given].id, tokens[surname].id)].append((couple, given, surname))
    namings = _namings(db, list(readings)[:MOST_PAIRS])
    for pair, several in readings.items():
        for couple, given, surname in several:
            if any(given in of_child and surname in of_family for of_family, of_child in namings[pair]):
                yield couple


def _readings(first: _NameWord, last: _NameWord) -> Iterator[tuple[str, str]]:
    """(given name, surname) that the two words may be, in either order."""
    for given, surname in ((first, last), (last, first)):
        if _is_written_like_a_name(given, surname):
            for given_token in given.own | given.nicknames:
                yield from ((given_token, token) for token in surname.own if token != given_token)


def _is_written_like_a_name(given: _NameWord, surname: _NameWord) -> bool:
    """Small letters are careless writing, unless the words are everyday ones: "met Garcia, hope to see you"."""
    if given.word.is_capital and surname.word.is_capital:
        return True
    if given.is_common and surname.is_common:
        return False
    careful = given.word.is_capital or surname.word.is_capital
    small = [one for one in (given, surname) if not one.word.is_capital]
    return not (careful and any(one.is_common for one in small))


Naming = tuple[frozenset[str], frozenset[str]]


def _namings(db: Session, pairs: list[int]) -> dict[int, list[Naming]]:
    """Surnames and given names of up to sixty children who have each pair of words, in one statement."""
    found: dict[int, list[Naming]] = defaultdict(list)
    if not pairs:
        return found
    rows: Iterable[Row[int, str, str]] = db.execute(union_all(*map(_namings_of, pairs)))
    for pair, surnames, given in rows:
        found[pair].append((frozenset(surnames.split()), frozenset(given.split())))
    return found


def _namings_of(pair: int) -> Select[int, str, str]:
    children = select(NamePair.student_id).where(NamePair.pair == pair).limit(LOOKED_AT).subquery()
    return select(literal(pair), ChildName.surnames, ChildName.given).where(
        ChildName.student_id.in_(select(children.c.student_id))
    )


def _rare_surnames(
    db: Session, candidates: list[_NameWord], words: list[Word], joined: list[bool], tokens: dict[str, _Token]
) -> Iterator[_NameWord]:
    """Words that are the surname of at most two children and of few people in the country."""
    rare = [one for one in candidates if one.own and _is_rare(one, tokens) and _stands_as_surname(one, words, joined)]
    namings = _namings(db, [pair_of(tokens[token].id, tokens[token].id) for one in rare for token in one.own])
    of_families = {token for several in namings.values() for surnames, _ in several for token in surnames}
    return (one for one in rare if one.own & of_families)


def _is_rare(one: _NameWord, tokens: dict[str, _Token]) -> bool:
    if one.is_common or one.own & pii_words.USUAL_SURNAMES or len(one.word.written) < 4:
        return False
    return all(tokens[token].children <= RARE for token in one.own)


def _stands_as_surname(one: _NameWord, words: list[Word], joined: list[bool]) -> bool:
    """Capitalized and no place ("in Robstown", "Franklin Elementary"), or beside a word such as family."""
    near = {words[at].written.lower() for at in range(max(0, one.at - 2), min(len(words), one.at + 3))}
    if near & pii_words.HOUSEHOLD:
        return True
    before = words[one.at - 1].written.lower() if one.at else ""
    if before in pii_words.PREPOSITIONS or _names_a_place(one.at, one.at, words, joined):
        return False
    return one.word.is_capital
