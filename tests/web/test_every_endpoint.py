"""Every endpoint by every role, from the URL map and the table of rights."""

import pytest
from sqlalchemy import select

from msixlite.domain.permissions import GRANTS
from msixlite.models.students import Student
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistItem


def addresses(app, db):
    """A real address of each endpoint and method, with the rule it declares."""
    found = []
    msix_id = db.scalar(select(Student.msix_id).order_by(Student.id).limit(1))
    values = {
        "msix_id": msix_id,
        "submission_id": 1,
        "item_id": db.scalar(select(WorklistItem.id).limit(1)) or 1,
        **dict.fromkeys(("user_id", "saved_id", "notice_id", "request_id", "review_id", "line_id", "region_id"), 1),
        "change_id": 1,
        "assignment_id": 2**31 - 1,
        "training_id": 1,
        "draft_id": 1,
        "delegation_id": 1,
        "follow_up_id": 1,
        "session_id": 1,
        "alert_id": 1,
        "event_id": 1,
        "export_id": 1,
        "report_id": 1,
        "mail_id": 1,
        "rule_id": 1,
        "plan_id": 1,
        "token": "none",
        "field": "text",
        "key": "move_notice",
        **dict.fromkeys(("correction_id", "inquiry_id", "file_id", "dispute_id"), 1),
        "letter": "decision",
        "language": "es",
    }
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            path = rule.build({name: values[name] for name in rule.arguments})[1]
            access = app.view_functions[rule.endpoint].access
            for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
                found.append((method, path, access))
    return found


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_exactly_the_rights_of_the_table(role, app, db, as_):
    client = as_(role.value)
    token = client.token()
    for method, path, access in addresses(app, db):
        if path in ("/logout", "/sessions/lock") or path.endswith(".pdf"):
            continue  # ends the session, or draws for a second: both have tests of their own
        for headers in ({}, {"HX-Request": "true"}):
            data = {"csrf_token": token} if method == "POST" else None
            answer = client.open(path, method=method, data=data, headers=headers)
            refused = answer.status_code == 403
            allowed = access.permission is None or access.permission in GRANTS[role]
            assert refused is not allowed, f"{method} {path} {role.value}: {answer.status_code}"
            assert answer.status_code < 500, f"{method} {path}"


def test_nobody_signed_in_sees_public_pages_only(app, db, visitor):
    for method, path, access in addresses(app, db):
        data = {"csrf_token": visitor.token()} if method == "POST" else None
        answer = visitor.open(path, method=method, data=data)
        if access.permission is not None:
            assert (answer.status_code, answer.location) == (303, "/login"), path
        assert answer.status_code < 500


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_odd_methods_are_refused(method, as_):
    as_("state_data_administrator").open("/students/", method=method, expect=405)


def test_every_answer_carries_the_headers(as_, visitor):
    client = as_("msix_primary")
    for answer in (client.get("/"), client.get("/nowhere"), client.post("/logout"), visitor.get("/login")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_unknown_addresses_answer_with_a_page(as_, visitor):
    assert "nothing at this address" in as_("msix_primary").get("/nowhere", expect=404).text
    visitor.get("/nowhere", expect=404)


@pytest.mark.parametrize(
    "path",
    [
        "/students/000000000000",
        "/students/999999999999.pdf",
        "/students/999999999999/history",
        "/students/12",
        "/worklist/99999999999999999999",
        "/uploads/999",
    ],
)
def test_a_bad_id_does_not_exist(path, as_):
    as_("state_data_administrator").get(path, expect=404)


def test_another_states_submission_does_not_exist(as_):
    as_("state_data_administrator").get("/uploads/1", expect=200)
    as_("vt_state_data_administrator").get("/uploads/1", expect=404)
    as_("vt_state_data_administrator").get("/uploads/1/progress", expect=404)
