"""What a browser can be made to send: forged tokens, ids, fields, addresses, headers and cookies."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from msixlite.domain.permissions import GRANTS
from msixlite.models.audit import AuditEvent
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import PastPassword, Role, User, UserSession

HOSTILE_IDS = ("-1", "0", "1e3", "1;--", "1' OR '1'='1", "../1", "%00", "9" * 40, "١", "1%0a", "{{7*7}}", "NaN")


@pytest.fixture
def values(db):
    number = select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100")
    names = ("submission_id", "item_id", "export_id", "report_id", "session_id")
    return {"msix_id": db.scalar(number), **dict.fromkeys(names, 1)}


def posts(app, values, *, public=False):
    with app.test_request_context():
        return [
            (rule.build({name: values.get(name, 1) for name in rule.arguments})[1], access)
            for rule in app.url_map.iter_rules()
            if "POST" in rule.methods
            for access in [app.view_functions[rule.endpoint].access]
            if public or access.permission
        ]


def _filled(rule, hostile):
    """The address of a rule with a hostile value in every place."""
    path = str(rule)
    for name in rule.arguments:
        path = re.sub(f"<(?:[a-z_]+:)?{name}>", lambda _found: hostile, path)
    return path


def fields_of(app, actor_client, path):
    """Names of every field of the forms on a page."""
    import tinyhtml5

    from tests.checked_client import elements

    answer = actor_client.get(path)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return set()
    found = elements(tinyhtml5.parse(answer.text), "input", "select", "textarea")
    return {field.get("name") for field in found if field.get("name")} - {"csrf_token"}


class TestCsrf:
    @pytest.mark.parametrize(
        ("actor", "forged"),
        [
            ("state_data_administrator", "of another session"),
            ("state_user_administrator", "none"),
            ("privacy_act_administrator", "made up"),
            ("msix_primary", "in the address"),
            ("regional_user_administrator", "empty"),
        ],
    )
    def test_no_post_without_the_token_of_its_session(self, app, as_, values, actor, forged):
        foreign = as_("vt_state_data_administrator").token()
        client = as_(actor)
        for path, access in posts(app, values):
            if access.permission not in GRANTS[Role(actor)]:
                continue
            data = {"none": {}, "empty": {"csrf_token": ""}, "made up": {"csrf_token": "x.y.z"}}.get(forged, {})
            if forged == "of another session":
                data = {"csrf_token": foreign}
            query = {"csrf_token": client.token()} if forged == "in the address" else None
            assert client.post(path, data=data, query_string=query).status_code == 400, path

    def test_at_sign_in_too(self, app, visitor, password):
        visitor.send("/consent", expect=303)
        visitor.post("/login", data={"user_name": "msix_primary", "password": password[0]}, expect=400)
        visitor.post("/consent", data={}, expect=400)

    def test_no_view_is_exempt(self, app):
        assert not app.extensions["csrf"]._exempt_views
        assert not app.extensions["csrf"]._exempt_blueprints


class TestForgedIds:
    @pytest.mark.parametrize("actor", ["state_data_administrator"])
    def test_hostile_ids_in_addresses_do_not_exist(self, app, as_, actor, values):
        """No numbered rule takes any of them, and one is sent to each; rules of words get them all."""
        client = as_(actor)
        known = app.url_map.bind("localhost")
        for number, rule in enumerate(one for one in app.url_map.iter_rules() if one.arguments - {"filename"}):
            paths = [_filled(rule, hostile) for hostile in HOSTILE_IDS]
            if "<row_id:" in str(rule) or "<msix_id:" in str(rule):
                for path in paths:
                    with pytest.raises((NotFound, MethodNotAllowed, RequestRedirect)):
                        known.match(unquote(path), method="GET")
                paths = [paths[number % len(paths)]]
            for path in paths:
                assert client.get(path).status_code in (404, 405, 308), path

    @pytest.mark.parametrize("actor", ["state_data_administrator", "state_user_administrator"])
    def test_hostile_values_in_every_query_never_fail(self, app, as_, actor, values):
        client = as_(actor)
        names = ("user_id", "msix_id", "action", "place", "since", "until", "outcome", "before", "days", "page", "next")
        names += ("search", "part", "format", "q")
        with app.test_request_context():
            paths = {
                rule.build({name: values[name] for name in rule.arguments})[1]
                for rule in app.url_map.iter_rules()
                if "GET" in rule.methods and rule.endpoint != "static" and rule.arguments <= set(values)
            }
        for path in sorted(paths):
            if path.endswith(".pdf"):
                continue
            for hostile in HOSTILE_IDS[-7::3]:
                answer = client.get(path, query_string=dict.fromkeys(names, hostile))
                assert answer.status_code < 500, (path, hostile)

    @pytest.mark.parametrize("actor", ["state_data_administrator", "state_user_administrator"])
    def test_hostile_values_in_every_field_never_fail_and_never_widen_rights(self, app, as_, actor, values, person):
        """Every field of every form, and columns that no form has: no mass assignment."""
        client = as_(actor)
        columns = {column.key: "1" for table in (User, UserSession) for column in table.__table__.columns}
        columns |= {"role": "ome_user_administrator", "state_code": "VT", "status": "active"}
        token = client.token()
        skipped = ("/logout", "/sessions/lock", "/incidents/new")  # they end the session, as they should
        for path, access in posts(app, values):
            if access.permission not in GRANTS[Role(actor)] or path in skipped:
                continue
            fields = fields_of(app, client, path)
            for hostile in HOSTILE_IDS[4:8:3]:
                form = {**columns, **dict.fromkeys(fields, hostile), "csrf_token": token}
                answer = client.post(path, data=form)
                assert answer.status_code < 500, (path, hostile)
        user = person(actor)
        assert user.role is Role(actor)
        assert user.state_code in ("TX", None)

    def test_nobody_elses_past_search_is_read(self, as_):
        address = as_("msix_primary").send("/students/", {"q": "Castañeda Graciela 2012"}, expect=303).location
        assert "Graciela" in as_("msix_primary").get(address, expect=200).text
        assert "Castañeda" not in as_("msix_secondary").get(address, expect=200).text


REDIRECTS = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "///evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "https:/evil.example",
    "@evil.example",
    "/.evil.example/..//evil.example",
    " //evil.example",
    "/static/../../evil",
    "/nowhere",
    "/logout",
)


class TestRedirects:
    def test_after_unlocking(self, app, as_, password):
        client = as_("msix_primary")
        for to in REDIRECTS:
            client.send("/sessions/lock", expect=303)
            answer = client.send("/sessions/locked", {"password": password[0], "next": to}, expect=303)
            assert answer.location == "/", to

    def test_after_stating_a_purpose(self, as_, values):
        client = as_("msix_primary", purpose=None)
        path = f"/students/{values['msix_id']}/purpose"
        for to in REDIRECTS:
            answer = client.send(path, {"purpose": "enrollment", "next": to}, expect=303)
            assert answer.location == f"/students/{values['msix_id']}", to

    def test_after_blurring_names(self, as_):
        client = as_("msix_primary")
        for to in REDIRECTS:
            assert client.send("/me/privacy", {"next": to}, expect=303).location == "/", to

    @pytest.mark.parametrize("language", ["es", "xx"])
    def test_after_choosing_a_language(self, visitor, language):
        for to in REDIRECTS:
            assert visitor.send("/language", {"language": language, "next": to}, expect=303).location == "/", to

    def test_ones_own_page_with_its_query_is_gone_to(self, as_, password):
        client = as_("state_data_administrator")
        client.send("/sessions/lock", expect=303)
        form = {"password": password[0], "next": "/audit/?action=students.record"}
        assert client.send("/sessions/locked", form, expect=303).location == "/audit/?action=students.record"


class TestHost:
    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])
    def test_a_forged_host_is_in_no_answer(self, app, as_, visitor, host):
        client = as_("msix_primary")
        for path in ("/", "/me/", "/students", "/nowhere", "/audit"):
            answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host})
            assert "evil" not in answer.text, path
            assert "evil" not in (answer.location or ""), path

    def test_a_site_that_names_its_hosts_answers_to_no_other(self, settings):
        from dataclasses import replace

        from msixlite.web import create_app

        app = create_app(replace(settings, host_names="records.example.gov, localhost"))
        with app.test_client() as client:
            assert client.get("/healthz", headers={"Host": "records.example.gov"}).status_code == 200
            assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
        app.config["SESSIONS"].kw["bind"].dispose()


HOSTILE_HEADERS = (
    {"HX-Request": "\x00"},
    {"HX-Request": "true", "HX-Target": "<script>"},
    {"HX-Current-URL": "https://evil.example/"},
    {"Accept-Language": "x" * 5000},
    {"Content-Type": "application/json"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Length": "abc"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Referer": "javascript:alert(1)"},
    {"Range": "bytes=0-1,2-3,4-5"},
    {"If-None-Match": "*"},
    {"Cookie": "msixlite=" + "A" * 8000},
    {"Cookie": "msixlite=eyJfdXNlcl9pZCI6IjEifQ.x.y"},
    {"Cookie": 'msixlite="; __Host-msixlite=x; remember_token=1|x'},
)


class TestHeadersAndCookies:
    def test_hostile_headers_never_fail(self, app, as_):
        client = as_("msix_primary")
        for headers in HOSTILE_HEADERS:
            self.send(client, headers)

    def send(self, client, headers):
        for path in ("/", "/students/", "/nowhere", "/login"):
            for method in ("GET", "POST"):
                assert client.open(path, method=method, headers=headers).status_code < 500, (method, path, headers)

    def test_a_cookie_of_ones_own_making_signs_nobody_in(self, app, person):
        from itsdangerous import URLSafeTimedSerializer

        for content in ({"_user_id": "1"}, {"_user_id": person("msix_primary").id}, {"user_id": 1}):
            client = app.test_client()
            client.set_cookie("msixlite", URLSafeTimedSerializer("guess", salt="cookie-session").dumps(content))
            assert client.get("/", expect=303).location == "/login"

    def test_there_is_no_remember_me(self, app, as_, password):
        client = app.test_client()
        client.send("/consent", expect=303)
        form = {"user_name": "msix_primary", "password": password[0], "remember": "1", "remember_me": "y"}
        answer = client.send("/login", form, expect=303)
        cookies = answer.headers.getlist("Set-Cookie")
        assert all("Expires" not in one and "Max-Age" not in one for one in cookies)
        assert not any("remember" in one for one in cookies)


def test_a_password_change_keeps_no_plain_password(as_, password, db):
    client = as_("msix_primary")
    client.send("/password", {"present": password[0], "new": "Orchard-Gate-9", "again": "Orchard-Gate-9"}, expect=303)
    kept = str([(e.detail, e.changes) for e in db.scalars(select(AuditEvent))])
    assert "Orchard" not in kept
    assert db.scalar(select(func.count()).select_from(PastPassword)) > 0
