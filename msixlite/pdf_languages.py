"""The language of each part of a page that is written in two: WeasyPrint notes that of the whole document only.

A screen reader needs it to read Spanish as Spanish (WCAG 3.1.2; PDF/UA-1, clause 7.2). Parts are `<article lang="…">`.
"""

from collections.abc import Sequence

import pydyf

ARTICLE = "/Art"
"""How the structure of a document calls an article."""


def add(pdf: pydyf.PDF, languages: Sequence[str]) -> None:
    """Name the language of each article. One that runs over two pages stands twice: then none is named wrongly."""
    articles = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("S") == ARTICLE]
    if len(articles) != len(languages):
        return
    for article, language in zip(articles, languages, strict=True):
        article["Lang"] = pydyf.String(language)
