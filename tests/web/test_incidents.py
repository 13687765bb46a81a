"""Report a problem: from every page, kept, seen by those who must look."""

import re

import pytest
from sqlalchemy import select, update

from msixlite.models.audit import AuditEvent
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.mail import OutgoingMail
from msixlite.models.users import AccountStatus, Role, User, UserSession

SAW = {"kind": "odd_content", "text": "A picture of a cat stands where the name should be.", "page": "students.record"}


@pytest.fixture
def reports(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return list(db.scalars(select(IncidentReport).order_by(IncidentReport.id)))

    return found


class TestReporting:
    @pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
    def test_every_role_finds_it_on_its_home_page(self, as_, role):
        client = as_(role.value)
        assert 'href="/incidents/new?page=home.index"' in client.get("/", expect=200).text
        client.get("/incidents/new?page=home.index", expect=200)

    def test_is_kept_with_who_when_and_where(self, as_, reports, person, clock):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        (made,) = reports()
        assert made.reported_by_id == person("msix_primary").id
        assert made.page == "students.record"
        assert made.text == SAW["text"]
        assert abs(made.reported_at - clock.now).total_seconds() < 60

    def test_wants_a_kind_and_a_sentence_and_keeps_what_was_typed(self, as_, reports):
        text = as_("msix_primary").send("/incidents/new", {"text": "A cat."}, expect=422).text
        assert "Choose what fits best" in text
        assert "A cat." in text
        assert reports() == []

    def test_the_page_is_one_of_ours(self, as_, reports):
        as_("msix_primary").send("/incidents/new", {**SAW, "page": "<script>"}, expect=303)
        assert reports()[0].page == ""

    def test_the_person_may_lock_the_own_account_at_once(self, as_, reports, db):
        client = as_("msix_primary")
        client.send("/incidents/new", {**SAW, "kind": "misuse", "lock": "y"}, expect=303)
        assert client.get("/", expect=303).location == "/login"
        assert db.scalar(select(User.status).where(User.user_name == "msix_primary")) is AccountStatus.DISABLED
        assert reports()[0].self_locked

    def test_the_own_lock_stands_in_the_accounts_history_and_outdates_open_pages(self, as_, person, db):
        before = person("msix_primary").edition
        db.rollback()
        as_("msix_primary").send("/incidents/new", {**SAW, "kind": "misuse", "lock": "y"}, expect=303)
        user = person("msix_primary")
        db.refresh(user)
        assert user.edition == before + 1
        shown = as_("state_user_administrator").get(f"/users/{user.id}", expect=200).text
        assert "disabled, locked by the person with an incident report" in shown


class TestSeeing:
    @pytest.mark.parametrize(
        "actor", ["state_user_administrator", "state_data_administrator", "ome_user_administrator"]
    )
    def test_those_who_must_look_find_it_on_their_home_page(self, as_, actor):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_(actor)
        assert "Incident reports to answer" in client.get("/", expect=200).text
        assert SAW["text"] in client.get("/incidents/", expect=200).text

    @pytest.mark.parametrize("actor", ["vt_state_user_administrator", "vt_state_data_administrator"])
    def test_another_state_does_not(self, as_, reports, actor):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_(actor)
        assert "Incident reports" not in client.get("/", expect=200).text.split("<main")[1]
        assert SAW["text"] not in client.get("/incidents/", expect=200).text
        client.send(f"/incidents/{reports()[0].id}/seen", {"answer": "Nothing"}, expect=404)

    def test_an_answer_is_kept_once(self, as_, reports):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_("state_user_administrator")
        number = reports()[0].id
        client.send(f"/incidents/{number}/seen", {"answer": "  "}, expect=422)
        client.send(f"/incidents/{number}/seen", {"answer": "Told the vendor."}, expect=303)
        assert "Told the vendor." in client.get("/incidents/", expect=200).text
        assert "Incident reports to answer" not in client.get("/", expect=200).text
        client.send(f"/incidents/{number}/seen", {"answer": "Something else."}, expect=422)


@pytest.fixture
def mails(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return [
                (one.recipient.user_name, one)
                for one in db.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
                if one.template == "incident_report" and one.recipient
            ]

    return found


@pytest.fixture
def status_of(app):
    def found(name):
        with app.config["SESSIONS"]().reading() as db:
            return db.scalar(select(User.status).where(User.user_name == name))

    return found


TOLD_IN_TEXAS = {"state_user_administrator", "state_data_administrator"}
UNSIGNED = {**SAW, "state": "TX", "contact": "Front desk, (555) 555-0188"}


class TestNotices:
    def test_the_user_administrator_and_the_lead_get_a_pointer_without_what_was_said(self, as_, mails):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        assert {name for name, _ in mails()} == TOLD_IN_TEXAS
        for _, mail in mails():
            assert "cat" not in mail.subject + mail.body
            assert "Primary" not in mail.subject + mail.body
            assert mail.reference in mail.subject

    def test_nobody_is_told_of_the_own_report(self, as_, mails):
        as_("state_user_administrator").send("/incidents/new", SAW, expect=303)
        assert {name for name, _ in mails()} == {"state_data_administrator"}

    def test_reports_of_the_departments_people_go_to_its_user_administrator(self, as_, mails):
        as_("government_administrator").send("/incidents/new", SAW, expect=303)
        assert {name for name, _ in mails()} == {"ome_user_administrator"}

    def test_in_a_state_without_anybody_the_department_is_told(self, app, as_, mails):
        with app.config["SESSIONS"]() as db, db.begin():
            gone = update(User).where(User.user_name.in_(TOLD_IN_TEXAS)).values(status=AccountStatus.DISABLED)
            db.execute(gone)
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        assert {name for name, _ in mails()} == {"ome_user_administrator"}


class TestWithoutSignIn:
    def test_every_page_leads_there(self, app, visitor):
        with app.test_request_context():
            public = [
                rule.build({})[1]
                for rule in app.url_map.iter_rules()
                if "GET" in rule.methods
                and not rule.arguments
                and app.view_functions[rule.endpoint].access.permission is None
            ]
        visitor.send("/consent", expect=303)
        seen = 0
        for path in [*public, "/nowhere"]:
            answer = visitor.get(path)
            if answer.mimetype == "text/html" and "<html" in answer.text:
                assert 'href="/incidents/report' in answer.text, path
                seen += 1
        assert seen > 6
        assert 'href="/incidents/report' in visitor.post("/login", expect=400).text

    def test_a_locked_screen_leads_there_too_and_its_report_is_nobodys(self, as_, reports):
        client = as_("msix_primary")
        client.send("/sessions/lock", expect=303)
        assert 'href="/incidents/report' in client.get("/sessions/locked", expect=200).text
        client.send("/incidents/report", UNSIGNED, expect=303)
        assert reports()[0].reported_by_id is None

    def test_who_is_signed_in_reports_under_the_own_name(self, as_):
        assert as_("msix_primary").get("/incidents/report", expect=303).location.startswith("/incidents/new")

    def test_is_kept_and_audited_without_a_person(self, visitor, reports, app):
        visitor.send("/incidents/report", UNSIGNED, expect=303)
        (made,) = reports()
        assert (made.reported_by_id, made.state_code, made.self_locked) == (None, "TX", False)
        assert made.contact == UNSIGNED["contact"]
        with app.config["SESSIONS"]().reading() as db:
            event = db.scalar(select(AuditEvent).where(AuditEvent.action == "incidents.report_unsigned"))
        assert (event.user_id, event.outcome, event.subject) == (None, "ok", f"report {made.id}")

    def test_what_is_missing_or_made_up_is_refused(self, visitor, reports):
        assert "Choose what fits best" in visitor.send("/incidents/report", {"state": "TX"}, expect=422).text
        visitor.send("/incidents/report", {**UNSIGNED, "state": "ZZ"}, expect=422)
        visitor.send("/incidents/report", {**UNSIGNED, "text": "x" * 2001}, expect=422)
        visitor.post("/incidents/report", data=UNSIGNED, expect=400)
        assert reports() == []

    def test_the_state_that_was_named_sees_it_and_no_other(self, visitor, as_, reports):
        visitor.send("/incidents/report", UNSIGNED, expect=303)
        number = reports()[0].id
        for actor in (*sorted(TOLD_IN_TEXAS), "ome_user_administrator"):
            assert "somebody who was not signed in" in as_(actor).get("/", expect=200).text
            assert UNSIGNED["contact"] in as_(actor).get("/incidents/", expect=200).text
        other = as_("vt_state_user_administrator")
        assert SAW["text"] not in other.get("/incidents/", expect=200).text
        other.send(f"/incidents/{number}/seen", {"answer": "Nothing"}, expect=404)
        as_("state_user_administrator").send(f"/incidents/{number}/seen", {"answer": "Looked."}, expect=303)

    def test_without_a_state_only_the_department_sees_it(self, visitor, as_, mails):
        visitor.send("/incidents/report", {**UNSIGNED, "state": ""}, expect=303)
        assert {name for name, _ in mails()} == {"ome_user_administrator"}
        assert SAW["text"] in as_("ome_user_administrator").get("/incidents/", expect=200).text
        for actor in ("state_user_administrator", "vt_state_data_administrator"):
            assert SAW["text"] not in as_(actor).get("/incidents/", expect=200).text

    def test_mailboxes_cannot_be_flooded(self, visitor, mails, clock, reports):
        for _ in range(3):
            visitor.send("/incidents/report", UNSIGNED, expect=303)
        assert len(reports()) == 3
        assert len(mails()) == 2
        clock.forward(minutes=61)
        visitor.send("/incidents/report", UNSIGNED, expect=303)
        assert len(mails()) == 4

    def test_a_flood_is_stopped(self, visitor):
        codes = [visitor.send("/incidents/report", {}).status_code for _ in range(21)]
        assert codes == [422] * 20 + [429]

    @pytest.mark.parametrize(
        ("addresses", "last"),
        [
            ([f"2001:db8:1:2::{number:x}" for number in range(1, 22)], 429),
            ([f"2001:db8:1:{number:x}::1" for number in range(1, 22)], 422),
            ([f"192.0.2.{number}" for number in range(1, 22)], 422),
        ],
    )
    def test_the_many_addresses_of_one_ipv6_network_count_as_one(self, visitor, addresses, last):
        for address in addresses:
            visitor.environ_base["REMOTE_ADDR"] = address
            code = visitor.send("/incidents/report", {}).status_code
        assert code == last


class TestLockBeforeSignIn:
    def lock(self, visitor, name, password):
        answer = visitor.send("/incidents/lock-my-account", {"user_name": name, "password": password}, expect=303)
        said = visitor.get(visitor.get(answer.location).location or answer.location).text
        return answer.location, re.sub(
            r'"X-CSRFToken": "[^"]+"|name="csrf_token" value="[^"]+"|csrf_token"[^>]*', "", said
        )

    def test_the_right_password_locks_ends_every_session_and_tells(
        self, visitor, as_, password, status_of, reports, mails, db
    ):
        client = as_("msix_primary")
        self.lock(visitor, "MSIX_primary ", password[0])
        assert status_of("msix_primary") is AccountStatus.DISABLED
        assert client.get("/", expect=303).location == "/login"
        alive = (
            select(UserSession.id).join(User).where(User.user_name == "msix_primary", UserSession.ended_at.is_(None))
        )
        assert db.scalars(alive).all() == []  # none comes back to life when the account is enabled again
        (made,) = reports()
        assert made.self_locked
        assert made.kind is IncidentKind.MISUSE
        assert {name for name, _ in mails()} == TOLD_IN_TEXAS

    def test_the_answer_is_always_the_same(self, app, password, status_of):
        answers = {
            self.lock(app.test_client(), name, typed)
            for name, typed in (
                ("msix_primary", password[0]),
                ("msix_primary", password[0]),
                ("msix_secondary", "not the password"),
                ("nobody_at_all", "not the password"),
            )
        }
        assert len(answers) == 1
        assert "If that was the user name and password" in answers.pop()[1]
        assert status_of("msix_secondary") is AccountStatus.ACTIVE

    def test_wrong_ones_count_with_those_at_sign_in_and_do_no_more(self, visitor, password, status_of, reports):
        visitor.send("/consent", expect=303)
        wrong = {"user_name": "msix_primary", "password": "not the password"}
        visitor.send("/login", wrong, expect=422)
        self.lock(visitor, "msix_primary", "not the password")
        assert status_of("msix_primary") is AccountStatus.ACTIVE
        self.lock(visitor, "msix_primary", "not the password")
        assert status_of("msix_primary") is AccountStatus.DISABLED
        assert reports() == []
        self.lock(visitor, "msix_primary", password[0])
        assert reports() == []

    def test_the_password_is_nowhere(self, visitor, password, app):
        self.lock(visitor, "msix_primary", password[0])
        with app.config["SESSIONS"]().reading() as db:
            events = db.scalars(select(AuditEvent).where(AuditEvent.action == "incidents.lock_account")).all()
            kept = db.scalars(select(IncidentReport.text)).all()
        assert [event.outcome for event in events] == ["ok"]
        assert password[0] not in str([(event.detail, event.changes) for event in events]) + str(kept)

    def test_a_wrong_one_is_a_failed_sign_in_to_the_report_of_unusual_use(self, visitor, app):
        self.lock(visitor, "msix_primary", "not the password")
        with app.config["SESSIONS"]().reading() as db:
            event = db.scalar(select(AuditEvent).where(AuditEvent.action == "incidents.lock_account"))
        assert event.outcome == "refused"
        assert event.subject.startswith("user ")

    def test_needs_the_token_of_its_page_and_is_limited(self, visitor, status_of, password):
        form = {"user_name": "msix_primary", "password": password[0]}
        visitor.post("/incidents/lock-my-account", data=form, expect=400)
        assert status_of("msix_primary") is AccountStatus.ACTIVE
        codes = [visitor.send("/incidents/lock-my-account", {}).status_code for _ in range(20)]
        assert codes[-2:] == [422, 429]
