"""The rules of the house, run: what a reader must be able to rely on in every file."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from msixlite import printed_docs
from msixlite.domain import clocks, corrections, mde, moves, permissions, worklist
from msixlite.models import Base
from msixlite.models.users import Role
from msixlite.web import access

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "msixlite"
WEB = {"flask", "werkzeug", "wtforms", "flask_wtf", "flask_login", "flask_limiter", "jinja2"}


def imports(file):
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files(folder):
    return sorted((PACKAGE / folder).rglob("*.py"))


@pytest.mark.parametrize("file", files("domain"), ids=lambda file: file.name)
def test_domain_knows_no_web(file):
    found = imports(file)
    assert not {name.split(".")[0] for name in found} & WEB
    assert not {name for name in found if name.startswith(("msixlite.web", "msixlite.site", "msixlite.cli"))}


@pytest.mark.parametrize("file", files("models"), ids=lambda file: file.name)
def test_models_know_nothing_of_ours(file):
    found = imports(file)
    assert not {name.split(".")[0] for name in found} & WEB
    assert not {name for name in found if re.match(r"msixlite\.(?!models)", name)}


@pytest.mark.parametrize("file", files("web"), ids=lambda file: file.name)
def test_web_builds_no_query(file):
    if file.name == "limits.py":
        return  # the storage that Flask-Limiter asks for: three statements on its own table
    builders = {"select", "insert", "update", "delete", "func", "or_", "and_"}
    assert not {name for name in imports(file) if name.startswith("sqlalchemy") and name.split(".")[-1] in builders}
    assert not re.search(r"\.(query|scalars|scalar)\(", file.read_text(encoding="utf-8"))


def test_a_view_without_a_rule_stops_the_start():
    app = Flask("bare")
    app.add_url_rule("/bare", "bare", lambda: "x")
    access.public(app.view_functions["static"])
    with pytest.raises(RuntimeError, match="bare"):
        access.check_every_view_declares_access(app)


def test_nothing_inline_in_templates():
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js|hx-boost", text
        ), file
        assert "|safe" not in text.replace(" ", ""), file


def test_no_markup_is_made_in_python():
    for file in PACKAGE.rglob("*.py"):
        assert "Markup(" not in file.read_text(encoding="utf-8"), file


def test_own_script_stays_small():
    assert (ROOT / "static/app.js").stat().st_size < 5_000


def test_vendored_files_are_as_published():
    import hashlib

    for line in (ROOT / "static/VENDOR.txt").read_text().splitlines()[1:]:
        *_, name, digest = line.split()
        assert hashlib.sha256((ROOT / "static" / name).read_bytes()).hexdigest() == digest, name


def test_every_table_has_a_sentence():
    for mapper in Base.registry.mappers:
        assert mapper.class_.__doc__, mapper.class_


def docs(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_docs_print_the_table_of_rights():
    text = docs("permissions.md")
    for role in Role:
        for permission, reach in permissions.GRANTS[role].items():
            assert f"| {role.label} | {permission.value} | {reach.value} |" in text
    heading_and_rule = 2
    assert text.count("\n| ") - heading_and_rule == sum(map(len, permissions.GRANTS.values()))


def test_docs_print_the_clocks():
    text = docs("clocks.md")
    for deadline in clocks.DEADLINES:
        assert f"| {deadline.name} | {deadline.length} | {deadline.source} |" in text


def test_docs_print_the_worklists_transitions():
    """The page is exactly what the table prints: a row of the one is a row of the other."""
    assert docs("worklist.md") == printed_docs.transitions()
    assert docs("worklist.md").count("\n| ") == len(worklist.TRANSITIONS) + len(("heading", "rule"))


def test_docs_print_the_elements():
    text = docs("data-dictionary.md")
    for element in mde.ELEMENTS:
        assert f"| {element.number} | {element.name} |" in text


def test_docs_print_the_middleware_in_order():
    source = (PACKAGE / "web/middleware.py").read_text(encoding="utf-8")
    body = source[source.index("def init_app") :]
    order = re.findall(r"app\.before_request\((\w+)\)|(\w+)\.init_app\(app\)", body[: body.index("\n\n\n")])
    names = [one or other for one, other in order]
    assert names == [
        "open_session",
        "limiter",
        "login_manager",
        "load_user",
        "account_gates",
        "check_access",
        "purpose_gate",
        "csrf",
        "hold_back",
    ]
    text = docs("security.md")
    places = [text.index(f"`{name}`") for name in names]
    assert places == sorted(places)


def test_docs_print_the_steps_of_data_requests():
    assert docs("data-request-steps.md") == printed_docs.request_steps()


def test_docs_print_the_steps_of_move_notices():
    text = docs("move-notices.md")
    for step in moves.TRANSITIONS:
        assert f"| {step.start.value} | {step.end.value} | {step.side.value} |" in text


def test_docs_print_the_steps_of_correction_requests():
    assert docs("correction-steps.md") == printed_docs.correction_steps()
    assert docs("correction-steps.md").count("\n| ") == len(corrections.TRANSITIONS) + len(("heading", "rule"))
