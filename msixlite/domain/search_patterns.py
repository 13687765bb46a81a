"""Words that fit a typed word exactly, by their beginning, by a pattern, or by their sound."""

from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern

from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain.search_fields import Mode
from msixlite.domain.search_index import pair_of
from msixlite.domain.search_likeness import LONG
from msixlite.models.search import NameKey, NameToken

MOST_WORDS = 2_000
"""Words that one pattern may stand for, the usual ones first."""


def fits(mode: Mode, typed: str, word: str) -> bool:
    """A folded word of a child's names and a typed one."""
    match mode:
        case Mode.EXACT:
            return typed == word
        case Mode.STARTS:
            return word.startswith(typed)
        case Mode.WILDCARD:
            return _pattern(typed).fullmatch(word) is not None
        case Mode.SOUNDS:
            return names.sound(typed) == names.sound(word)
        case Mode.FUZZY:
            near = OSA.distance(typed, word) <= (2 if len(typed) >= LONG else 1)
            return near or word.startswith(typed) or names.sound(typed) == names.sound(word)


@lru_cache(maxsize=1_000)
def _pattern(typed: str) -> Pattern[str]:
    """A star is any letters, a question mark is one; all else is itself."""
    signs = {"*": "[a-z0-9ª]*", "?": "[a-z0-9ª]"}
    return compile_pattern("".join(signs.get(sign) or (sign if sign.isalnum() else "") for sign in typed))


def self_pairs(db: Session, mode: Mode, typed: str) -> list[int]:
    """The pairs with itself of each word of the index that fits: children are looked up by them."""
    found = (
        select(NameToken.id)
        .where(_condition(mode, typed), NameToken.children > 0)
        .order_by(NameToken.children.desc())
        .limit(MOST_WORDS)
    )
    return [pair_of(token_id, token_id) for token_id in db.scalars(found)]


def _condition(mode: Mode, typed: str) -> ColumnElement[bool]:
    token = NameToken.token
    match mode:
        case Mode.STARTS:
            return (token >= typed) & (token < f"{typed}{{")
        case Mode.WILDCARD:
            start = typed.replace("?", "*").partition("*")[0]
            like = token.like(typed.replace("*", "%").replace("?", "_"))  # folded: no % or _ of its own
            return (token >= start) & (token < f"{start}{{") & like if start else like
        case Mode.SOUNDS:
            return NameToken.id.in_(select(NameKey.token_id).where(NameKey.key == f"~{names.sound(typed)}"))
        case _:
            return token == typed
