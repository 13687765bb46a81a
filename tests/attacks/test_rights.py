"""Every role at every address, with what belongs to others: generated from the URL map and the table of rights."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from msixlite.domain import worklist_desks
from msixlite.domain.permissions import GRANTS
from msixlite.models.audit import AuditEvent
from msixlite.models.drafts import FormDraft
from msixlite.models.exports import Export, ExportKind
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.uploads import Submission
from msixlite.models.users import AccountStatus, Role, RulesAcceptance, User, UserSession
from msixlite.models.worklist import WorklistItem, WorklistKind

METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


@pytest.fixture
def rows_of(app, clock):
    """`rows_of("vt_…")`: one row of each kind that belongs to that person or the person's State."""

    def rows(actor):
        with app.config["SESSIONS"]() as db, db.begin():
            owner = db.scalar(select(User).where(User.user_name == actor))
            record = (
                select(StateRecord).where(StateRecord.state_code == owner.state_code).order_by(StateRecord.id.desc())
            )
            child = db.scalars(record).first()
            copy = Export(serial=f"T-{owner.id}", made_at=clock.now, user_id=owner.id, kind=ExportKind.FAX_COVER)
            report = IncidentReport(
                reported_at=clock.now, reported_by_id=owner.id, kind=IncidentKind.OTHER, text="Something", page=""
            )
            session = UserSession(
                token_hash=f"{owner.id:064}", user_id=owner.id, started_at=clock.now, last_active_at=clock.now
            )
            draft = FormDraft(user_id=owner.id, endpoint="home.index", path="/", fields="", kept_at=clock.now)
            db.add_all([copy, report, session, draft])
            db.flush()
            return {
                "msix_id": db.get(Student, child.student_id).msix_id,
                "submission_id": db.scalar(
                    select(Submission.id).where(Submission.state_code == owner.state_code).limit(1)
                ),
                "export_id": copy.id,
                "report_id": report.id,
                "session_id": session.id,
                "draft_id": draft.id,
            }

    return rows


def rules(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule, app.view_functions[rule.endpoint].access


def built(app, wanted):
    """(method, path, access, endpoint) of every rule for which there are values."""
    with app.test_request_context():
        return [
            (method, rule.build({name: wanted[name] for name in rule.arguments})[1], access, rule.endpoint)
            for rule, access in rules(app)
            if rule.arguments <= set(wanted)
            for method in sorted(rule.methods - {"OPTIONS"})
        ]


OWN_ROWS = {"submission_id", "export_id", "report_id", "session_id", "draft_id"}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_rows_of_another_state_answer_like_rows_that_do_not_exist(role, app, as_, rows_of):
    """Own State's person of every role against Vermont's rows, plain and by htmx, and against no row at all."""
    foreign = rows_of("vt_state_data_administrator")
    client = as_(role.value)
    token = client.token()
    with app.test_request_context():
        pairs = [
            (method, *(rule.build({name: value(name) for name in rule.arguments})[1] for value in values), access)
            for rule, access in rules(app)
            if rule.arguments & OWN_ROWS and rule.arguments <= set(foreign)
            for method in sorted(rule.methods - {"OPTIONS"})
            for values in [(foreign.__getitem__, lambda _name: 2**31 - 1)]
        ]
    assert pairs
    for method, path, unknown, access in pairs:
        for headers in ({}, {"HX-Request": "true"}):
            data = {"csrf_token": token, "how": "shredded", "answer": "x"} if method == "POST" else None
            answers = [client.open(one, method=method, data=data, headers=headers) for one in (path, unknown)]
            sees_all_reports = "incidents" in path and role is Role.OME_USER_ADMINISTRATOR
            if access.permission not in GRANTS[role]:
                assert {one.status_code for one in answers} == {403}, path
            elif not sees_all_reports:
                assert {one.status_code for one in answers} == {404}, (method, path)


@pytest.mark.parametrize("actor", ["district_data_administrator", "regional_data_administrator"])
def test_worklist_items_of_another_district_do_not_exist(actor, app, as_, clock):
    """The same State, another district: in no region, and not the own one."""
    with app.config["SESSIONS"]() as db, db.begin():
        records = {r.state_student_id: r for r in db.scalars(select(StateRecord))}
        db.execute(delete(Enrollment).where(Enrollment.state_record_id != records["TX100"].id))
        own = _item(db, records["TX100"], records["VT201"], clock)
        other = _item(db, records["TX101"], records["TX103"], clock)
    client = as_(actor)
    client.get(f"/worklist/{own}", expect=200)
    client.get(f"/worklist/{other}", expect=404)
    as_("state_data_administrator").get(f"/worklist/{other}", expect=200)
    as_("vt_state_data_administrator").get(f"/worklist/{other}", expect=404)


def _item(db, record, candidate, clock):
    made = WorklistItem(
        kind=WorklistKind.NEAR_MATCH,
        state_code=record.state_code,
        state_record_id=record.id,
        candidate_id=candidate.student_id,
        score=1.0,
        reasons=[],
        model_version="t",
        opened_at=clock.now,
        reply_due_at=clock.now,
        due_on=clock.now.date(),
        due_calendar="t",
    )
    db.add(made)
    db.flush()
    worklist_desks.place(db, {made.id: {record.id, candidate.id}})
    return made.id


def test_purpose_holds_for_own_district_only(as_, db):
    """Own district, other district, other State, by a child of each."""
    by_number = dict(
        db.execute(
            select(StateRecord.state_student_id, Student.msix_id).join(Student, StateRecord.student_id == Student.id)
        ).all()
    )
    client = as_("district_data_administrator", purpose=None)
    assert client.get(f"/students/{by_number['TX100']}").status_code == 200
    for other in ("TX101", "TX103", "VT201"):
        assert client.get(f"/students/{by_number[other]}").status_code == 303


SHUT = ("disabled", "deactivated", "idle", "locked", "role over", "role to come")
PSEUDO = ("must_change_password", "expired", "rules_due", *SHUT)


@pytest.mark.parametrize("state", PSEUDO)
def test_nobody_half_way_in_reaches_a_page(state, app, as_, clock, rows_of):
    """Every protected address for people who must first do something, or may do nothing any more."""
    values = rows_of("state_data_administrator")
    client = as_("state_data_administrator")
    token = client.token()
    with app.config["SESSIONS"]() as db, db.begin():
        user = db.scalar(select(User).where(User.user_name == "state_data_administrator"))
        if state == "must_change_password":
            user.must_change_password = True
        if state == "expired":
            user.password_changed_at = clock.now.replace(year=clock.now.year - 1)
        if state == "rules_due":
            db.execute(delete(RulesAcceptance).where(RulesAcceptance.user_id == user.id))
        if state in ("disabled", "deactivated"):
            user.status = AccountStatus(state)
        if state == "role over":
            user.role_ends_on = clock.now.date() - timedelta(days=2)
        if state == "role to come":
            user.role_starts_on = clock.now.date() + timedelta(days=2)
        if state == "locked":
            db.execute(update(UserSession).where(UserSession.user_id == user.id).values(locked_at=clock.now))
    if state == "idle":
        clock.forward(minutes=31)
    for method, path, access, endpoint in built(app, values):
        if access.permission is None or (access.gate and state not in SHUT):
            continue
        if endpoint in ("sessions.resume", "auth.sign_out"):
            continue
        answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert answer.status_code == 303, (method, path, answer.status_code)
        gates = ("/password", "/rules", "/login", "/sessions/locked")
        assert answer.location.startswith(gates), (method, path, answer.location)


CHANGES = {
    "role": lambda user: setattr(user, "role", Role.GOVERNMENT_ADMINISTRATOR),
    "disabled": lambda user: setattr(user, "status", AccountStatus.DISABLED),
    "deactivated": lambda user: setattr(user, "status", AccountStatus.DEACTIVATED),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_session_from_before_a_change_of_rights_opens_nothing_more(change, app, as_, rows_of):
    """Without ending a session: the change itself must hold at the very next request, at every address."""
    values = rows_of("state_data_administrator")
    client = as_("state_data_administrator")
    token = client.token()
    with app.config["SESSIONS"]() as db, db.begin():
        CHANGES[change](db.scalar(select(User).where(User.user_name == "state_data_administrator")))
    rights = GRANTS[Role.GOVERNMENT_ADMINISTRATOR] if change == "role" else {}
    for method, path, access, endpoint in built(app, values):
        if access.permission is None or access.permission in rights or endpoint == "auth.sign_out":
            continue
        answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
        if change == "role" and answer.status_code == 303:
            assert answer.location == "/training/"  # the new role's training comes before all
            continue
        assert answer.status_code == (403 if change == "role" else 303), (method, path)


def test_a_child_moved_to_another_state_leaves_the_reach(app, as_, db):
    """Rights follow the data: when the own State's record goes, so does the accounting of disclosures."""
    msix_id = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX101"))
    client = as_("state_data_administrator")
    client.get(f"/audit/students/{msix_id}", expect=200)
    with app.config["SESSIONS"]() as session, session.begin():
        session.execute(update(StateRecord).where(StateRecord.state_student_id == "TX101").values(state_code="VT"))
    client.get(f"/audit/students/{msix_id}", expect=404)


@pytest.mark.parametrize("method", METHODS)
def test_odd_methods_change_nothing_and_never_fail(method, app, as_, rows_of, db):
    """HEAD, PUT, OPTIONS and the rest, at every address."""
    values = rows_of("state_data_administrator")
    client = as_("state_data_administrator")
    paths = {path: set() for _m, path, _a, _e in built(app, values)}
    for known, path, _access, _endpoint in built(app, values):
        paths[path].add(known)
    for path, known in paths.items():
        if path.endswith(".pdf") and method in ("GET", "HEAD"):
            continue  # a second each; tests/web/test_pdf.py and test_audit.py draw them
        answer = client.open(path, method=method)
        assert answer.status_code < 500, (method, path)
        if method not in known | {"OPTIONS"}:
            assert answer.status_code == 405, (method, path, answer.status_code)


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_the_menu_leads_only_where_the_role_may_go(role, as_):
    client = as_(role.value)
    nav = client.get("/", expect=200).text.split("<nav", 1)[1].split("</nav>", 1)[0]
    links = re.findall(r'href="([^"]+)"', nav)
    assert links
    for link in links:
        client.get(link, expect=200)


def test_no_get_changes_a_row(app, as_, rows_of, db):
    """Reading leaves only its event, the time of last activity, and the register of prints."""
    values = rows_of("state_data_administrator")
    client = as_("state_data_administrator")

    def counts():
        with app.config["SESSIONS"]().reading() as session:
            return {
                model.__tablename__: session.scalar(select(func.count()).select_from(model))
                for model in (User, StateRecord, Submission, WorklistItem, Export, IncidentReport)
            }

    before = counts()
    for method, path, _access, _endpoint in built(app, values):
        if method == "GET" and not path.endswith((".pdf", ".csv")):
            client.get(path)
    assert counts() == before
    with app.config["SESSIONS"]().reading() as session:
        written = [e.changes for e in session.scalars(select(AuditEvent)) if e.detail.get("method") == "GET"]
    assert written
    assert not any(written)
