"""The catalogue of translations: what the templates mark, and what of it has no good translation."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from msixlite.domain import mde, spanish

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).resolve().parent / "translations"
MARKED = [
    ("templates/**.html", "jinja2"),
    *((f"msixlite/{layer}/**.py", "python") for layer in ("web", "domain", "models")),
]
REGISTRY = "msixlite/domain/mde.csv"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "_ln": (1, 2), "_lp": ((1, "c"), 2)}


def languages() -> list[str]:
    """The languages that there is a catalogue of."""
    return sorted(file.parts[-3] for file in FOLDER.glob("*/LC_MESSAGES/messages.po"))


def file_of(language: str, ending: str = "po") -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"messages.{ending}"


def marked() -> Catalog:
    """Every text that is marked with `_("…")` or `_l("…")`, and the registry's words, each with its place."""
    found = Catalog(project="msixlite")
    for name, line, text, comments, context in extract_from_dir(
        str(ROOT), MARKED, keywords=KEYWORDS, directory_filter=_is_ours
    ):
        found.add(text, None, [(name, line)], auto_comments=comments, context=context)
    for number, element in enumerate(mde.ELEMENTS, start=2):
        for text in (element.name, *element.codes.values()):
            found.add(text.message, None, [(REGISTRY, number)])
    return found


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "__"))


def read(language: str) -> Catalog:
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def untranslated(language: str) -> list[str]:
    """Marked texts that the catalogue lacks, leaves empty or holds for doubtful (fuzzy)."""
    kept = read(language)
    return [
        str(message.id)
        for message in marked()
        if message.id and ((own := kept.get(message.id, message.context)) is None or own.fuzzy or not _is_said(own))
    ]


def _is_said(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def given(language: str) -> dict[str, str]:
    """What is said in another language elsewhere: the letters to families name the elements in Spanish."""
    if language != "es":
        return {}
    known = (element for element in mde.ELEMENTS if element.key in spanish.ELEMENTS)
    names = {element.name.message: spanish.ELEMENTS[element.key] for element in known}
    return names | {text: translation for text, translation in spanish.VALUES.items() if text}


def update(language: str) -> None:
    """Bring the catalogue up to what is marked, and compile it: what is new waits empty for its translator."""
    kept = read(language)
    kept.update(marked(), no_fuzzy_matching=True)
    for text, translation in given(language).items():
        kept[text].string = translation
    with file_of(language).open("wb") as file:
        write_po(file, kept, width=120, ignore_obsolete=True, omit_header=False, sort_output=True)
    file_of(language, "mo").write_bytes(compiled(language))


def compiled(language: str) -> bytes:
    """The catalogue as the site reads it."""
    written = io.BytesIO()
    write_mo(written, read(language))
    return written.getvalue()
