"""What matching compares of one State record, and the words of its names."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from msixlite.domain import names


@dataclass(frozen=True)
class Identity:
    """What matching compares of one State record: plain values, as the State sent them."""

    state_code: str
    state_student_id: str
    first_name: str
    middle_name: str | None
    last_name_1: str
    last_name_2: str | None
    suffix: str | None
    sex: str | None
    birth_date: date | None
    """None where a file to be linked has none; a State record always has one."""
    multiple_birth: bool | None
    birth_city: str | None
    birth_state: str | None
    birth_country: str | None
    male_parent_first_name: str | None
    male_parent_last_name: str | None
    female_parent_first_name: str | None
    female_parent_last_name: str | None
    id_type: str = ""

    @property
    def given(self) -> tuple[str, ...]:
        """The words of the given names, folded, the first name's first."""
        return words(self.first_name, self.middle_name)

    @property
    def surnames(self) -> tuple[str, ...]:
        """The words of both surnames, folded, without particles and suffixes."""
        return words(self.last_name_1, self.last_name_2)

    @property
    def generation(self) -> str:
        """The suffix wherever it was written, in one spelling: jr, ii …; empty where there is none."""
        return generation(self.suffix, self.last_name_2, self.last_name_1)

    @property
    def mother(self) -> tuple[str, ...]:
        return words(self.female_parent_first_name, None)

    @property
    def father(self) -> tuple[str, ...]:
        return words(self.male_parent_first_name, None)

    @property
    def mother_surnames(self) -> tuple[str, ...]:
        return words(self.female_parent_last_name, None)

    @property
    def father_surnames(self) -> tuple[str, ...]:
        return words(self.male_parent_last_name, None)

    @property
    def city(self) -> str:
        """City of birth, folded, without spaces."""
        return squeezed(self.birth_city or "")

    @property
    def area(self) -> str:
        """State or province of birth, folded."""
        return squeezed(self.birth_state or "")

    @property
    def country(self) -> str:
        """Country of birth in two letters where it is a usual one, otherwise folded as sent."""
        return _country(self.birth_country or "")

    @property
    def gender(self) -> str:
        """m, f, another letter, or empty."""
        return (self.sex or "")[:1].casefold()


@lru_cache(maxsize=200_000)
def words(first: str | None, second: str | None) -> tuple[str, ...]:
    return names.tokens(first, second)


@lru_cache(maxsize=50_000)
def generation(*parts: str | None) -> str:
    return names.suffix(*parts)


@lru_cache(maxsize=20_000)
def squeezed(text: str) -> str:
    return names.fold(text).replace(" ", "")


COUNTRIES = {
    "us": ("usa", "unitedstates", "unitedstatesofamerica"),
    "mx": ("mex", "mexico"),
    "gt": ("gtm", "guatemala"),
    "hn": ("hnd", "honduras"),
    "sv": ("slv", "elsalvador"),
    "ni": ("nic", "nicaragua"),
    "ht": ("hti", "haiti"),
    "pr": ("pri", "puertorico"),
    "co": ("col", "colombia"),
    "pe": ("per", "peru"),
    "ec": ("ecu", "ecuador"),
    "cu": ("cub", "cuba"),
    "do": ("dom", "dominicanrepublic"),
    "ca": ("can", "canada"),
}
_COUNTRY_OF = {other: code for code, others in COUNTRIES.items() for other in others}


@lru_cache(maxsize=2_000)
def _country(text: str) -> str:
    folded = squeezed(text)
    return _COUNTRY_OF.get(folded, folded)
