"""What may stand in an address: anything else does not exist (404), without a look into the database."""

from werkzeug.routing import BaseConverter, IntegerConverter, Map, UnicodeConverter, ValidationError

from msixlite.domain import msix_ids


class MsixIdConverter(BaseConverter):
    """An MSIX ID whose check digit fits."""

    regex = r"[0-9]{12}"

    def to_python(self, value: str) -> str:
        if not msix_ids.is_valid(value):
            raise ValidationError
        return value


class RowIdConverter(IntegerConverter):
    """The number of a row, no larger than the databases count."""

    regex = r"[0-9]+"  # Python's digits are those of every script

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=2**31 - 1)


class WordConverter(UnicodeConverter):
    """Any other part of an address: no signs that cannot be printed, which PostgreSQL would not even look for."""

    def to_python(self, value: str) -> str:
        if not value.isprintable():
            raise ValidationError
        return value


CONVERTERS = {
    "default": WordConverter,
    "string": WordConverter,
    "msix_id": MsixIdConverter,
    "row_id": RowIdConverter,
}
