"""The line that differs from print to print: who, when, serial. A drawn document keeps room for it on every page.

The room is one Form XObject of a fixed length that all pages show as an artifact (PDF/UA-1, clause 7.1). Filling it
in changes no length and no offset, so that a document that was drawn once is printed again without drawing it.
"""

import unicodedata

ROOM = 4_096
"""Bytes kept for the line."""
LONGEST = 180
"""Letters of the line."""
LETTERS = ((0x20, 0x7E), (0xA0, 0x17F), (0x1EA0, 0x1EF9))
"""First and last code of what the line's font holds: Latin, with the letters of Vietnamese."""
EMPTY = b"% who, when, serial".ljust(ROOM)
LEFT, BOTTOM, SIZE = 43.2, 20, 7.5
"""Where the line begins, in points from the corner of the paper, and the size of its letters."""


def fill(drawn: bytes, line: str) -> bytes:
    """The document with the line on each of its pages. A document without room for one is left as it is."""
    text = shown(line, left=LEFT, font="Stamp").ljust(ROOM) if line else EMPTY
    return drawn.replace(EMPTY, text, 1)


def shown(line: str, *, left: float, font: str) -> bytes:
    """What shows a line at the foot of a page. The code of each letter is its Unicode number."""
    letters = "".join(map(_letter, line[:LONGEST]))
    return (
        f"BT .24 .27 .32 rg /{font} {SIZE} Tf {left} {BOTTOM} Td <{letters.encode('utf-16-be').hex()}> Tj ET".encode()
    )


def _letter(one: str) -> str:
    """The letter, or the nearest that the font has."""
    bare = unicodedata.normalize("NFKD", one)[0]
    return next((letter for letter in (one, bare) if _is_held(letter)), "?")


def _is_held(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in LETTERS)
