"""What a form sends is the same in every language."""

from gettext import NullTranslations
from html.parser import HTMLParser

import pytest

from msixlite.models import words
from tests.web.test_every_endpoint import addresses

SIGN = "§"
SENT = ("value", "name", "href", "action", "formaction", "hx-get", "hx-post")


class Marking(NullTranslations):
    """A language in which every text begins with a sign."""

    def gettext(self, message):
        return f"{SIGN}{message}"

    def ngettext(self, one, many, num):
        return f"{SIGN}{one if num == 1 else many}"


class _Sent(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.is_said = [], False

    def handle_starttag(self, tag, attrs):
        if ("type", "submit") in attrs:
            return  # its value is its text; that it was pressed is all that counts
        self.found += [(tag, name, value) for name, value in attrs if name in SENT and self._is_said(value or "")]

    def handle_data(self, data):
        self.is_said = self.is_said or SIGN in data

    @staticmethod
    def _is_said(value):
        return SIGN in value or "%C2%A7" in value


@pytest.mark.parametrize("role", ["state_data_administrator", "state_user_administrator"])
def test_no_value_or_address_is_translated(role, app, db, as_, monkeypatch):
    client = as_(role)
    monkeypatch.setattr(words, "reader", Marking)
    said = 0
    for method, path, _access in addresses(app, db):
        if method != "GET" or path.endswith((".pdf", ".ics")) or path in ("/logout", "/sessions/lock"):
            continue
        answer = client.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            sent = _Sent()
            sent.feed(answer.text)
            assert sent.found == [], path
            said += sent.is_said
    assert said > 10
