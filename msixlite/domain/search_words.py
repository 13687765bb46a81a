"""What the words typed may mean: divided otherwise, misspelt, as they sound, as nicknames."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import combinations, pairwise
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain import search_statements as statements
from msixlite.domain.search_index import LONGEST, keys
from msixlite.domain.search_likeness import compare_words
from msixlite.domain.search_noise import is_noise
from msixlite.domain.search_pool import Pool, Token
from msixlite.domain.search_text import Criteria, telling

MOST_MEANT = 30
"""Words that one typed word may mean."""
BEGINNING = 3
"""Letters that words must share to be compared for a syllable left out."""
USUAL = 100
"""Children who have a word that is not looked for as the beginning of another one."""
RARE = 5
"""Children who have a word, below which it may be several words written as one."""


def understand(db: Session, criteria: Criteria) -> Pool:
    """What was typed, without words that are no names, and the ways to divide it into words. No child yet."""
    known = _known(db, _looked_up(criteria))
    criteria = replace(criteria, words=_without_noise(criteria.words, known))
    return Pool(criteria, _spellings(db, criteria, known), known)


def _without_noise(words: tuple[str, ...], known: dict[str, Token]) -> tuple[str, ...]:
    """Without words that are no names; half a name stays: "ri" of "ri vera" is not Rhode Island."""
    halves = {half for one, other in pairwise(words) if one + other in known for half in (one, other)}
    return tuple(word for word in words if word in known or word in halves or not is_noise(word))


def _looked_up(criteria: Criteria) -> set[str]:
    """The words typed, neighbours written as one, and what they are nicknames of."""
    words = criteria.telling
    return {*words, *names.joined(criteria.words), *(other for word in words for other in names.nicknames(word))}


def _known(db: Session, words: Collection[str]) -> dict[str, Token]:
    """Those of the words that some child has."""
    return {row[1]: Token(*row) for row in statements.fetch(db, statements.TOKENS, words=sorted(words))}


def _spellings(db: Session, criteria: Criteria, known: dict[str, Token]) -> list[tuple[str, ...]]:
    """As typed; with two words as one ("guada lupe"); with one word as several ("garcialopez"); without "school"."""
    typed = criteria.telling
    ways = [typed]
    for at, (one, other) in enumerate(pairwise(criteria.words)):
        if one + other in known:
            ways.append(telling((*criteria.words[:at], one + other, *criteria.words[at + 2 :])))
    ways.append(_divided(db, typed, known))
    ways.append(tuple(word for word in typed if not is_noise(word)))
    return [way for way in dict.fromkeys(ways) if way][:4] or [()]


def _divided(db: Session, typed: tuple[str, ...], known: dict[str, Token]) -> tuple[str, ...]:
    """Each long word that hardly any child has, as the usual words that were written as one."""
    rare = [word for word in typed if len(word) >= 6 and (word not in known or known[word].children < RARE)]
    if not rare:
        return typed
    inside = {word[at:end] for word in rare for at, end in combinations(range(len(word) + 1), 2) if end - at > 1}
    tokens = _known(db, inside)
    return tuple(
        part
        for place, word in enumerate(typed)
        for part in (_parts(word, tokens, place == len(typed) - 1) if word in rare else (word,))
    )


def _parts(word: str, tokens: dict[str, Token], unfinished: bool) -> tuple[str, ...]:
    """The likeliest way to divide a word; a part that nobody has counts for its length, a beginning at the end less."""
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for end in range(1, len(word) + 1):
        ways = []
        for at in range(max(0, end - LONGEST), end):
            part, (cost, parts) = word[at:end], best[at]
            begun = unfinished and end == len(word) and at > 3
            ways.append((cost + _rarity(part, tokens, begun=begun), (*parts, part)))
        best.append(min(ways))
    divided = tuple(part for part in best[-1][1] if part not in names.PARTICLES)
    return divided if len(divided) > 1 else (word,)


def _rarity(part: str, tokens: dict[str, Token], *, begun: bool) -> float:
    """How surprising it is that a part of a word is a word of its own."""
    if part in names.PARTICLES:
        return 7.0
    if part in tokens and len(part) > 1:
        return 13.0 - log(1 + tokens[part].children)
    return (9.0 if begun else 12.0) + 1.5 * len(part)


def read_as_misspelt(db: Session, pool: Pool) -> None:
    """What each typed word may mean: itself, a nickname, a word that sounds so or is one or two errors away."""
    pool.population = statements.fetch(db, statements.POPULATION)[0][0] or 1
    words = _typed(pool)
    found = _neighbours(db, words)
    tokens, heard = found | pool.known, _by_ear(found)
    for word, unfinished in words.items():
        nick = {other for other in names.nicknames(word) if other in pool.known}
        alike = heard[names.sound(word)] | heard[f"={names.skeleton(word)}"]
        _add(pool, word, unfinished, tokens, _close(word, found, 2) | alike | nick)


def read_as_cut(db: Session, pool: Pool) -> None:
    """What else each typed word may mean: what it is the beginning of, or a word with a syllable left out."""
    words = {word: unfinished for word, unfinished in _typed(pool).items() if not _is_usual(pool, word)}
    found = _beginning_alike(db, words)
    for word, unfinished in words.items():
        begun = {text for text in found if text.startswith(word)}
        _add(pool, word, unfinished, found, _close(word, found, 3) | begun)


def _is_usual(pool: Pool, word: str) -> bool:
    """Whether so many children have the word just so that it is hardly a part of another one."""
    return word in pool.known and pool.known[word].children >= USUAL


def _typed(pool: Pool) -> dict[str, bool]:
    """Word → whether it is the last one typed, and may be unfinished."""
    return {word: word == spelling[-1] for spelling in pool.spellings for word in spelling if len(word) > 1}


def _close(word: str, found: dict[str, Token], most: int) -> set[str]:
    """Those of the words that are at most so many errors away."""
    alike = process.extract(word, list(found), scorer=OSA.distance, score_cutoff=most, limit=None)
    return {text for text, *_ in alike}


def _by_ear(texts: Iterable[str]) -> defaultdict[str, set[str]]:
    """Sound, and consonants (=), of words → the words."""
    heard = defaultdict[str, set[str]](set)
    for text in texts:
        heard[names.sound(text)].add(text)
        heard[f"={names.skeleton(text)}"].add(text)
    return heard


def _add(pool: Pool, word: str, unfinished: bool, tokens: dict[str, Token], texts: set[str]) -> None:
    """Put words among what a typed word may mean; the likeliest and most usual are kept."""
    costs = {token.id: (cost, token) for cost, token in pool.meant.get(word, [])}
    costs |= {tokens[text].id: (compare_words(word, text, unfinished).cost, tokens[text]) for text in texts}
    pool.meant[word] = sorted(costs.values(), key=lambda each: (each[0], -each[1].children))[:MOST_MEANT]


def _neighbours(db: Session, words: Iterable[str]) -> dict[str, Token]:
    """All words of the index that share a key with one of the words."""
    wanted = sorted({key for word in words for key in keys(word)})
    return {row[1]: Token(*row) for row in statements.fetch(db, statements.SHARING_KEYS, keys=wanted)}


def _beginning_alike(db: Session, words: Iterable[str]) -> dict[str, Token]:
    """Usual words with the same beginning: of a word cut short, or with a syllable left out."""
    found: dict[str, Token] = {}
    for start in sorted({word[:BEGINNING] for word in words if len(word) >= BEGINNING}):
        found |= {token.text: token for token in beginning_with(db, start)}
    return found


def beginning_with(db: Session, start: str) -> list[Token]:
    """Words that begin so, the usual ones first."""
    return [Token(*row) for row in statements.fetch(db, statements.LONGER, start=start, end=f"{start}{{")]
