"""Texts for people that nobody marked for translation: `python -m tests.unmarked [FILE…]` lists them."""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
PAPERS = re.compile(
    r"pdf\.html$|packet/(_letter|_fax|_handling|_family\w*|packet)\.html$|home/morning\.html$|credit_plan/_paper\.html$"
)
"""Templates that are printed only: English, or two languages by their own words."""
SHOWN = {"aria-label", "title", "placeholder", "alt", "data-label"}
MARKING = {"_", "_l", "_ln", "_lp", "gettext", "ngettext", "pgettext"}
NAMES = re.compile(r"\b(?:msixlite|MSIX ID|MSIX|PDF|CSV|XLSX|JSON|XML|ZIP|QAD|IEP|LEP|MDE|ID|EL|AES-256|COE|CST)\b")
"""The same in every language."""
WORDS = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTE = re.compile(r"\s*[\w-]+=\"[\s\x00]*\"\s*")
"""What a macro writes into a tag."""
RAISED = {"RuleBroken", "NotAllowed", "flash", "ValidationError"}


class _Texts(HTMLParser):
    """Where a page's markup holds words. What says its own language (`lang="es"`) is the same in every language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.own_language: list[str] = []
        """The element that says its language, and those of the same name within it."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("lang", "es") in attrs or tag in self.own_language:
            self.own_language.append(tag)
        for name, value in attrs:
            if name in SHOWN or (name == "value" and tag == "input" and ("type", "submit") in attrs):
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.own_language:
            self.own_language.remove(tag)

    def handle_data(self, data: str) -> None:
        self._look(data)

    def _look(self, text: str) -> None:
        if ATTRIBUTE.fullmatch(text):
            return
        if not self.own_language and WORDS.search(NAMES.sub("", text.replace("\x00", " "))):
            self.found.append((self.getpos()[0], " ".join(text.replace("\x00", "…").split())))


def parsed(file: Path) -> nodes.Template:
    return Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"]).parse(file.read_text(encoding="utf-8"))


def in_template(file: Path) -> list[tuple[int, str]]:
    """Line and text of what a template says without marking it."""
    tree = parsed(file)
    markup, at = [], 1
    for node in tree.find_all((nodes.TemplateData, nodes.Output)):
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                if isinstance(part, nodes.TemplateData):
                    markup.append("\n" * (part.lineno - at) + part.data)
                    at = max(part.lineno, at) + part.data.count("\n")
                else:
                    markup.append(" \x00 ")
    texts = _Texts()
    texts.feed("".join(markup))
    return sorted([*texts.found, *_constants(tree)])


def _constants(node: nodes.Node, *, marked: bool = False) -> Iterator[tuple[int, str]]:
    """Words inside `{{ }}` and `{% %}` that look like text: a capital, or several words that are no class names."""
    if isinstance(node, nodes.Compare):  # What is compared is not shown.
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in MARKING:
        marked = True
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and not marked and _is_text(node.value):
        yield node.lineno, node.value
    for child in node.iter_child_nodes():
        yield from _constants(child, marked=marked)


def _is_text(value: str) -> bool:
    bare = NAMES.sub("", value)
    return bool(re.search(r"(?:^|\s)[A-Z][a-z]+(?![\w-]*_)|[a-z]{2,}[,.]? [a-z]{2,}", bare)) and not re.search(
        r"usa-|--|\.html|delay:|^[A-Z]\w+Field$|^[a-z_]+-[a-z-]+", bare
    )


def in_python(file: Path) -> list[tuple[int, str]]:
    """Line and text of sentences for people that code raises or flashes without marking them."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in RAISED and node.args:
            found += [(text.lineno, ast.unparse(text)) for text in _bare_texts(node.args[0])]
    return sorted(found)


def _bare_texts(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and _name(node.func) in MARKING:
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and _has_words(node.value)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _bare_texts(child)


def _has_words(value: object) -> bool:
    return isinstance(value, str) and bool(WORDS.search(value))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def templates() -> list[Path]:
    """Those that are shown on screens."""
    return [file for file in sorted((ROOT / "templates").rglob("*.html")) if not PAPERS.search(str(file))]


def modules() -> list[Path]:
    return sorted(file for layer in ("web", "domain", "models") for file in (ROOT / "msixlite" / layer).rglob("*.py"))


def unmarked(file: Path) -> list[tuple[int, str]]:
    return in_template(file) if file.suffix == ".html" else in_python(file)


if __name__ == "__main__":
    for one in [Path(name) for name in sys.argv[1:]] or templates() + modules():
        for line, text in unmarked(one):
            print(f"{one}:{line}: {text}")
