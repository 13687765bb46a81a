"""What a person types who wants a child, by class of error. A query gets a State record and a source of chance."""

import calendar
from datetime import date
from typing import NamedTuple

from bench import _children
from msixlite.domain import names

TODAY = date(2026, 11, 25)
EXTRA = [name for name, _ in _children.weighted(_children.SURNAMES)]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Query(NamedTuple):
    """What is typed, and the words and span of birth dates that it means, if not all that the record has.

    A word with a star means all words that begin so.
    """

    typed: str
    words: frozenset[str] | None = None
    span: tuple[date, date] | None = None


def typed_words(record) -> list[str]:
    """All words of the names, folded."""
    return names.fold(" ".join(filter(None, (record.first, record.middle, record.last_1, record.last_2)))).split()


def _born(record) -> str:
    return f"{record.born.month}/{record.born.day}/{record.born.year}"


def _edit(rng, word):
    at, letter = rng.randrange(len(word)), rng.choice(LETTERS)
    return rng.choice((word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]))


def _at_long_word(rng, words, change, least=4):
    at = rng.choice([i for i, word in enumerate(words) if len(word) >= least] or [words.index(max(words, key=len))])
    return [*words[:at], change(rng, words[at]), *words[at + 1 :]]


def _swap(rng, word):
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _wrong_start(rng, word):
    return rng.choice(LETTERS.replace(word[0], "")) + word[1:]


def _sounding(rng, word):
    """Spelt as it sounds over the telephone."""
    for old, new in (
        ("z", "s"),
        ("h", ""),
        ("v", "b"),
        ("ci", "si"),
        ("ce", "se"),
        ("ll", "y"),
        ("que", "ke"),
        ("qui", "ki"),
        ("j", "h"),
        ("ge", "je"),
        ("y", "i"),
        ("gua", "wa"),
        ("b", "v"),
        ("s", "z"),
    ):
        if old in word[:1] + word[1:]:
            return word.replace(old, new, 1)
    return word


def _english_ear(rng, word):
    for old, new in (
        ("jo", "ho"),
        ("ju", "hu"),
        ("je", "he"),
        ("gua", "wa"),
        ("hua", "wa"),
        ("que", "kay"),
        ("ei", "ay"),
        ("i", "ee"),
        ("e", "a"),
        ("u", "oo"),
    ):
        if old in word:
            return word.replace(old, new, 1)
    return word


def _full(record, rng):
    return " ".join(typed_words(record))


def _surname(record):
    return names.fold(record.last_1)


def _first(record):
    return names.tokens(record.first)[0]


def _misdated(change):
    def query(record, rng):
        digits = f"{record.born.year:04}{record.born.month:02}{record.born.day:02}"
        typed = change(digits, rng)
        return f"{_first(record)} {_surname(record)} {typed[4:6]}/{typed[6:]}/{typed[:4]}"

    return query


def _digit_off(digits, rng):
    at = rng.choice((3, 5, 7))
    return digits[:at] + rng.choice("0123456789".replace(digits[at], "")) + digits[at + 1 :]


def _nickname(record, rng):
    others = sorted(names.nicknames(_first(record))) or [_first(record)]
    return f"{rng.choice(others)} {_surname(record)} {_born(record)}"


def _split_name(rng, words):
    at = words.index(max(words, key=len))
    cut = rng.randrange(2, max(3, len(words[at]) - 2))
    return [*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]]


def _shuffled(record, rng):
    words = typed_words(record)
    rng.shuffle(words)
    return " ".join(words)


PLAIN = {
    "exact, as written": lambda r, rng: (
        " ".join(filter(None, (r.last_1, r.last_2))) + ", " + " ".join(filter(None, (r.first, r.middle)))
    ),
    "exact, no accents or capitals": _full,
    "any order": _shuffled,
    "first and last name, birth date": lambda r, rng: f"{r.first} {r.last_1} {_born(r)}",
    "second surname missing": lambda r, rng: f"{_first(r)} {_surname(r)} {_born(r)}",
    "first name, birth date": lambda r, rng: f"{_first(r)} {_born(r)}",
    "last word begun": lambda r, rng: " ".join(typed_words(r))[: -rng.randrange(1, 3)],
    "one typing error": lambda r, rng: " ".join(_at_long_word(rng, typed_words(r), _edit)),
    "one error, birth date": lambda r, rng: (
        " ".join(_at_long_word(rng, [_first(r), *_surname(r).split()], _edit)) + " " + _born(r)
    ),
    "two words with an error": lambda r, rng: " ".join(
        _at_long_word(rng, _at_long_word(rng, typed_words(r), _edit), _edit)
    ),
    "letters swapped": lambda r, rng: " ".join(_at_long_word(rng, typed_words(r), _swap)),
    "sounds alike": lambda r, rng: " ".join(_sounding(rng, word) for word in typed_words(r)),
}
HARD = {
    "wrong first letter": lambda r, rng: " ".join(_at_long_word(rng, typed_words(r), _wrong_start)),
    "two errors in one word": lambda r, rng: " ".join(
        _at_long_word(rng, typed_words(r), lambda g, w: _edit(g, _edit(g, w)), least=6)
    ),
    "surnames joined": lambda r, rng: (
        f"{_first(r)} " + "".join(names.tokens(r.last_1, r.last_2)) + f" {r.middle or ''}"
    ),
    "name split": lambda r, rng: " ".join(_split_name(rng, typed_words(r))),
    "initial and surnames, birth date": lambda r, rng: f"{r.first[0]} {r.last_1} {r.last_2 or ''} {_born(r)}",
    "extra word": lambda r, rng: " ".join([*typed_words(r), rng.choice(EXTRA)]),
    "nickname, birth date": _nickname,
    "as an English ear hears it": lambda r, rng: " ".join(_english_ear(rng, word) for word in typed_words(r)),
    "day and month swapped": _misdated(lambda d, rng: d[:4] + d[6:] + d[4:6]),
    "one digit of the date wrong": _misdated(_digit_off),
    "date right, name garbled": lambda r, rng: (
        " ".join(_edit(rng, _edit(rng, w)) for w in (_first(r), _surname(r))) + " " + _born(r)
    ),
    "year of birth": lambda r, rng: f"{_full(r, rng)} {r.born.year}",
    "words begun": lambda r, rng: (
        " ".join(word[: max(3, len(word) // 2 + 1)] for word in typed_words(r)) + " " + _born(r)
    ),
    "letters doubled": lambda r, rng: " ".join(_at_long_word(rng, typed_words(r), lambda g, w: w[:2] + w[1] + w[2:])),
    "error, wrong date": lambda r, rng: (
        " ".join(_at_long_word(rng, typed_words(r), _edit)) + f" {r.born.month}/{r.born.day}/{r.born.year + 1}"
    ),
}


# Further classes: each is a way in which people err that no rule of the search names


def _each(change):
    """The change in every word of the full name."""
    return lambda r, rng: " ".join(change(rng, word) for word in typed_words(r))


def _respelt(*pairs):
    """Letters written as others that sound the same: every place, one pair for each word."""

    def change(rng, word):
        fitting = [(old, new) for old, new in pairs if old in word]
        return word.replace(*rng.choice(fitting)) if fitting else word

    return _each(change)


def _at_one(change, least=4):
    return lambda r, rng: " ".join(_at_long_word(rng, typed_words(r), change, least))


def _dated(query):
    return lambda r, rng: f"{query(r, rng)} {_born(r)}"


def _few(*names_of, dated=True):
    """Some of the child's names: who has them too, and the date, is as good an answer."""

    def query(record, rng):
        words = [word for part in names_of if part(record) for word in names.fold(part(record)).split()]
        return Query(" ".join(words) + (f" {_born(record)}" if dated else ""), frozenset(words))

    return query


def _maternal(record):
    return record.last_2 or record.last_1


def _without_syllable(rng, word):
    at = rng.randrange(1, max(2, len(word) - 3))
    return word[:at] + word[at + 2 :]


_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbour_key(rng, word):
    at = rng.randrange(len(word))
    for row in _KEYBOARD:
        if word[at] in row:
            place = row.index(word[at])
            near = [row[i] for i in (place - 1, place + 1) if 0 <= i < len(row)]
            return word[:at] + rng.choice(near) + word[at + 1 :]
    return word


def _ocr(rng, word):
    fitting = [
        (o, n)
        for o, n in (("o", "0"), ("l", "1"), ("i", "l"), ("m", "rn"), ("rn", "m"), ("e", "c"), ("u", "v"))
        if o in word
    ]
    return word.replace(*rng.choice(fitting), 1) if fitting else word


def _mojibake(record, rng):
    whole = " ".join(filter(None, (record.first, record.middle, record.last_1, record.last_2)))
    wrong = rng.choice(
        (
            lambda t: t.encode("utf-8").decode("cp1252", "replace"),
            lambda t: t.encode("ascii", "replace").decode(),
            lambda t: t.encode("latin-1", "replace").decode("mac-roman", "replace"),
            lambda t: t.encode("ascii", "xmlcharrefreplace").decode(),
            lambda t: t.encode("ascii", "ignore").decode(),
            lambda t: t.encode("utf-8").decode("ascii", "replace"),
        )
    )
    return wrong(whole)


def _moved_date(change):
    return lambda r, rng: f"{_first(r)} {_surname(r)} {_maternal_word(r)} {change(r.born, rng):%m/%d/%Y}"


def _maternal_word(record):
    return names.fold(record.last_2 or "")


def _clamped(year, month, day):
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _other_month(born, rng):
    months = born.year * 12 + born.month - 1 + rng.choice((-1, 1))
    return _clamped(months // 12, months % 12 + 1, born.day)


def _swapped_digits(record, rng):
    text = f"{record.born:%m/%d/%Y}"
    at = rng.choice([i for i in (0, 3, 8) if text[i] != text[i + 1]] or [8])
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _age(record):
    return TODAY.year - record.born.year - ((TODAY.month, TODAY.day) < (record.born.month, record.born.day))


_MONTHS_ES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_PLACES = {"TX": "Texas", "FL": "Florida", "CA": "California", "WA": "Washington"}
_PLACES |= {"MI": "Michigan", "GA": "Georgia", "NC": "North Carolina", "VT": "Vermont"}


def _respell_one(rng, word, pairs):
    fitting = [(old, new) for old, new in pairs if old in word[1:]]
    if not fitting:
        return word
    old, new = rng.choice(fitting)
    return word[0] + word[1:].replace(old, new, 1)


def _short(record):
    """First name and surnames, without the middle name."""
    return " ".join(filter(None, (_first(record), _surname(record), _maternal_word(record))))


def _shortly(template, span=None):
    """First name and surnames in a sentence; other children who have all these words are as good an answer."""

    def query(record, rng):
        typed = template(_short(record), record, rng)
        return Query(typed, frozenset(_short(record).split()), span(record) if span else None)

    return query


def _cut(record, rng):
    words = [word[:4] for word in typed_words(record)]
    return Query(" ".join(words), frozenset(f"{word}*" for word in words))


def _without_second(record, rng):
    words = typed_words(record)
    kept = words if len(words) < 4 else [words[0], *words[2:]]
    return Query(" ".join(kept), frozenset(kept))


def _nickname_and_maternal(record, rng):
    others = sorted(names.nicknames(_first(record))) or [_first(record)]
    maternal = names.fold(_maternal(record))
    return Query(f"{rng.choice(others)} {maternal} {_born(record)}", frozenset(maternal.split()))


def _all_initials(record, rng):
    letters = [word[0] for word in names.tokens(record.first, record.last_1)]
    return Query(f"{' '.join(letters)} {_born(record)}", frozenset(f"{letter}*" for letter in letters))


def _as_aged(record):
    birthday = date.fromordinal(TODAY.toordinal() + 1)
    age = _age(record)
    return _clamped(birthday.year - age - 1, birthday.month, birthday.day), _clamped(
        TODAY.year - age, TODAY.month, TODAY.day
    )


def _in_month(record):
    year, month = record.born.year, record.born.month
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


_AGES = ("age {}", "{} years old", "{} años", "{}yo")
_MARKS = ("jr", "Jr.", "III", "Sr", "(twin)", "student", "DOB", "n/a")
_SCHOOLS = ("Seabreeze Junior High", "Robles ISD", "Lincoln Elementary School", "Escuela Benito Juarez")
_MUFFLED = (("i", "ee"), ("u", "oo"), ("e", "ay"), ("a", "ah"), ("o", "oh"))
_ACCENTED = ("nn", "ni", "ny", "n")


def _month_and_year(record, rng):
    month = record.born.month
    return rng.choice((f"{month}/", f"{_MONTHS_ES[month - 1]} de ", f"{record.born:%b} ")) + str(record.born.year)


def _with_error(words, change, least=4):
    return lambda r, rng: " ".join(_at_long_word(rng, words(r), change, least)) + " " + _born(r)


def _name_and_surname(record):
    return [_first(record), *_surname(record).split()]


def _place(record, rng):
    return rng.choice((record.state, _PLACES[record.state]))


FURTHER = {
    "syllable dropped": _at_one(_without_syllable, 7),
    "syllable dropped, birth date": _with_error(_name_and_surname, _without_syllable, 6),
    "ll as y, y as ll": _respelt(("ll", "y"), ("y", "ll")),
    "b as v, v as b": _respelt(("b", "v"), ("v", "b")),
    "s, z and c mixed": _respelt(("z", "s"), ("s", "z"), ("ce", "se"), ("ci", "si"), ("s", "c")),
    "h dropped or put in front": _each(
        lambda rng, w: w.replace("h", "") if "h" in w else "h" + w if w[0] in "aeiou" else w
    ),
    "j, x and g mixed": _respelt(("j", "x"), ("x", "j"), ("ge", "je"), ("gi", "ji"), ("j", "g")),
    "k for c and qu": _respelt(("qu", "k"), ("ca", "ka"), ("co", "ko"), ("cu", "ku")),
    "n for ñ, nn, ni, ny": _shortly(
        lambda _, r, rng: (
            " ".join(filter(None, (names.tokens(r.first)[0], r.last_1, r.last_2)))
            .lower()
            .replace("ñ", rng.choice(_ACCENTED))
        )
    ),
    "letters doubled in each word": _each(lambda rng, w: w[:3] + w[2:]),
    "single for doubled letters": _each(lambda rng, w: w.replace("rr", "r").replace("ll", "l").replace("nn", "n")),
    "i and e swapped": _respelt(("i", "e"), ("e", "i")),
    "o and u swapped": _respelt(("o", "u"), ("u", "o")),
    "vowels by English ears": _each(lambda rng, w: _respell_one(rng, w, _MUFFLED)),
    "names cut to four letters": _cut,
    "names cut, birth date": _dated(lambda r, rng: " ".join(w[:4] for w in _name_and_surname(r))),
    "middle of a compound missing": _without_second,
    "maternal surname only": _few(lambda r: r.first, _maternal),
    "maternal surname alone, date": _few(_maternal),
    "nickname, maternal surname": _nickname_and_maternal,
    "jr and other marks": lambda r, rng: f"{_full(r, rng)} {rng.choice(_MARKS)} {_born(r)}",
    "school typed besides": lambda r, rng: f"{_full(r, rng)} {rng.choice(_SCHOOLS)}",
    "María as Ma.": _shortly(lambda names, r, rng: f"Ma. {names} {_born(r)}"),
    "initials and surname, date": lambda r, rng: (
        f"{'. '.join(w[0].upper() for w in names.tokens(r.first, r.middle))}. {_surname(r)} {_born(r)}"
    ),
    "all initials, date": _all_initials,
    "initial of second surname": lambda r, rng: f"{_first(r)} {_surname(r)} {_maternal_word(r)[:1]} {_born(r)}",
    "first and last swapped, error": lambda r, rng: " ".join(
        _at_long_word(rng, [*names.tokens(r.last_1, r.last_2), *names.tokens(r.first, r.middle)], _edit)
    ),
    "birth date a day off": _moved_date(lambda d, rng: date.fromordinal(d.toordinal() + rng.choice((-1, 1)))),
    "birth date a month off": _moved_date(_other_month),
    "birth date a year off": _moved_date(lambda d, rng: _clamped(d.year + rng.choice((-1, 1)), d.month, d.day)),
    "birth date a decade off": _moved_date(lambda d, rng: _clamped(d.year - 10, d.month, d.day)),
    "digits swapped, name with error": lambda r, rng: (
        " ".join(_at_long_word(rng, _short(r).split(), _edit)) + " " + _swapped_digits(r, rng)
    ),
    "neighbouring key": _at_one(_neighbour_key),
    "neighbouring keys, each word": _dated(_each(_neighbour_key)),
    "read by a scanner (0/O, l/1, rn/m)": _each(_ocr),
    "accents garbled": _mojibake,
    "all together in capitals": lambda r, rng: "".join(typed_words(r)).upper(),
    "all together, birth date": lambda r, rng: f"{''.join(_name_and_surname(r)).upper()} {_born(r)}",
    "State typed besides": lambda r, rng: f"{_full(r, rng)} {_place(r, rng)}",
    "State typed besides, birth date": lambda r, rng: f"{_first(r)} {_surname(r)} {_born(r)} {_place(r, rng)}",
    "age": _shortly(lambda names, r, rng: f"{names} {rng.choice(_AGES)}".format(_age(r)), _as_aged),
    "born in a month": _shortly(lambda names, r, rng: f"{names} born in {r.born:%B %Y}".lower(), _in_month),
    "month and year": _shortly(lambda names, r, rng: f"{names} {_month_and_year(r, rng)}", _in_month),
    "words of the question": _shortly(lambda names, r, rng: f"student {names} dob {_born(r)} grade 8"),
}
