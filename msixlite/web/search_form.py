"""The form "More fields", and how a list of results stands in its address."""

import re
from dataclasses import asdict, fields
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from msixlite.domain import mde, places, search_fields, search_listing
from msixlite.domain.search_fields import Fields, Mode
from msixlite.domain.search_listing import Listing, Sort
from msixlite.models.words import _l
from msixlite.web.rendering import choices

_SHORT, _NAME, _PLACE = Length(max=20), Length(max=60), Length(max=120)


def _date(label: str) -> DateField:
    return DateField(label, [Optional()])


class FieldsForm(FlaskForm):
    msix_id = StringField(_l("MSIX ID"), [_SHORT])
    id_state = SelectField(_l("State of the State ID"), default="")
    state_id = StringField(_l("State ID"), [_SHORT])
    first = StringField(_l("First name"), [_NAME])
    middle = StringField(_l("Middle name"), [_NAME])
    last_1 = StringField(_l("Last name"), [_NAME])
    last_2 = StringField(_l("Second last name"), [_NAME])
    suffix = StringField(_l("Suffix"), [_SHORT])
    mode = RadioField(_l("How to compare names"), default=Mode.FUZZY.value)
    born = _date(_l("Birth date"))
    born_within = IntegerField(
        _l("Days before or after"),
        [Optional(), NumberRange(0, search_fields.MOST_DAYS, _l("Type a number from 0 to 400."))],
    )
    born_year = IntegerField(
        _l("Or only the year"), [Optional(), NumberRange(1900, 2200, _l("Type a year of four digits."))]
    )
    sex = SelectField(_l("Sex"), default="")
    multiple_birth = SelectField(
        _l("Multiple birth"), default="", choices=choices((("yes", _l("Yes")), ("no", _l("No"))), any_=True)
    )
    birth_city = StringField(_l("City of birth"), [_NAME])
    birth_state = StringField(_l("State of birth"), [Length(max=10)])
    birth_country = StringField(
        _l("Country of birth"), [Length(max=3, message=_l("Type the three letters, such as MEX."))]
    )
    parent = StringField(_l("Name of a parent"), [_NAME])
    state = SelectField(_l("State"), default="")
    region = StringField(_l("Region"), [_PLACE])
    district = StringField(_l("School district"), [_PLACE])
    school = StringField(_l("School or project"), [_PLACE])
    latest = BooleanField(_l("Of the latest enrollment only"))
    grade = SelectField(_l("Grade"), default="")
    enrolled_from = _date(_l("Enrolled from"))
    enrolled_to = _date(_l("Enrolled until"))
    qad_from = _date(_l("QAD from"))
    qad_to = _date(_l("QAD until"))
    moved_from = StringField(_l("Moved from"), [_NAME])
    moved_to = StringField(_l("Moved to"), [_NAME])
    eligible_on = _date(_l("Eligibility open on"))
    out_of_school = BooleanField(_l("Out-of-school youth (OSY)"))
    pfs = BooleanField(_l("Priority for services (PFS)"))
    withdrawn = BooleanField(_l("Withdrawn and not enrolled again"))
    open_item = BooleanField(_l("Has an open worklist item"))
    updated_since = _date(_l("Updated since"))

    def __init__(self, asked: Fields | None = None) -> None:
        super().__init__(data=asdict(asked) if asked else None)
        states = choices(((one.code, one.name) for one in places.all_states(g.db)), any_=True)
        self.id_state.choices = self.state.choices = states
        self.mode.choices = [SelectChoice(mode.value, mode.label) for mode in Mode]
        self.sex.choices = choices(mde.element("student", "sex").codes.items(), any_=True)
        self.grade.choices = grades()

    def validate_msix_id(self, field: StringField) -> None:
        field.data = re.sub(r"[\s.-]", "", field.data or "")
        if field.data and not re.fullmatch(r"[0-9]{12}", field.data):
            raise ValidationError(_l("An MSIX ID has twelve digits."))

    def validate_enrolled_to(self, field: DateField) -> None:
        self._check_order(self.enrolled_from, field)

    def validate_qad_to(self, field: DateField) -> None:
        self._check_order(self.qad_from, field)

    @staticmethod
    def _check_order(first: DateField, last: DateField) -> None:
        if first.data and last.data and last.data < first.data:
            raise ValidationError(_l("The end lies before the beginning."))

    def validate_last_1(self, _field: StringField) -> None:
        """The rule against trawling, said at the field that most searches begin with."""
        if sentence := search_fields.too_little(self.asked()):
            raise ValidationError(sentence)

    def asked(self) -> Fields:
        """What the form asks for; codes in capitals, spaces at the ends cut."""
        values: dict[str, Any] = {}
        for one in fields(Fields):
            value = self[one.name].data
            if isinstance(value, str):
                value = " ".join(value.replace("\0", "").split())
            values[one.name] = value if value is not None else one.default
        for name in ("birth_state", "birth_country", "state_id"):
            values[name] = values[name].upper()
        values["mode"] = values["mode"] if values["mode"] in {mode.value for mode in Mode} else Mode.FUZZY.value
        return Fields(**values)


def grades() -> list[SelectChoice]:
    """The grade levels of the registry, any of them first."""
    return choices(mde.element("enrollment", "grade_level").codes.items(), any_=True)


def listing_of(arguments: MultiDict[str, str], saved: dict[str, Any] | None) -> Listing:
    """How the address narrows and orders the list; without a word of it, as the saved search does."""
    values = dict(arguments.items()) if _KEYS & set(arguments) else {**(saved or {}), **dict(arguments.items())}
    sorts = {sort.value: sort for sort in Sort}
    size = str(values.get("size", ""))
    page = str(values.get("page", ""))
    return Listing(
        state=str(values.get("state", ""))[:2],
        grade=str(values.get("grade", ""))[:2],
        flag=values["flag"] if values.get("flag") in search_listing.FLAGS else "",
        eligible=bool(values.get("eligible")),
        enrolled=values["enrolled"] if values.get("enrolled") in ("now", "left") else "",
        sort=sorts.get(str(values.get("sort")), Sort.BEST),
        size=int(size) if size in map(str, search_listing.SIZES) else search_listing.SIZES[0],
        page=int(page) if re.fullmatch(r"[1-9][0-9]{0,2}", page) else 1,
    )


_KEYS = {"state", "grade", "flag", "eligible", "enrolled", "sort", "size"}
