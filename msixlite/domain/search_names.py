"""Children by names and birth date, in steps from sure to doubtful."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, product
from math import isqrt
from operator import itemgetter
from typing import Any

from sqlalchemy.orm import Session

from msixlite.domain import search_statements as statements
from msixlite.domain import search_words
from msixlite.domain.search_dates import as_date, near_dates
from msixlite.domain.search_index import pair_of
from msixlite.domain.search_likeness import UNLIKE
from msixlite.domain.search_pool import Pool, Ranked, Token
from msixlite.domain.search_text import Criteria
from msixlite.models.words import _l

MOST_PAIRS = 150
MOST_EXACT_PAIRS = 1_500
MOST_ROWS = 1_000
"""Pairs looked up in one step, and about how many children may have them."""
USUAL = 400
"""Children who have a pair for which it is looked up after one with an error more."""


def find(db: Session, pool: Pool) -> tuple[Ranked, list[str]]:
    """The children like enough to show, and what was tried."""
    tried: list[str] = []
    for step, applies, enough, words in _STEPS:
        cost = enough(pool.criteria)
        if applies(pool.criteria) and (cost is None or not pool.is_settled(cost)):
            step(db, pool)
            tried.append(words)
    return pool.ranked(), tried


# The steps, from sure to doubtful


def _of_birth_date(db: Session, pool: Pool) -> None:
    pool.consider(statements.fetch(db, statements.BORN_ON_DAYS, days=_days(pool.criteria)))


def _days(criteria: Criteria) -> list[date]:
    return [day for day in map(as_date, criteria.born) if day]


def _of_exact_words(db: Session, pool: Pool) -> None:
    for words in pool.spellings:
        if pool.criteria.born and max(map(len, words)) == 1:
            continue
        meant = [_exactly(db, pool, word, at == len(words) - 1) for at, word in enumerate(words)]
        if all(meant):
            pool.consider(_with_all(db, pool.criteria, words, meant))


def _exactly(db: Session, pool: Pool, word: str, unfinished: bool) -> list[Token]:
    """The word itself; of an initial or the last word typed also what begins with it."""
    exact = [pool.known[word]] if word in pool.known else []
    return exact + search_words.beginning_with(db, word) if unfinished or len(word) == 1 else exact


def _with_all(db: Session, criteria: Criteria, words: tuple[str, ...], meant: list[list[Token]]) -> Iterable[Any]:
    """Children with all the words: the pairs of the two rarest are looked up, the others looked for in the names."""
    tokens = dict(zip(words, meant, strict=True))
    by_rarity = sorted(tokens, key=lambda word: sum(token.children for token in tokens[word]))
    pairs = {pair_of(one.id, other.id) for one, other in product(*_usual(tokens[word] for word in (by_rarity * 2)[:2]))}
    others = by_rarity[2:] + [f"{word}% {word}" for word in tokens if words.count(word) > 1]
    wanted: dict[str, Any] = {"pairs": sorted(pairs), "most": _candidates(criteria)}
    wanted |= {f"other_{at}": word for at, word in enumerate(others)}
    near = "days" if criteria.born else "span" if criteria.between else ""
    if criteria.born:
        wanted["days"] = _near(criteria)
    if criteria.between:
        wanted |= dict(zip(("start", "end"), criteria.between, strict=True))
    return statements.fetch(db, statements.with_all_words(len(others), near), **wanted)


def _usual(meant: Iterable[list[Token]]) -> list[list[Token]]:
    """The usual ones of what two words may mean, so that their pairs are no more than MOST_EXACT_PAIRS."""
    one, other = sorted((sorted(tokens, key=lambda token: -token.children) for tokens in meant), key=len)
    one = one[: isqrt(MOST_EXACT_PAIRS)]
    return [one, other[: MOST_EXACT_PAIRS // len(one)]]


def _near(criteria: Criteria) -> list[date]:
    return sorted({day for born in criteria.born for day in near_dates(born)})


def _of_near_words(db: Session, pool: Pool) -> None:
    search_words.read_as_misspelt(db, pool)
    _of_pairs(db, pool, 2.7)


def _of_near_dates(db: Session, pool: Pool) -> None:
    if len(pool.criteria.telling) == 1:
        pool.consider(statements.fetch(db, statements.BORN_ON_DAYS, days=_near(pool.criteria)))
    else:
        pairs = _pairs(pool, 2.7, again=True)
        pool.consider(statements.fetch(db, statements.BORN_ON_DAYS_WITH_PAIR, days=_near(pool.criteria), pairs=pairs))


def _of_doubtful_words(db: Session, pool: Pool) -> None:
    search_words.read_as_cut(db, pool)
    _of_pairs(db, pool, 6.0)


def _of_single_words(db: Session, pool: Pool) -> None:
    rare = {token.id for meant in pool.meant.values() for cost, token in meant if cost < 3.4 and token.children <= 300}
    _consider_students_of(db, pool, [pair_of(token_id, token_id) for token_id in sorted(rare)[:100]])


def _any(_: Criteria) -> bool:
    return True


def _has_day(criteria: Criteria) -> bool:
    return bool(_days(criteria))


def _has_near_days(criteria: Criteria) -> bool:
    return bool(_near(criteria))


def _always(_: Criteria) -> None:
    return None


def _if_not_named(criteria: Criteria) -> float | None:
    """One name and a date: who else has the name on other days is of no use once a child is found."""
    return 1.4 if criteria.born and sum(len(word) > 1 for word in criteria.telling) == 1 else None


def _if_not_exact(criteria: Criteria) -> float:
    return 2.6 if criteria.born else 1.4 if len(criteria.telling) > 2 else -1.0


def _if_not_near(criteria: Criteria) -> float:
    return 2.8 if _tells_much(criteria) else 1.7


def _if_nothing(_: Criteria) -> float:
    return UNLIKE


_STEPS = (
    (_of_birth_date, _has_day, _always, _l("children of that birth date")),
    (_of_exact_words, _any, _if_not_named, _l("the names in any order")),
    (_of_near_words, _any, _if_not_exact, _l("names that sound like it, nicknames, one typing error")),
    (_of_near_dates, _has_near_days, _if_not_near, _l("day and month swapped, one digit of the date wrong")),
    (_of_doubtful_words, _any, _if_not_near, _l("two typing errors")),
    (_of_single_words, _any, _if_nothing, _l("one name alone")),
)
"""What to look for, whether what was typed tells of it, and the cost of a child found that makes it needless."""


def _of_pairs(db: Session, pool: Pool, up_to: float) -> None:
    pairs = _pairs(pool, up_to)
    pool.pairs.update(pairs)
    _consider_students_of(db, pool, pairs)


def _pairs(pool: Pool, up_to: float, *, again: bool = False) -> list[int]:
    """Pairs of what two typed words may mean, with errors of that cost in sum; the likeliest first, within bounds.

    Those looked up before are left out, unless `again`.
    """
    order: dict[int, tuple[float, float]] = {}
    passed = frozenset[int]() if again else pool.pairs
    for words in pool.spellings:
        for one, other in combinations(dict.fromkeys(word for word in words if word in pool.meant), 2):
            for cost, token, other_token in _both(pool.meant[one], pool.meant[other], up_to):
                pair = pair_of(token.id, other_token.id)
                if pair not in passed:
                    rows = token.children * other_token.children / pool.population
                    order[pair] = (cost + rows / USUAL, rows)
    return _within_bounds(order)


def _both(
    meant: list[tuple[float, Token]], other: list[tuple[float, Token]], up_to: float
) -> Iterator[tuple[float, Token, Token]]:
    """Two different words that two typed words may mean, and the cost in sum, where it is low enough."""
    for cost, token in meant:
        for other_cost, other_token in other:
            if cost + other_cost > up_to:
                break  # the likeliest come first
            if token.id != other_token.id:
                yield cost + other_cost, token, other_token


def _within_bounds(order: dict[int, tuple[float, float]]) -> list[int]:
    """Of pairs with their place and about how many children have them, the likeliest and rarest that are no trawl."""
    chosen: list[int] = []
    total = 0.0
    for pair, (_, rows) in sorted(order.items(), key=itemgetter(1))[:MOST_PAIRS]:
        if not chosen or total + rows <= MOST_ROWS:
            chosen.append(pair)
            total += rows
    return chosen


def _candidates(criteria: Criteria) -> int:
    """Children with exactly the words that are compared: of more words, the last seen are enough."""
    return 60 if _tells_much(criteria) else 150


def _doubtful_candidates(criteria: Criteria) -> int:
    """Children with nearly the words that one step compares: those with most pairs."""
    return 25 if _tells_much(criteria) else 50


def _tells_much(criteria: Criteria) -> bool:
    """Three words, or two and a date, are by chance hardly those of another child."""
    return bool(criteria.born) or len(criteria.telling) > 2


def _consider_students_of(db: Session, pool: Pool, pairs: list[int]) -> None:
    """Children with one of the pairs; those with most of them first."""
    if pairs:
        most = _doubtful_candidates(pool.criteria)
        pool.consider(statements.fetch(db, statements.WITH_MOST_PAIRS, pairs=pairs, most=most))
