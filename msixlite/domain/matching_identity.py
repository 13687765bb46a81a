"""What matching compares of one State record, and the words of its names."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

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

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The words of the given names, folded, the first name's first."""
        return names.tokens(self.first_name, self.middle_name)

    @cached_property
    def surnames(self) -> tuple[str, ...]:
        """The words of both surnames, folded, without particles and suffixes."""
        return names.tokens(self.last_name_1, self.last_name_2)

    @cached_property
    def generation(self) -> str:
        """The suffix wherever it was written, in one spelling: jr, ii …; empty where there is none."""
        return names.suffix(self.suffix, self.last_name_2, self.last_name_1)

    @cached_property
    def mother(self) -> tuple[str, ...]:
        return names.tokens(self.female_parent_first_name)

    @cached_property
    def father(self) -> tuple[str, ...]:
        return names.tokens(self.male_parent_first_name)
