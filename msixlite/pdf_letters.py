"""Which letter each drawn glyph stands for, mended where WeasyPrint takes a whole cluster of letters for it.

A letter with two marks, as Mixtec has them (á̱), is drawn as several glyphs, and then no plain "a" of the document
could be read aloud, searched or copied any more. PDF/UA-1, clause 7.21.7, wants a letter for every glyph.
"""

import re
from functools import cache
from pathlib import Path

import pydyf
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[1] / "static/fonts"
FILES = {
    "Record": FONTS / "SourceSans3_400Regular.ttf",
    "Record-Bold": FONTS / "SourceSans3_700Bold.ttf",
    "Fallback": FONTS / "DejaVuSans.ttf",
}
"""Name of a font in a document → its file."""
NOTHING = 0x200B
"""A letter of no width, for a mark that only the letter before it stands for."""
_DOUBTFUL = re.compile(rb"^<([0-9a-f]{4})> <((?:[0-9a-f]{8,})?)>", re.MULTILINE)
"""A glyph that stands for no letter, or for more than one."""


def mend(pdf: pydyf.PDF) -> None:
    """Take the letter from the font itself wherever the document has none, or more than one, for a glyph."""
    for font in pdf.objects:
        if isinstance(font, pydyf.Dictionary) and font.get("Subtype") == "/Type0" and "ToUnicode" in font:
            name = font["BaseFont"]
            name = (name.decode() if isinstance(name, bytes) else name).rpartition("+")[2]
            stream = pdf.objects[int(font["ToUnicode"].split()[0])]
            _mend(stream, name)


def _mend(stream: pydyf.Stream, name: str) -> None:
    lines = [line if isinstance(line, bytes) else str(line).encode() for line in stream.stream]
    if name in FILES and any(_DOUBTFUL.search(line) for line in lines):
        stream.stream = [_DOUBTFUL.sub(lambda found: _line(found, name), line) for line in lines]


def _line(found: re.Match[bytes], name: str) -> bytes:
    letter = _letters(name).get(int(found[1], 16))
    if letter is None and found[2]:
        return found[0]
    code = chr(letter or NOTHING).encode("utf-16-be").hex()
    return b"<%s> <%s>" % (found[1], code.encode())


@cache
def _letters(name: str) -> dict[int, int]:
    """Glyph → the first letter that it is drawn for."""
    font = TTFont(FILES[name])
    return {font.getGlyphID(glyph): code for code, glyph in sorted(font.getBestCmap().items(), reverse=True)}
