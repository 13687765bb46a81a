"""What the words typed may mean: divided otherwise, misspelt, as they sound, as nicknames."""

from collections.abc import Collection, Iterable
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain import search_statements as statements
from msixlite.domain.search_index import keys
from msixlite.domain.search_likeness import compare_words
from msixlite.domain.search_pool import Pool, Token
from msixlite.domain.search_text import Criteria, telling


def looked_up(criteria: Criteria) -> set[str]:
    """The words typed, neighbours written as one, and what they are nicknames of."""
    words = criteria.telling
    return {*words, *names.joined(criteria.words), *(other for word in words for other in names.nicknames(word))}


def known_of(db: Session, words: Collection[str]) -> dict[str, Token]:
    """Those of the words that some child has."""
    found = db.execute(statements.TOKENS, {"words": sorted(words)})
    return {row[1]: Token(*row) for row in found.all()}


def spellings(db: Session, criteria: Criteria, known: dict[str, Token]) -> list[tuple[str, ...]]:
    """As typed; with two words as one ("guada lupe"); with one word as two ("garcialopez")."""
    typed = criteria.telling
    ways = [typed]
    for at, (one, other) in enumerate(pairwise(criteria.words)):
        if one + other in known:
            ways.append(telling((*criteria.words[:at], one + other, *criteria.words[at + 2 :])))
    for at, word in enumerate(typed):
        rare = len(word) >= 6 and (word not in known or known[word].children < 5)
        if rare and (parts := _parts(db, word, unfinished=at == len(typed) - 1)):
            ways.append((*typed[:at], *parts, *typed[at + 1 :]))
    return list(dict.fromkeys(ways))[:3]


def _parts(db: Session, word: str, *, unfinished: bool) -> tuple[str, ...]:
    """The two usual words that were written as one; of an unfinished second one its beginning."""
    cuts = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
    known = known_of(db, {part for cut in cuts for part in cut})
    usual = {cut: min(known[part].children for part in cut) for cut in cuts if cut[0] in known and cut[1] in known}
    if usual:
        return max(usual, key=lambda cut: usual[cut])
    begun = [cut for cut in cuts if unfinished and cut[0] in known and len(cut[0]) >= 4]
    return begun[-1] if begun else ()


def read_as_misspelt(db: Session, pool: Pool) -> None:
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


def _neighbours(db: Session, words: Iterable[str]) -> dict[str, Token]:
    """All words of the index that share a key with one of the words."""
    wanted = sorted({key for word in words for key in keys(word)})
    found = db.execute(statements.SHARING_KEYS, {"keys": wanted})
    return {row[1]: Token(*row) for row in found.all()}
