"""My access: each right with its last use, for the person and for the User Administrator (A33)."""

import html
from datetime import UTC, date, datetime

import pytest
from flask import g

from msixlite.domain import clocks
from msixlite.domain.permissions import GRANTS
from msixlite.models.users import AccessNotice, Role
from msixlite.web import access, rendering

TEXAS = "America/Chicago"


def rows(text):
    """Right → last use, of the table on a page."""
    body = html.unescape(text).split('<th scope="col">Last used</th>')[1].split("</table>")[0]
    found = {}
    for row in body.split("<tr>")[1:]:
        right, _, rest = row.removeprefix('<th scope="row">').partition("</th>")
        found[right] = rest.split("<td>")[-1].split("</td>")[0]
    return found


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_lists_every_right_that_has_pages(as_, app, role):
    shown = rows(as_(role.value).get("/me/access", expect=200).text)
    rights = [one.value for one in GRANTS[role] if one in access.functions(app)]
    assert {name[0].lower() + name[1:] for name in shown} == {name[0].lower() + name[1:] for name in rights}


def test_a_moment_is_shown_as_the_day_that_it_was_at_the_readers_state(app, person):
    evening = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
    with app.test_request_context():
        g.user = person("msix_primary")
        assert rendering.us_date(evening) == "11/27/2026"
        assert rendering.us_date(date(2026, 11, 28)) == "11/28/2026"
        g.user = None
        assert rendering.us_date(evening) == "11/27/2026"


def test_says_role_place_and_when_a_right_was_used(as_, clock):
    client = as_("msix_primary")
    assert rows(client.get("/me/access", expect=200).text)["Find students"] == "not used yet"
    client.get("/students/", expect=200)
    text = client.get("/me/access", expect=200).text
    assert rows(text)["Find students"] == f"{clocks.day_in(clock.now, TEXAS):%m/%d/%Y}"
    assert rows(text)["Print a consolidated student record"] == "not used yet"
    assert "MSIX Primary" in text
    assert "Robles ISD, TX" in text


def test_the_button_tells_the_user_administrator(as_, app):
    client = as_("msix_primary")
    assert 'action="/me/more-than-needed"' in client.get("/me/access", expect=200).text
    client.send("/me/more-than-needed", {"words": "no exports"}, expect=303)
    with app.config["SESSIONS"]().reading() as db:
        assert db.query(AccessNotice).one().words == "no exports"


def test_the_user_administrator_sees_the_same_of_an_account_within_reach(as_, person, clock):
    as_("msix_primary").get("/students/", expect=200)
    path = f"/users/{person('msix_primary').id}"
    shown = rows(as_("state_user_administrator").get(path, expect=200).text)
    assert shown["Find students"] == f"{clocks.day_in(clock.now, TEXAS):%m/%d/%Y}"
    assert shown["Export student records to a file"] == "not used yet"
    as_("vt_state_user_administrator").get(path, expect=404)
