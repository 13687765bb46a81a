"""The language of each part of a page that is written in two: WeasyPrint notes that of the whole document only.

A screen reader needs it to read Spanish as Spanish (WCAG 3.1.2; PDF/UA-1, clause 7.2). Parts are `<article lang="…">`.
"""

from collections.abc import Iterator
from typing import Any

import pydyf
from weasyprint.formatting_structure import boxes

ARTICLE = "/Art"
"""How the structure of a document calls an article."""


def add(document: Any, pdf: pydyf.PDF) -> None:
    """Name the language of each article, and of each of its pieces where it runs on to the next page."""
    articles = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("S") == ARTICLE]
    if not articles:
        return
    for article, language in zip(articles, _languages(document), strict=True):
        article["Lang"] = pydyf.String(language)


def _languages(document: Any) -> Iterator[str]:
    """That of each piece of an article, in the order in which the structure names them."""
    for page in document.pages:
        for box in page._page_box.descendants():
            tagged = box.element is not None and not isinstance(box, boxes.TextBox | boxes.LineBox)
            if tagged and box.element_tag == "article":
                yield box.element.get("lang")
