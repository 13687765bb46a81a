"""One folding of names for search, matching and every other comparison. Rules only: text in, text out."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

PARTICLES = frozenset(
    (
        "de",
        "del",
        "dela",
        "delas",
        "delos",
        "la",
        "las",
        "los",
        "el",
        "y",
        "e",
        "da",
        "das",
        "do",
        "dos",
        "van",
        "von",
        "san",
    )
)
"""Words that belong to a surname without telling people apart: de la Cruz, Cruz."""
SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv", "junior", "senior"))
ABBREVIATIONS = {
    "ma": "maria",
    "mª": "maria",
    "fco": "francisco",
    "gpe": "guadalupe",
    "ant": "antonio",
    "fdz": "fernandez",
    "glz": "gonzalez",
    "gzz": "gonzalez",
    "gtz": "gutierrez",
    "hdz": "hernandez",
    "hdez": "hernandez",
    "lpz": "lopez",
    "mtz": "martinez",
    "rdz": "rodriguez",
    "rmz": "ramirez",
    "vzq": "vazquez",
}
_GROWN_TOGETHER = re.compile(
    r"(?:de)?(?:la|las|los)(?=cruz$|rosas?$|torre$|paz$|fuente$|garza$|cerda$|vega$|pena$|mora$|santos$|reyes$|rios$|luz$)"
    r"|del(?=angel$|rio$|valle$|real$|toro$|bosque$|carmen$|rosario$|castillo$)"
    r"|de(?=leon$|jesus$|luna$|anda$|santiago$|haro$)"
)
"""Particles written as one word with a surname: delacruz, deleon."""

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
    words = [canonical(word) for part in parts if part for word in fold(part).split()]
    telling = [word for word in words if word not in PARTICLES and word not in SUFFIXES]
    return tuple(telling or words)


@lru_cache(maxsize=200_000)
def canonical(word: str) -> str:
    """A folded word written out, without a particle grown together with it: hdz → hernandez, deleon → leon."""
    return ABBREVIATIONS.get(word) or _GROWN_TOGETHER.sub("", word, count=1)


def suffix(*parts: str | None) -> str:
    """The generation suffix among the words, in one spelling: "Jr.", "junior" → "jr"; empty where there is none."""
    for part in parts:
        for word in fold(part or "").split():
            if word in SUFFIXES:
                return {"junior": "jr", "senior": "sr"}.get(word, word)
    return ""


def _spoken(*rules: str) -> tuple[tuple[str, str], ...]:
    """Rules as text, "old>new old>new …", in the order in which they apply."""
    return tuple((old, new) for rule in rules for old, _, new in [part.partition(">") for part in rule.split()])


_SPANISH = _spoken(
    "ph>f ch>X sh>X th>t gua>ba hua>ba gue>Ge gui>Gi que>ke qui>ki h>",
    "ge>je gi>ji gy>jy ce>se ci>si cy>sy sc>s xa>ja xe>je xi>ji xo>jo xu>ju ll>i",
    "c>k q>k z>s x>s v>b w>b y>i mp>np mb>nb",
)
_ENGLISH_EAR = _spoken(
    "ph>f ch>X sh>X th>t jua>wa hua>wa gua>wa hwa>wa joa>wa hoa>wa gue>Ge gui>Gi que>ke qui>ki",
    "ge>he gi>hi ce>se ci>si cy>si xa>ha xe>he xi>hi xo>ho xu>hu j>h",
    "c>k q>k z>s x>s v>b",
)
_DOUBLED = re.compile(r"(.)\1+")
_WITHOUT_VOWELS = str.maketrans("", "", "aeou")
_CONSONANTS_ONLY = str.maketrans("", "", "aeiouyh")


def _spell(token: str, rules: tuple[tuple[str, str], ...]) -> str:
    for old, new in rules:
        if old in token:
            token = token.replace(old, new)
    return token


@lru_cache(maxsize=200_000)
def sound(token: str) -> str:
    """How a folded word sounds to a Spanish speaker: gonsales = gonzalez, hernandes = ernandez, jimenez = ximenez."""
    squeezed = _DOUBLED.sub(r"\1", _spell(token, _SPANISH))
    return squeezed[:1] + squeezed[1:].translate(_WITHOUT_VOWELS) if len(squeezed) > 3 else squeezed


@lru_cache(maxsize=200_000)
def skeleton(token: str) -> str:
    """The consonants an English speaker writes down on hearing it: jose = hosay, juan = wan, yonatan = jonathan."""
    spelled = _spell(token, _ENGLISH_EAR)
    first = "h" if spelled[:1] in ("h", "y") else ""
    return first + _DOUBLED.sub(r"\1", spelled.translate(_CONSONANTS_ONLY))


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


_DIMINUTIVE = re.compile(r"^(\w{2,}?)(?:c?it[oa]|cit[oa]|it[oa]s)$")


@lru_cache(maxsize=200_000)
def nicknames(token: str) -> frozenset[str]:
    """The other forms of a given name, Spanish and English, folded: jose → pepe, joe …; itself not among them."""
    return (_nicknames().get(token, frozenset()) | _without_diminutive(token)) - {token}


def _without_diminutive(token: str) -> frozenset[str]:
    """What a diminutive may stand for: carlitos → carlos, teresita → teresa, paquito → paco."""
    found = _DIMINUTIVE.match(token)
    if found is None:
        return frozenset()
    stem = found[1]
    stems = (stem, re.sub("qu$", "c", stem), re.sub("gu$", "g", stem))
    return frozenset(each + ending for each in stems for ending in ("", "o", "a", "os", "e") if len(each) > 2)


def joined(words: Iterable[str]) -> frozenset[str]:
    """Neighbouring words written as one: (garcia, lopez) → garcialopez."""
    listed = list(words)
    return frozenset(first + second for first, second in pairwise(listed))
