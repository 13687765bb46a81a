"""What the form "More fields" asks for. Rules only: values in, criteria and sentences out."""

import enum
import re
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any

from msixlite.domain import names
from msixlite.domain.search_text import Criteria
from msixlite.models.words import Sentence, _l, joined

MOST_DAYS = 400
"""Days before and after a birth date; more would be no birth date any more."""


class Mode(enum.Enum):
    """How names are compared."""

    FUZZY = "fuzzy"
    EXACT = "exact"
    STARTS = "starts"
    WILDCARD = "wildcard"
    SOUNDS = "sounds"

    @property
    def label(self) -> Sentence:
        return _LABELS[self]


_LABELS = {
    Mode.FUZZY: _l("However spelled, in any order (as in the search box)"),
    Mode.EXACT: _l("Exact, but for accents, hyphens, capitals and order"),
    Mode.STARTS: _l("Starts with"),
    Mode.WILDCARD: _l("With * for any letters and ? for one letter"),
    Mode.SOUNDS: _l("Sounds like, to a Spanish speaker"),
}


@dataclass(frozen=True)
class Fields:
    """One value for each question of the form; empty ones ask nothing."""

    msix_id: str = ""
    id_state: str = ""
    state_id: str = ""
    first: str = ""
    middle: str = ""
    last_1: str = ""
    last_2: str = ""
    suffix: str = ""
    mode: str = Mode.FUZZY.value
    sex: str = ""
    born: date | None = None
    born_within: int = 0
    """Days before and after `born`."""
    born_year: int | None = None
    multiple_birth: str = ""
    """yes, no, or empty."""
    birth_city: str = ""
    birth_state: str = ""
    birth_country: str = ""
    parent: str = ""
    state: str = ""
    region: str = ""
    district: str = ""
    school: str = ""
    latest: bool = False
    """Whether place and grade are those of the latest enrollment, or of any."""
    grade: str = ""
    enrolled_from: date | None = None
    enrolled_to: date | None = None
    qad_from: date | None = None
    qad_to: date | None = None
    moved_from: str = ""
    moved_to: str = ""
    eligible_on: date | None = None
    out_of_school: bool = False
    pfs: bool = False
    withdrawn: bool = False
    open_item: bool = False
    updated_since: date | None = None

    @property
    def way(self) -> Mode:
        return Mode(self.mode)

    @property
    def surnames(self) -> tuple[str, ...]:
        return self.words_of(self.last_1, self.last_2)

    @property
    def given(self) -> tuple[str, ...]:
        return self.words_of(self.first, self.middle)

    def words_of(self, *typed: str) -> tuple[str, ...]:
        """The telling words, folded; in a wildcard search each with its stars and question marks."""
        if self.way is Mode.WILDCARD:
            words = [pattern_of(word) for one in typed for word in one.replace("-", " ").split()]
            return tuple(word for word in words if word and word not in names.PARTICLES)
        return names.tokens(*typed)

    @property
    def birth_days(self) -> tuple[date, date] | None:
        """First and last birth date that fit."""
        if self.born:
            days = timedelta(days=self.born_within)
            return self.born - days, self.born + days
        return (date(self.born_year, 1, 1), date(self.born_year, 12, 31)) if self.born_year else None

    @property
    def criteria(self) -> Criteria:
        """The names, and an exact birth date, as the one box reads them."""
        exact = self.born if self.born and not self.born_within else None
        words = tuple(
            word for one in (self.first, self.middle, self.last_1, self.last_2) for word in names.fold(one).split()
        )
        return Criteria(words=words, born=(f"{exact:%Y%m%d}",) if exact else ())

    def to_json(self) -> dict[str, Any]:
        """Only what was asked, in JSON's own kinds."""
        asked = {name: value for name, value in asdict(self).items() if value != getattr(EMPTY, name)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asked.items()}


EMPTY = Fields()
_DATES = {one.name for one in fields(Fields) if one.type == "date | None" or one.type == (date | None)}


def from_json(stored: dict[str, Any]) -> Fields:
    """What `to_json` wrote; questions that the form no longer has are left out."""
    known = {one.name for one in fields(Fields)} & stored.keys()
    values: dict[str, Any] = {
        name: date.fromisoformat(stored[name]) if name in _DATES else stored[name] for name in known
    }
    return Fields(**values)


def pattern_of(word: str) -> str:
    """A folded word with its stars and question marks: "Garc*" → "garc*". Any other sign is no letter."""
    parts = re.split(r"([*?])", word)
    return "".join(part if part in ("*", "?") else names.fold(part).replace(" ", "") for part in parts)


def letters(pattern: str) -> str:
    """What of a pattern is no sign."""
    return pattern.replace("*", "").replace("?", "")


def too_little(asked: Fields) -> str:
    """What to type more; empty when it is enough (domain rule against trawling).

    An MSIX ID alone, a State ID with its State, or two of: a surname of two letters, a first name of one letter, a
    birth date, a district.
    """
    if asked.msix_id or (asked.state_id and asked.id_state):
        return ""
    if asked.state_id:
        return _l("Choose the State of the State ID too.")
    surname = any(len(letters(word)) >= 2 for word in asked.surnames)
    first = any(letters(word) for word in asked.given)
    if sum((surname, first, bool(asked.born), bool(asked.district))) >= 2:
        return ""
    return _l(
        "Type two of these: a last name (two letters), a first name (one letter), a birth date, a district. "
        "An MSIX ID alone, or a State ID with its State, is enough too."
    )


def read_as(asked: Fields) -> str:
    """What was asked, in a sentence: last name "garcia" (starts with), born 03/14/2012 ± 3 days, grade 08."""
    parts = []
    if asked.msix_id:
        parts.append(_l("MSIX ID %(number)s", number=asked.msix_id))
    if asked.state_id:
        parts.append(_l("State ID %(number)s of %(state)s", number=asked.state_id, state=asked.id_state))
    named = " ".join(filter(None, (asked.first, asked.middle, asked.last_1, asked.last_2, asked.suffix)))
    if named:
        parts.append(_l('name "%(name)s" (%(way)s)', name=named, way=_SHORT[asked.way]))
    if asked.born and asked.born_within:
        day, span = f"{asked.born:%m/%d/%Y}", str(asked.born_within)
        parts.append(_l("born %(day)s ± %(span)s days", day=day, span=span))
    elif asked.born:
        parts.append(_l("born %(day)s", day=f"{asked.born:%m/%d/%Y}"))
    elif asked.born_year:
        parts.append(_l("born in %(when)s", when=str(asked.born_year)))
    parts += [_said(words, getattr(asked, name)) for name, words in _QUESTIONS if getattr(asked, name)]
    return joined(", ", parts)


def _said(words: Sentence, value: Any) -> Sentence:
    if value is True:
        return words
    return joined(" ", (words, f"{value:%m/%d/%Y}" if isinstance(value, date) else str(value)))


_SHORT = {
    Mode.FUZZY: _l("however spelled"),
    Mode.EXACT: _l("exact"),
    Mode.STARTS: _l("starts with"),
    Mode.WILDCARD: _l("with * and ?"),
    Mode.SOUNDS: _l("sounds like"),
}
_QUESTIONS = (
    ("sex", _l("sex")),
    ("multiple_birth", _l("multiple birth:")),
    ("birth_city", _l("born in")),
    ("birth_state", _l("birth State")),
    ("birth_country", _l("birth country")),
    ("parent", _l("parent")),
    ("state", _l("enrolled in")),
    ("region", _l("region")),
    ("district", _l("district")),
    ("school", _l("school")),
    ("latest", _l("latest enrollment only")),
    ("grade", _l("grade")),
    ("enrolled_from", _l("enrolled from")),
    ("enrolled_to", _l("enrolled until")),
    ("qad_from", _l("QAD from")),
    ("qad_to", _l("QAD until")),
    ("moved_from", _l("moved from")),
    ("moved_to", _l("moved to")),
    ("eligible_on", _l("eligible on")),
    ("out_of_school", _l("out-of-school youth")),
    ("pfs", _l("priority for services")),
    ("withdrawn", _l("withdrawn and not enrolled again")),
    ("open_item", _l("with an open worklist item")),
    ("updated_since", _l("updated since")),
)
