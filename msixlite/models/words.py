"""Words for people: English in the code, another language at the moment when a page shows them.

Code marks them with `_l("…")`, as lazy texts are marked in a Flask application; templates with `_("…")`. What is kept,
logged, audited or sent in a file is the English text.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from gettext import NullTranslations
from typing import Any, Self

from markupsafe import escape

reader: Callable[[], NullTranslations] = NullTranslations
"""The translations for whoever reads the page at this moment; the web sets it."""


LONGEST_FILLED = 2_000
"""Characters of a text in which `kept` looks for a message; a longer one is a person's own, and slow to search."""


class Sentence(str):
    """English text, as any other `str`, that knows its message, so that a page can say it in the reader's language.

    Values that are sentences themselves are translated with it.
    """

    message: str
    plural: str
    values: dict[str, Any]
    change: Callable[[str], str] | None
    context: str

    def __new__(
        cls,
        message: str,
        plural: str = "",
        values: dict[str, Any] | None = None,
        change: Callable[[str], str] | None = None,
        context: str = "",
    ) -> Self:
        made = super().__new__(cls, _filled(NullTranslations(), message, plural, values or {}, change, context))
        made.message, made.plural, made.values, made.change = message, plural, values or {}, change
        made.context = context
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.message, self.plural, self.values, self.change, self.context

    def said(self) -> str:
        """The text in the reader's language."""
        return _filled(reader(), *self.__getnewargs__())

    def __html__(self) -> str:
        return escape(self.said())

    def __mod__(self, values: Any) -> "Sentence":
        """With further values: the validators of WTForms fill their messages so."""
        return Sentence(self.message, self.plural, self.values | values, self.change, self.context)

    def lower(self) -> "Sentence":
        return self.changed(str.lower)

    def capitalize(self) -> "Sentence":
        return self.changed(str.capitalize)

    def about(self, **values: Any) -> "Sentence":
        """The same message with values: for a text that `kept` must know again."""
        return Sentence(self.message, self.plural, values, self.change, self.context)

    def changed(self, change: Callable[[str], str]) -> "Sentence":
        """The same, with a change that is made after translation."""
        return Sentence(self.message, self.plural, self.values, change, self.context)


def _filled(
    translations: NullTranslations,
    message: str,
    plural: str,
    values: dict[str, Any],
    change: Callable[[str], str] | None,
    context: str,
) -> str:
    text = (
        translations.ngettext(message, plural, values["num"]) if plural else _looked_up(translations, message, context)
    )
    if values:
        text = text % {name: _shown(translations, value) for name, value in values.items()}
    return change(text) if change else text


def _looked_up(translations: NullTranslations, message: str, context: str) -> str:
    """The empty message is a catalogue's own head, no text."""
    if context:
        return translations.pgettext(context, message)
    return translations.gettext(message) if message else ""


def _shown(translations: NullTranslations, value: Any) -> Any:
    if isinstance(value, Sentence):
        return _filled(translations, *value.__getnewargs__())
    return f"{value:,}" if type(value) is int else value


def _l(message: str, /, **values: Any) -> Sentence:
    """Mark a text: `_l("%(count)s children wait.", count=3)`. Whole numbers are written with commas."""
    return Sentence(message, values=values)


def _lp(context: str, message: str, /, **values: Any) -> Sentence:
    """Mark a text whose English has several meanings, with the one that is meant: `_lp("date", "From")`."""
    return Sentence(message, values=values, context=context)


def _ln(one: str, many: str, num: int, /, **values: Any) -> Sentence:
    """Mark a text that counts: `_ln("%(num)s child", "%(num)s children", 2)`."""
    return Sentence(one, many, {"num": num} | values)


def kept(text: str, *messages: Sentence) -> Sentence:
    """A text of ours that was stored in English, so that a page can say it in the reader's language.

    `messages`: those that were filled with values before they were stored, `_l("Waits until %(day)s")`.
    What the catalogue does not know, as what people wrote, stays as it is.
    """
    if isinstance(text, Sentence):
        return text
    for message in messages if len(text) <= LONGEST_FILLED else ():
        if found := _pattern(message.message).fullmatch(text):
            return message.about(**{name: kept(value) for name, value in found.groupdict().items()})
    return Sentence(text)


@cache
def _pattern(message: str) -> re.Pattern[str]:
    """A message as it was filled; a value holds no end of a sentence."""
    parts = re.split(r"%\((\w+)\)s", message)
    fields = [rf"(?P<{part}>(?:(?!\. ).)+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return re.compile("".join(fields))


def packed(text: str) -> str:
    """A text to be stored with its message and values: JSON, or as it is where there is no message to keep."""
    return json.dumps(_parts(text)) if isinstance(text, Sentence) and not text.change else str(text)


def unpacked(stored: str) -> str:
    """What was packed; any other text as it is."""
    if not stored.startswith(_PACKED):
        return stored
    text: Sentence = _put_together(json.loads(stored))
    return text


_PACKED = '{"message": '


def _parts(text: Any) -> Any:
    if not isinstance(text, Sentence) or text.change:
        return text
    values = {name: _parts(value) for name, value in text.values.items()}
    return {"message": text.message, "plural": text.plural, "values": values, "context": text.context}


def _put_together(parts: Any) -> Any:
    if not isinstance(parts, dict):
        return parts
    values = {name: _put_together(value) for name, value in parts["values"].items()}
    return Sentence(parts["message"], parts["plural"], values, None, parts["context"])


def joined(separator: str, parts: Iterable[str]) -> Sentence:
    """Texts beside one another, with a sign between them that is the same in every language: "; "."""
    values = {f"part{at}": part for at, part in enumerate(parts)}
    return Sentence(separator.join(f"%({name})s" for name in values), values=values)


def listed(parts: Iterable[str]) -> Sentence:
    """One and another and another."""
    first, *others = parts
    text = kept(first)
    for other in others:
        text = _l("%(first)s and %(other)s", first=text, other=other)
    return text


def said(text: str) -> str:
    """A text in the reader's language, where it is one that can be translated."""
    return text.said() if isinstance(text, Sentence) else text


def capital_first(text: str) -> str:
    """The first letter as a capital, the rest as it is."""
    if isinstance(text, Sentence):
        return text.changed(capital_first)
    return text[:1].upper() + text[1:]
