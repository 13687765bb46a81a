"""One folding of names for search, matching and every other comparison. Rules only: text in, text out."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

PARTICLES = frozenset(("de", "del", "la", "las", "los", "el", "y", "e", "da", "das", "do", "dos", "van", "von", "san"))
"""Words that belong to a surname without telling people apart: de la Cruz, Cruz."""
SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv", "junior", "senior"))
ABBREVIATIONS = {"ma": "maria", "mª": "maria", "fco": "francisco", "gpe": "guadalupe", "ant": "antonio"}

_APOSTROPHES = re.compile(r"[’'`´ʼ‘\.ʹ′]")
_BREAKS = re.compile(r"[^a-z0-9ª]+")
_NOT_DECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "ɨ": "i"}
)


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Small letters without accents, apostrophes or hyphens, single spaces: "Ñúñez-O’Hara" → "nunez ohara"."""
    text = _repair(text).casefold()
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = _APOSTROPHES.sub("", text.translate(_NOT_DECOMPOSED))
    return _BREAKS.sub(" ", text).strip()


def _repair(text: str) -> str:
    """Undo UTF-8 that was once read as Latin-1: "GarcÃ\xada" → "García"."""
    if "Ã" not in text and "Â" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def tokens(*parts: str | None) -> tuple[str, ...]:
    """The telling words of one or more names, folded, in order, without particles and suffixes.

    A name made of nothing else keeps its words: "De La O" is ("o",), "Del" is ("del",).
    """
    words = [ABBREVIATIONS.get(word, word) for part in parts if part for word in fold(part).split()]
    telling = [word for word in words if word not in PARTICLES and word not in SUFFIXES]
    return tuple(telling or words)


def suffix(*parts: str | None) -> str:
    """The generation suffix among the words, in one spelling: "Jr.", "junior" → "jr"; empty where there is none."""
    for part in parts:
        for word in fold(part or "").split():
            if word in SUFFIXES:
                return {"junior": "jr", "senior": "sr"}.get(word, word)
    return ""


_SOUNDS = (
    (r"^h", ""),
    (r"ph", "f"),
    (r"(?<![cst])h", ""),
    (r"[sc]h", "x"),
    (r"th", "t"),
    (r"qu(?=[ei])", "k"),
    (r"gu(?=[ei])", "g"),
    (r"g(?=[eiy])", "j"),
    (r"x(?=[aeiou])", "j"),
    (r"c(?=[eiy])", "s"),
    (r"ll", "y"),
    (r"[ckq]", "k"),
    (r"z", "s"),
    (r"[bvw]", "b"),
    (r"y|i", "i"),
    (r"m(?=[pb])|n(?=[pb])", "n"),
)
_SOUND_RULES = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)


@lru_cache(maxsize=200_000)
def sound(token: str) -> str:
    """How a folded word sounds to a Spanish speaker: gonsales = gonzalez, hernandes = ernandez, jimenez = ximenez."""
    for pattern, heard in _SOUND_RULES:
        token = pattern.sub(heard, token)
    squeezed = re.sub(r"(.)\1+", r"\1", token)
    return squeezed[:1] + re.sub(r"[aeou]", "", squeezed[1:]) if len(squeezed) > 3 else squeezed


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    names: dict[str, frozenset[str]] = {}
    with (Path(__file__).parent / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            group = frozenset(row)
            for word in group:
                names[word] = names.get(word, frozenset()) | group
    return names


@cache
def _nickname_groups() -> dict[str, frozenset[int]]:
    groups: dict[str, frozenset[int]] = {}
    with (Path(__file__).parent / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            for word in row:
                groups[word] = groups.get(word, frozenset()) | {number}
    return groups


def nickname_groups(token: str) -> frozenset[int]:
    """Numbers of the groups of forms that a given name belongs to; two names that share one stand for each other."""
    return _nickname_groups().get(token, frozenset())


def nicknames(token: str) -> frozenset[str]:
    """The other forms of a given name, Spanish and English, folded: jose → pepe, joe …; itself not among them."""
    return _nicknames().get(token, frozenset()) - {token}


def joined(words: Iterable[str]) -> frozenset[str]:
    """Neighbouring words written as one: (garcia, lopez) → garcialopez."""
    listed = list(words)
    return frozenset(first + second for first, second in pairwise(listed))
