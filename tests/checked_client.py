"""A test client that checks every page it is given: headings, titles, labels, ids, nothing inline."""

import re
from itertools import pairwise

import tinyhtml5
from flask.testing import FlaskClient

XHTML = "{http://www.w3.org/1999/xhtml}"


class CheckedClient(FlaskClient):
    """Use `open_` verbs as usual; `expect` names the status that is right."""

    def open(self, *args, expect=None, **kwargs):
        response = super().open(*args, **kwargs)
        if expect is not None:
            assert response.status_code == expect, f"{response.status_code} instead of {expect}: {response.text[:600]}"
        if response.mimetype == "text/html" and "<html" in response.text:
            check(response.text)
        return response

    def token(self, path="/help"):
        """The CSRF token of this session."""
        return re.search(r'"X-CSRFToken": "([^"]+)"', self.get(path).text).group(1)

    def send(self, path, form=None, **kwargs):
        """POST a form as a browser does, with its CSRF token."""
        return self.post(path, data={"csrf_token": self.token(), **(form or {})}, **kwargs)


def elements(root, *names):
    return [element for element in root.iter() if element.tag in {XHTML + name for name in names}]


def words(element):
    return " ".join("".join(element.itertext()).split())


def titled(heading):
    """A heading as the title of the window says it: the MSIX ID in place of a child's name (P6)."""
    said = words(heading)
    for one in heading.iter():
        said = said.replace(words(one), "MSIX") if one.get("class") == "private" else said
    return nameless(said)


def nameless(text):
    return re.sub(r"MSIX( \d{4}){3}", "MSIX", text)


def check(html):
    """What must hold on every page. A page that differs from a sound one in its tokens alone is not parsed again."""
    alike = hash(CHANGING.sub("", html))
    if alike in _sound:
        return
    _check(html)
    _sound.add(alike)


CHANGING = re.compile(r'(?<="X-CSRFToken": ")[^"]+|(?<=name="csrf_token" value=")[^"]+|(?<=load delay:)\d+')
_sound = set()


def _check(html):
    root = tinyhtml5.parse(html)
    headings = elements(root, "h1")
    assert len(headings) == 1, f"{len(headings)} h1"
    title = words(elements(root, "title")[0])
    assert nameless(title).startswith(titled(headings[0])), f"title {title!r} does not begin with the heading's words"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"ids twice: {[one for one in ids if ids.count(one) > 1]}"
    labelled = {label.get("for") for label in elements(root, "label")}
    for field in elements(root, "input", "select", "textarea"):
        if field.get("type") not in ("hidden", "submit"):
            assert field.get("id") in labelled or field.get("aria-label"), f"no label: {dict(field.attrib)}"
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"], element.attrib
    levels = [int(heading.tag[-1]) for heading in elements(root, "h1", "h2", "h3", "h4", "h5")]
    assert all(after - before <= 1 for before, after in pairwise(levels)), f"levels skip: {levels}"
    for form in elements(root, "form"):
        if form.get("method") == "post":
            assert [f for f in elements(form, "input") if f.get("name") == "csrf_token"], (
                "a form without its CSRF token"
            )
