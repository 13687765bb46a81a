"""What in a text may be personal data, by its form alone. Rules only: text in, candidates with their place out."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Span:
    """A place in the text as it was written: start included, end not."""

    start: int
    end: int


@dataclass(frozen=True)
class Plain:
    """A text without accents, odd digits, dashes, spaces and invisible letters, and where each letter came from."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """Where letters start to end stood in the text as it was written."""
        return Span(self.places[start], self.places[end - 1] + 1)


_APOSTROPHES = "’‘ʼ´`′＇"


def plain(text: str) -> Plain:
    """Full-width and other scripts' digits become 0-9, dashes "-", spaces " "; marks and invisible letters go."""
    letters: list[str] = []
    places: list[int] = []
    for place, written in enumerate(text):
        for letter in _plain_letters(written):
            letters.append(letter)
            places.append(place)
    return Plain("".join(letters), tuple(places))


def _plain_letters(written: str) -> Iterator[str]:
    if written.isascii():
        yield "\n" if written == "\r" else written
        return
    for letter in unicodedata.normalize("NFKD", written):
        kind = unicodedata.category(letter)
        if kind in ("Mn", "Me", "Cf", "Cc"):
            continue
        if kind == "Nd":
            yield str(unicodedata.digit(letter))
        elif kind == "Pd" or letter in "−⁃":
            yield "-"
        elif kind in ("Zs", "Zl", "Zp"):
            yield " "
        else:
            yield "'" if letter in _APOSTROPHES else letter


# Numbers


@dataclass(frozen=True)
class Digits:
    """Neighbouring groups of digits that are written as one number."""

    digits: str
    sizes: tuple[int, ...]
    start: int
    end: int
    joints: tuple[str, ...]
    """What stands between the groups."""


_GROUP = re.compile(r"\d+")
_JOINT = re.compile(r"[\s().\-_/,*•·:+|~]{1,3}")
_MOST_GROUPS = 12
_TEN_WORDS = (
    "zero one two three four five six seven eight nine",
    "cero uno dos tres cuatro cinco seis siete ocho nueve",
)
_DIGIT_WORDS = {word: str(at) for words_of_one in _TEN_WORDS for at, word in enumerate(words_of_one.split())} | {
    "oh": "0"
}
_DIGIT_WORD = re.compile(rf"\b(?:{'|'.join(_DIGIT_WORDS)})\b", re.IGNORECASE)


def numbers(found: Plain) -> Iterator[Digits]:
    """Every run of up to twelve neighbouring groups of digits, the shorter runs of a place first."""
    groups = [(one.start(), one.end(), one[0]) for one in _GROUP.finditer(found.text)]
    yield from _runs(found, groups)


def spoken_digits(found: Plain) -> Iterator[Digits]:
    """Runs of digits written as words: one two three …"""
    groups = [(one.start(), one.end(), _DIGIT_WORDS[one[0].lower()]) for one in _DIGIT_WORD.finditer(found.text)]
    yield from _runs(found, groups)


def _runs(found: Plain, groups: list[tuple[int, int, str]]) -> Iterator[Digits]:
    for first in range(len(groups)):
        run = groups[first : first + _MOST_GROUPS]
        joints: list[str] = []
        for length in range(1, len(run) + 1):
            if length > 1:
                joint = found.text[run[length - 2][1] : run[length - 1][0]]
                if not _JOINT.fullmatch(joint):
                    break
                joints.append(joint)
            taken = run[:length]
            digits, sizes = "".join(one[2] for one in taken), tuple(len(one[2]) for one in taken)
            yield Digits(digits, sizes, taken[0][0], taken[-1][1], tuple(joints))


_SSN_WORDS = re.compile(
    r"(?:\bs\.?s\.?n\b|\bss\s?#|\bsoc(?:ial)?\.?\s?sec(?:urity)?|\bsocial\b|\bseguro social|"
    r"\bs\.?s\.?a?\b\s?(?:no|num)|\bn\.?s\.?s\b)[\s.:;#=-]*"
    r"(?:(?:is|es|number|no|num|card|the|last|four|4|digits|ending|ends|in|del|de|numeros?|ultimos|cuatro)\b"
    r"[\s.:;#=-]*){0,6}$",
    re.IGNORECASE,
)
_SSN_SIZES = {(3, 2, 4), (9,), (3, 6), (5, 4), (3, 3, 3), (1,) * 9, (2, 2, 2, 2, 1), (3, 1, 1, 4)}
_UNSURE = {(5, 4), (3, 3, 3), (2, 2, 2, 2, 1), (3, 1, 1, 4), (3, 6)}


def social_security_numbers(found: Plain) -> Iterator[Span]:
    """Nine digits written as an SSN is (3-2-4, together, one by one), or any four to nine after its name."""
    for number in (*numbers(found), *spoken_digits(found)):
        if _is_ssn(found, number):
            yield found.span(number.start, number.end)


def _is_ssn(found: Plain, number: Digits) -> bool:
    if 4 <= len(number.digits) <= 9 and _stands_alone(found, number):
        before = found.text[max(0, number.start - 60) : number.start]
        if _SSN_WORDS.search(before):
            return True
    if number.sizes not in _SSN_SIZES or number.sizes in _UNSURE - {(3, 6)}:
        return False
    return _stands_alone(found, number) and (len(number.sizes) < 3 or "," not in "".join(number.joints))


_NEIGHBOUR_BEFORE = re.compile(r"[\w$]$|[\d][-./]$|[A-Za-z]-$")
_NEIGHBOUR_AFTER = re.compile(r"^\w|^[-/.][\d]")


def _stands_alone(found: Plain, number: Digits) -> bool:
    """Neither part of a longer number nor of a word."""
    before, after = found.text[max(0, number.start - 2) : number.start], found.text[number.end : number.end + 2]
    return not _NEIGHBOUR_BEFORE.search(before) and not _NEIGHBOUR_AFTER.search(after)


def twelve_digits(found: Plain) -> Iterator[tuple[str, Span]]:
    """What may be an MSIX ID, however it is grouped."""
    for number in numbers(found):
        if len(number.digits) == 12 and len(number.sizes) <= 6:
            yield number.digits, found.span(number.start, number.end)


_PHONE_SIZES = {(3, 3, 4), (10,), (1, 3, 3, 4), (1, 10), (11,), (3, 7), (6, 4), (3, 3, 2, 2)}
_MEXICAN_SIZES = {(2, 2, 4, 4), (2, 3, 3, 4), (2, 10), (12,), (2, 1, 3, 3, 4), (2, 1, 2, 4, 4)}
_TOLL_FREE = frozenset(("800", "833", "844", "855", "866", "877", "888"))
_PHONE_WORDS = re.compile(
    r"\b(?:call|phone|ph|tel|telephone|telefono|cell|cel|celular|mobile|text|whatsapp|llam\w+|number|numero|at|al)\b[\s.:;#]*(?:is|es)?[\s:]*$",
    re.IGNORECASE,
)


def telephones(found: Plain) -> Iterator[tuple[str, Span]]:
    """The last ten digits of what is written as a telephone number; seven only after a word that says so."""
    for number in numbers(found):
        if _is_telephone(found, number):
            yield number.digits[-10:], found.span(number.start, number.end)


def _is_telephone(found: Plain, number: Digits) -> bool:
    if not _stands_alone(found, number):
        return False
    before = found.text[max(0, number.start - 25) : number.start]
    if number.sizes in ((3, 4), (7,)):
        return bool(_PHONE_WORDS.search(before)) and "/" not in number.joints
    if number.sizes in _MEXICAN_SIZES:
        return before.rstrip(" (").endswith("+") and number.digits.startswith("52")
    if number.sizes not in _PHONE_SIZES or (len(number.digits) == 11 and number.digits[0] != "1"):
        return False
    return number.digits[-10] in "23456789" and number.digits[-10:-7] not in _TOLL_FREE


_ID_TOKEN = re.compile(r"(?<![\w-])[A-Za-z]{0,6}[-_ ]?\d[\dA-Za-z]*(?:[-_.]\d[\dA-Za-z]*)*(?![\w-])")
_ID_WORDS = re.compile(
    r"\b(?:id|ids|no|num|number|numero|student|alumno|sid|ssid|identifier|clave)\b[\s.:;#]*(?:is|es)?[\s#:]*(?:[A-Za-z]{2}\s)?$",
    re.I,
)
_LONG_ID = 7


def state_ids(found: Plain) -> Iterator[tuple[frozenset[str], Span]]:
    """What may be a State Student Identifier, with the ways in which it may be stored.

    Short numbers (fewer than seven letters and digits, no letters) only after a word such as "ID".
    """
    for one in _ID_TOKEN.finditer(found.text):
        written = one[0].upper()
        short = len(written) < _LONG_ID and written.isdigit()
        if short and not _ID_WORDS.search(found.text[max(0, one.start() - 25) : one.start()]):
            continue
        bare = re.sub(r"[-_. ]", "", written)
        tail = re.sub(r"^[A-Z]+", "", bare)
        ways = {
            written,
            bare,
            tail if len(tail) >= _LONG_ID else bare,
            written.split(" ")[-1] if " " in written else bare,
        }
        yield frozenset(way for way in ways if 3 <= len(way) <= 15), found.span(one.start(), one.end())


# Addresses

_STREET = (
    "street|str|st|avenue|ave|av|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|circle|cir|place|pl|way|terrace|ter|"
    "trail|trl|highway|hwy|parkway|pkwy|loop|square|route|rte"
)
_NOT_IN_STREETS = (
    "the|on|of|in|for|at|to|and|or|a|an|days?|weeks?|months?|years?|hours?|children|child|kids|students?|working|records?|"
    "families|family|more|their|our|your|his|her|with|by|are|is|was|were|will|from|new|last|courses?|credits?|grades?"
)
_ADDRESS = re.compile(
    rf"""(?<![\w/.-])(?:
      \d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})?\s+(?:[NSEW]{{1,2}}\.?\s+|(?:north|south|east|west)\s+)?
        (?:(?!(?:{_NOT_IN_STREETS})\b)[A-Za-z0-9.']+\s+){{1,4}}(?:{_STREET})\b\.?
        (?:\s*,?\s*(?:apt|unit|lot|trailer|\#)\s*\.?\s*\w+)?
    | \d{{1,6}}\s+(?:county\s+road|co\.?\s?rd\.?|farm\s+road|state\s+(?:road|route)|fm|cr|rr|hwy|highway|us)
        \s*\.?\s?\#?\d+\b
    | p\.?\s?o\.?\s?box\s*\#?\s*\d+
    | (?:rural\s+route|rr|hc)\s*\#?\d+\s*,?\s*box\s*\d+
    | (?:calle|avenida|avda|av\.|carretera|camino|privada|callejon|calzada|boulevard|blvd)\s+
        (?:(?!(?:en|con|para|por|hasta|donde)\b)[A-Za-z.']+\s+){{0,5}}?(?:\#|no\.?|num\.?|numero|,)?\s*\d{{1,5}}\b
    | (?:apt|apartment|apto|trailer|lote?|casa)\s*\.?\s*(?:\#|no\.?)\s*\d+[A-Za-z]?
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def addresses(found: Plain) -> Iterator[tuple[str, Span]]:
    """What is written as a street address or a post office box, in English or Spanish."""
    for one in _ADDRESS.finditer(found.text):
        yield " ".join(one[0].split()), found.span(one.start(), one.end())


# Words


@dataclass(frozen=True)
class Word:
    """A word of the text with its place in the plain text."""

    written: str
    start: int
    end: int

    @property
    def is_initial(self) -> bool:
        return len(self.written) == 1

    @property
    def is_capital(self) -> bool:
        return self.written[0].isupper()


_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_POSSESSIVE = re.compile(r"'s?$", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"[\s,'\-_/()\"*]{0,5}|[._-]|\.\s{1,2}")
_WITHOUT_DOT = re.compile(r"[^.]*")
_ABBREVIATED = frozenset(("ma", "jr", "sr", "st", "fco", "gpe", "hdz", "mtz", "rdz", "glz", "lpz"))


def words(found: Plain) -> list[Word]:
    """All words, without a possessive 's."""
    made = []
    for one in _WORD.finditer(found.text):
        written = _POSSESSIVE.sub("", one[0])
        made.append(Word(written, one.start(), one.start() + len(written)))
    return made


def joined_to_next(found: Plain, listed: list[Word]) -> list[bool]:
    """For each word whether the next one may belong to the same name: no sentence ends between them."""
    return [_may_join(found.text[one.end : other.start], one) for one, other in pairwise(listed)] + [False]


def _may_join(between: str, word: Word) -> bool:
    between = between.removeprefix("'s")
    if not _BETWEEN_NAMES.fullmatch(between):
        return False
    if not between.startswith(".") or between == ".":
        return True
    return word.is_initial or word.written.lower() in _ABBREVIATED
