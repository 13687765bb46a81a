"""The roles of the Department in a State's own site: another title, the same rights, off until they are used (C21)."""

import io

import pypdf
import pytest
from sqlalchemy import select

from msixlite import config
from msixlite.domain import accounts
from msixlite.models import users
from msixlite.models.students import StateRecord
from msixlite.models.users import Role
from msixlite.web import create_app

TITLES = "Privacy Act Administrator = State Privacy Officer;  government administrator=State <Auditor>; "
OFFICER = "State Privacy Officer (Privacy Act Administrator)"
PRIVACY = "privacy_act_administrator"


@pytest.fixture
def titled(settings, app):
    """The application's roles have the titles of the setting."""
    object.__setattr__(settings, "department_titles", TITLES)
    users.titles = accounts.read_titles(TITLES)
    yield
    users.titles = {}


def test_the_start_reads_the_setting(settings):
    object.__setattr__(settings, "department_titles", TITLES)
    app = create_app(settings)
    assert Role.PRIVACY_ACT_ADMINISTRATOR.label == OFFICER
    assert Role.OME_USER_ADMINISTRATOR.label == "OME User Administrator"
    object.__setattr__(settings, "department_titles", "")
    other = create_app(settings)
    assert Role.PRIVACY_ACT_ADMINISTRATOR.label == "Privacy Act Administrator"
    for made in (app, other):
        made.extensions["upload_pool"].shutdown(wait=True)
        made.extensions["pdf_pool"].close()
        made.config["SESSIONS"].kw["bind"].dispose()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Boss = State Auditor", "'Boss' is no role of the Department"),
        ("State User Administrator = Boss", "is no role of the Department"),
        ("Privacy Act Administrator", "wants a title of 1 to 60"),
        ("Privacy Act Administrator = " + "x" * 61, "wants a title of 1 to 60"),
        ("Privacy Act Administrator = a\x07", "wants a title of 1 to 60"),
        ("Privacy Act Administrator = a; privacy act administrator = b", "stands there twice"),
    ],
)
def test_a_wrong_setting_stops_the_start(settings, text, fault):
    object.__setattr__(settings, "department_titles", text)
    with pytest.raises(config.ConfigError, match=fault):
        create_app(settings)


class TestShown:
    @pytest.mark.parametrize("path", ["/", "/me/", "/me/access"])
    def test_with_the_roles_own_name_and_without_the_department(self, as_, titled, path):
        text = as_(PRIVACY).get(path, expect=200).text
        assert OFFICER in text
        assert "U.S. Department of Education" not in text
        assert "State &lt;Auditor&gt; (Government Administrator)" in as_("government_administrator").get(path).text

    def test_a_role_without_a_title_stays_as_it_is(self, as_, titled):
        text = as_("ome_user_administrator").get("/me/", expect=200).text
        assert "OME User Administrator" in text
        assert "U.S. Department of Education" in text

    def test_on_paper_too(self, as_, titled, db):
        msix_id = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100")).student.msix_id
        as_(PRIVACY).get(f"/students/{msix_id}", expect=200)
        answer = as_("state_data_administrator").get(f"/audit/students/{msix_id}.pdf", expect=200)
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
        assert OFFICER in " ".join(text.split())

    def test_in_spanish_the_title_stays_and_the_role_is_translated(self, as_, titled):
        client = as_(PRIVACY)
        client.send("/language", {"language": "es", "next": "/me/"}, expect=303)
        text = client.get("/me/", expect=200).text
        assert "State Privacy Officer (" in text
        assert OFFICER not in text


PATHS = (
    "/students/",
    "/reports/summary/",
    "/disputes/",
    "/corrections/",
    "/audit/",
    "/users/",
    "/settings/",
    "/worklist/",
)


@pytest.mark.parametrize("role", sorted(accounts.NATIONAL_ROLES, key=lambda role: role.value))
def test_a_title_changes_no_right(as_, request, role):
    """The Government Administrator sees no child whatever a State calls it."""

    def opened():
        client = as_(role.value)
        return {path: client.get(path).status_code for path in PATHS}

    before = opened()
    request.getfixturevalue("titled")
    assert opened() == before
    assert {200, 403} <= set(before.values())


@pytest.mark.parametrize("titles", [False, True])
@pytest.mark.parametrize(
    ("actor", "path"),
    [
        *(
            (one, path)
            for one in ("state_user_administrator", "regional_user_administrator")
            for path in ("/users/", "/users/new", "/users/roles", "/training/due", "/account-requests/")
        ),
        ("state_user_administrator", "/audit/"),
        *(("ome_user_administrator", path) for path in ("/users/", "/users/new")),
        *((None, path) for path in ("/user-administrators/", "/get-an-account?state=TX")),
    ],
)
def test_no_page_offers_these_roles(as_, visitor, request, actor, path, titles):
    """They are off until the command line gives one: nobody can choose, ask for or look for them."""
    if titles:
        request.getfixturevalue("titled")
    text = (as_(actor) if actor else visitor).get(path, expect=200).text
    for role in accounts.NATIONAL_ROLES:
        assert f'value="{role.value}"' not in text
        if role.value != actor:
            assert role.label not in text
