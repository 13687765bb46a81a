"""The foot of every page, added to a drawn document: its number, and the room for the line of each print.

Used by the PDF worker only, as WeasyPrint's finisher. Page numbers stand here rather than in margin boxes because
two lines of text cost less than two boxes to lay out on each page.
"""

import io
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pydyf
from fontTools import subset
from fontTools.ttLib import TTFont

from msixlite import pdf_stamp

FONT = Path(__file__).resolve().parents[1] / "static/fonts/SourceSans3_400Regular.ttf"
NAME = "MSIXLT+Record"
STEM = 80
"""How thick the upright strokes are, in thousandths: a hint that no file of a font tells."""
RIGHT = 566
"""Points from the left edge at which page numbers end."""


def add(_document: object, pdf: pydyf.PDF) -> None:
    """Put both on every page as an artifact: no reader reads them aloud between two sentences."""
    font, pages = _font(pdf), _pages(pdf)
    room = pydyf.Stream(
        [pdf_stamp.EMPTY],
        {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array([0, 0, 612, 36]),
            "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"Stamp": font})}),
        },
    )
    begun = pydyf.Stream(["q"])
    for made in (room, begun):
        pdf.add_object(made)
    _share(pdf, pages[0], "XObject", "Stamp", room.reference)
    _share(pdf, pages[0], "Font", "Foot", font)
    for number, page in enumerate(pages, 1):
        ended = pydyf.Stream([_foot(f"Page {number} of {len(pages)}")])
        pdf.add_object(ended)
        page["Contents"] = pydyf.Array([begun.reference, page["Contents"], ended.reference])


def _foot(number: str) -> bytes:
    left = RIGHT - sum(_subset().widths[ord(letter)] for letter in number) * pdf_stamp.SIZE / 1000
    text = pdf_stamp.shown(number, left=round(left, 1), font="Foot")
    return b"Q /Artifact <</Type /Pagination /Subtype /Footer>> BDC q /Stamp Do " + text + b" Q EMC"


def _pages(pdf: pydyf.PDF) -> list[pydyf.Dictionary]:
    return [pdf.objects[number] for number in pdf.pages["Kids"][::3]]


def _share(pdf: pydyf.PDF, page: pydyf.Dictionary, kind: str, name: str, reference: bytes) -> None:
    """Add to the resources, which all pages share."""
    resources = _object(pdf, page["Resources"])
    _object(pdf, resources[kind])[name] = reference


def _object(pdf: pydyf.PDF, value: Any) -> Any:
    return pdf.objects[int(value.split()[0])] if isinstance(value, bytes) else value


def _font(pdf: pydyf.PDF) -> bytes:
    """Embed the font whose codes are Unicode numbers; returns its reference."""
    font = _subset()
    stream = _packed(pdf, font.file, Length1=font.length)
    to_glyphs, to_unicode = _packed(pdf, font.glyphs), _packed(pdf, font.to_unicode)
    descriptor = _added(pdf, {"Type": "/FontDescriptor", **font.described, "FontFile2": stream})
    letters = _added(
        pdf,
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": f"/{NAME}",
            "CIDSystemInfo": pydyf.Dictionary(
                {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
            ),
            "FontDescriptor": descriptor,
            "CIDToGIDMap": to_glyphs,
            "W": font.written_widths,
        },
    )
    return _added(
        pdf,
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": f"/{NAME}",
            "Encoding": "/Identity-H",
            "DescendantFonts": pydyf.Array([letters]),
            "ToUnicode": to_unicode,
        },
    )


def _packed(pdf: pydyf.PDF, content: bytes, **values: int) -> bytes:
    """A stream that was compressed once for all documents."""
    made = pydyf.Stream([content], {"Filter": "/FlateDecode", **values})
    pdf.add_object(made)
    return made.reference


def _added(pdf: pydyf.PDF, values: dict[str, Any]) -> bytes:
    made = pydyf.Dictionary(values)
    pdf.add_object(made)
    return made.reference


@dataclass(frozen=True)
class _Font:
    """The font with the line's letters alone, as it stands in every document. Streams are compressed."""

    file: bytes
    length: int
    """Of the file before it was compressed."""
    glyphs: bytes
    """Unicode number → glyph."""
    to_unicode: bytes
    widths: dict[int, int]
    """Unicode number → thousandths of the size."""
    written_widths: bytes
    described: dict[str, Any]


@cache
def _subset() -> _Font:
    font = TTFont(FONT)
    maker = subset.Subsetter(subset.Options(layout_features=[], name_IDs=[], hinting=False, notdef_outline=True))
    maker.populate(unicodes=_codes())
    maker.subset(font)
    written = io.BytesIO()
    font.save(written)
    glyphs = bytearray(2 * (max(_codes()) + 1))
    widths = {}
    for code, name in font.getBestCmap().items():
        glyphs[2 * code : 2 * code + 2] = font.getGlyphID(name).to_bytes(2, "big")
        widths[code] = _thousandths(font, font["hmtx"][name][0])
    return _Font(
        file=zlib.compress(written.getvalue()),
        length=len(written.getvalue()),
        glyphs=zlib.compress(bytes(glyphs)),
        to_unicode=zlib.compress(_to_unicode()),
        widths=widths,
        written_widths=b"[%s]" % b" ".join(b"%d [%d]" % pair for pair in sorted(widths.items())),
        described=_described(font),
    )


def _described(font: TTFont) -> dict[str, Any]:
    head = font["head"]
    return {
        "FontName": f"/{NAME}",
        "Flags": 4,
        "FontBBox": pydyf.Array([_thousandths(font, edge) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)]),
        "ItalicAngle": 0,
        "Ascent": _thousandths(font, font["hhea"].ascent),
        "Descent": _thousandths(font, font["hhea"].descent),
        "CapHeight": _thousandths(font, font["OS/2"].sCapHeight),
        "StemV": STEM,
    }


def _thousandths(font: TTFont, units: int) -> int:
    return round(units * 1000 / font["head"].unitsPerEm)


def _codes() -> list[int]:
    return [code for first, last in pdf_stamp.LETTERS for code in range(first, last + 1)]


def _to_unicode() -> bytes:
    """Each code is its own Unicode number; a range may not cross from one first byte to the next."""
    ranges = [
        f"<{start:04X}> <{start | 0xFF:04X}> <{start:04X}>"
        for start in sorted({max(code & 0xFF00, _codes()[0]) for code in _codes()})
    ]
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(ranges)} beginbfrange\n{chr(10).join(ranges)}\nendbfrange\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()
