"""The audit trail on screen: reach, filters, who saw a child, unusual use."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select, update

from msixlite.domain import audit_words, unusual_use
from msixlite.models.audit import AuditEvent
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from tests.cases import printed_under


@pytest.fixture
def msix(db):
    return lambda number: db.scalar(
        select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == number)
    )


class TestReach:
    def test_a_user_administrator_sees_accounts_of_the_own_state_without_children(self, as_, msix):
        as_("msix_primary").get(f"/students/{msix('TX100')}", expect=200)
        as_("msix_primary").send("/students/", {"q": "Zavala Ulises 07/04/2015"}, expect=303)
        as_("vt_msix_primary").get("/", expect=200)
        text = as_("state_user_administrator").get("/audit/", expect=200).text
        assert "opened a record" in text
        assert "(a child)" in text
        for hidden in (msix("TX100"), "Zavala", "Vermont", "Who saw"):
            assert hidden not in text
        as_("state_user_administrator").get(f"/audit/students/{msix('TX100')}", expect=403)

    def test_a_data_administrator_sees_children_of_the_own_state_whoever_opens_them(self, as_, msix):
        as_("vt_msix_primary").get(f"/students/{msix('TX101')}", expect=200)
        as_("vt_msix_primary").get(f"/students/{msix('VT201')}", expect=200)
        text = as_("state_data_administrator").get("/audit/", expect=200).text
        assert msix("TX101") in text
        assert msix("VT201") not in text

    def test_the_privacy_act_administrator_sees_all(self, as_, msix):
        as_("vt_msix_primary").get(f"/students/{msix('VT201')}", expect=200)
        text = as_("privacy_act_administrator").get("/audit/", expect=200).text
        assert msix("VT201") in text
        assert "Vermont" in text

    @pytest.mark.parametrize("actor", ["msix_primary", "government_administrator", "regional_user_administrator"])
    def test_others_see_nothing(self, as_, actor):
        for path in ("/audit/", "/audit/unusual"):
            as_(actor).get(path, expect=403)


class TestFilters:
    def show(self, client, **wanted):
        address = client.send("/audit/", wanted, expect=303).location
        return client.get(address, expect=200).text.split("<tbody", 1)[-1], address

    def test_person_child_action_place_time_outcome(self, as_, msix, clock):
        as_("msix_primary").get(f"/students/{msix('TX100')}", expect=200)
        as_("msix_secondary").get("/worklist/", expect=403)
        reader = as_("privacy_act_administrator")
        rows, address = self.show(reader, user_name="MSIX_Primary")
        assert "MSIX Primary" in rows
        assert "MSIX Secondary" not in rows
        assert "primary" not in address.lower()
        assert "MSIX Primary" in self.show(reader, msix_id=msix("TX100"))[0]
        assert "opened a record" in self.show(reader, action="students.record")[0]
        assert "MSIX Secondary" in self.show(reader, outcome="denied")[0]
        assert "MSIX Primary" in self.show(reader, place="TX")[0]
        assert "MSIX Primary" not in self.show(reader, place="VT")[0]
        tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        assert "No event fits" in self.show(reader, since=tomorrow)[0]
        assert "MSIX Primary" in self.show(reader, until=tomorrow)[0]

    def test_people_out_of_reach_are_unknown(self, as_):
        client = as_("state_user_administrator")
        for name in ("vt_msix_primary", "nobody"):
            assert "no account of this user name" in client.send("/audit/", {"user_name": name}, expect=422).text

    def test_a_number_of_another_state_shows_nothing(self, as_, person):
        foreign = person("vt_msix_primary").id
        as_("vt_msix_primary").get("/", expect=200)
        text = as_("state_user_administrator").get(f"/audit/?user_id={foreign}", expect=200).text
        assert "vt_msix_primary" not in text
        assert "No event fits" in text

    def test_older_events_follow(self, as_):
        client = as_("msix_primary")
        for _ in range(55):
            client.get("/help")
            client.get("/", expect=200)
        reader = as_("state_user_administrator")
        text = reader.get("/audit/", expect=200).text
        assert "Older events" in text

    @pytest.mark.parametrize(
        "query", ["user_id=x", "since=yesterday", "place=region-x", "before=x", "place='--", "user_id=" + "9" * 30]
    )
    def test_what_cannot_be_read_does_no_harm(self, as_, query):
        as_("privacy_act_administrator").get(f"/audit/?{query}", expect=200)


class TestWhoSawThisChild:
    def test_three_steps_from_the_search_box(self, as_, msix):
        as_("vt_msix_primary").get(f"/students/{msix('TX100')}", expect=200)
        as_("msix_primary").get(f"/students/{msix('TX100')}/history", expect=200)
        client = as_("state_data_administrator")
        assert f"/audit/students/{msix('TX100')}" in client.get(f"/students/{msix('TX100')}", expect=200).text
        text = client.get(f"/audit/students/{msix('TX100')}", expect=200).text
        assert "Vermont" in text or "Maple" in text
        assert "opened the history" in text
        assert "Within own scope" in text

    def test_another_states_child_does_not_exist(self, as_, msix):
        as_("state_data_administrator").get(f"/audit/students/{msix('VT201')}", expect=404)
        as_("state_data_administrator").get(f"/audit/students/{msix('VT201')}.pdf", expect=404)
        as_("privacy_act_administrator").get(f"/audit/students/{msix('VT201')}", expect=200)

    def test_openings_under_a_merged_msix_id_count(self, as_, app, msix):
        as_("msix_secondary").get(f"/students/{msix('TX103')}", expect=200)
        with app.config["SESSIONS"]() as session, session.begin():
            survivor = select(Student.id).where(Student.msix_id == msix("TX101")).scalar_subquery()
            session.execute(update(Student).where(Student.msix_id == msix("TX103")).values(merged_into_id=survivor))
        text = as_("state_data_administrator").get(f"/audit/students/{msix('TX101')}", expect=200).text
        assert "Msix MSIXSecondary" in text

    def test_on_paper_with_its_serial(self, as_, app, msix):
        as_("privacy_act_administrator").get(f"/students/{msix('TX100')}", expect=200)
        drawn = as_("state_data_administrator").get(f"/audit/students/{msix('TX100')}.pdf", expect=200).data
        text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages)
        with app.config["SESSIONS"]().reading() as db:
            event = db.scalars(select(AuditEvent).where(AuditEvent.action == "audit.child_pdf")).one()
        assert printed_under(drawn) == ("State StateDataAdministrator", event.detail["serial"])
        assert "Enrollment" in text


class TestUnusualUse:
    LIMITS = unusual_use.Limits(records_a_day=2, exports_a_day=1, failures=2, opens_at=6, closes_at=20)

    def report(self, app, person, actor="privacy_act_administrator"):
        with app.config["SESSIONS"]().reading() as db:
            since = app.config["CLOCK"]() - timedelta(days=30)
            reader = db.scalar(select(User).where(User.user_name == actor))
            return unusual_use.report(db, since=since, limits=self.LIMITS, by=reader)

    def test_many_records_and_exports(self, as_, app, person, msix):
        client = as_("msix_primary")
        client.get(f"/students/{msix('TX100')}", expect=200)
        client.get(f"/students/{msix('TX100')}", expect=200)
        assert self.report(app, person).many_records == []
        client.get(f"/students/{msix('TX101')}", expect=200)
        found = self.report(app, person).many_records
        assert [(one.user.user_name, one.count) for one in found] == [("msix_primary", 2)]
        assert self.report(app, person, "vt_state_data_administrator").many_records == []

    @pytest.mark.parametrize(
        ("moment", "is_unusual"),
        [
            ("2026-03-04T15:00:00+00:00", False),  # Wednesday, 9 in Texas
            ("2026-03-04T03:30:00+00:00", True),  # 21:30 on Tuesday
            ("2026-03-07T18:00:00+00:00", True),  # Saturday noon
            ("2026-05-25T18:00:00+00:00", True),  # Memorial Day
        ],
    )
    def test_after_hours_by_the_clock_of_the_state(self, as_, app, person, msix, clock, moment, is_unusual):
        client = as_("msix_secondary")
        clock.now = datetime.fromisoformat(moment)
        with app.config["SESSIONS"]() as session, session.begin():
            from msixlite.models.users import RulesAcceptance, UserSession

            session.execute(update(UserSession).values(started_at=clock.now, last_active_at=clock.now))
            session.execute(
                update(User).values(password_changed_at=clock.now, role_starts_on=clock.now.date() - timedelta(days=1))
            )
            session.execute(update(RulesAcceptance).values(accepted_at=clock.now))
        client.get(f"/students/{msix('TX100')}", expect=200)
        assert bool(self.report(app, person).after_hours) is is_unusual

    def test_own_surname(self, as_, app, person, msix):
        with app.config["SESSIONS"]() as session, session.begin():
            session.execute(update(User).where(User.user_name == "msix_primary").values(last_name="PEÑA"))
        as_("msix_primary").get(f"/students/{msix('TX100')}", expect=200)
        as_("msix_primary").get(f"/students/{msix('TX101')}", expect=200)
        found = self.report(app, person).own_surname
        assert [(one.user.user_name, one.children) for one in found] == [("msix_primary", (msix("TX100"),))]

    def test_failed_sign_ins(self, visitor, app, person):
        visitor.send("/consent", expect=303)
        for _ in range(2):
            visitor.send("/login", {"user_name": "msix_primary", "password": "Wrong-Guess-1"}, expect=422)
        found = self.report(app, person, "state_user_administrator").failed_sign_ins
        assert [(one.user.user_name, one.count) for one in found] == [("msix_primary", 2)]
        assert self.report(app, person, "vt_state_user_administrator").failed_sign_ins == []

    def test_the_page(self, as_):
        for actor in ("state_user_administrator", "state_data_administrator", "privacy_act_administrator"):
            for days in ("", "?days=7", "?days=-1", "?days=x"):
                as_(actor).get(f"/audit/unusual{days}", expect=200)


class TestWords:
    """Every action that can occur has words, and is either about accounts or about children."""

    def test_every_endpoint(self, app):
        assert set(app.view_functions) - {"static"} - set(audit_words.ACTIONS) == set()

    def test_no_words_for_what_does_not_exist(self, app):
        others = {one for one in audit_words.ACTIONS if not one.startswith("command")}
        assert others - set(app.view_functions) == {"daily", "no such page", "uploads.apply", "uploads.refuse"}
        assert set(audit_words.OPENED) <= set(app.view_functions)

    def test_a_page_that_opens_and_acts_has_words_for_both(self, app):
        both = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if {"GET", "POST"} <= rule.methods and rule.endpoint not in ("audit.index", "directory.index")
        }
        assert both - set(audit_words.OPENED) == set()

    def test_every_action_that_is_recorded_elsewhere(self):
        """Commands and clock work, read from the code."""
        package = Path(audit_words.__file__).parents[1]
        found = set()
        for file in package.rglob("*.py"):
            found |= set(re.findall(r'audit\.record\([^)]*?action=f?"([^"]+)"', file.read_text(encoding="utf-8"), re.S))
        plain = {one for one in found if "{" not in one}
        assert {"daily", "command rules", "uploads.apply"} <= plain
        assert plain <= set(audit_words.ACTIONS)
        assert {one for one in found if "{" in one} == {"command account {chosen.deed}"}
        deeds = ("unlock", "reset", "disable", "enable", "deactivate")
        assert {f"command account {one}" for one in deeds} <= set(audit_words.ACTIONS)

    def test_a_user_administrator_sees_whose_account_was_touched(self, as_, person):
        """And a Data Administrator, who sees children, does not."""
        user = person("msix_primary")
        form = {"reason": "away for the summer", "edition": user.edition}
        as_("state_user_administrator").send(f"/users/{user.id}/disable", form, expect=303)
        text = as_("state_user_administrator").get("/audit/?action=users.disable", expect=200).text
        assert "disabled an account" in text
        assert f"user {user.id}" in text
        assert "(a child)" not in text
        assert "away for the summer" in text
        assert "No event fits" in as_("state_data_administrator").get("/audit/?action=users.disable").text

    def test_features_of_accounts_name_no_child(self, app):
        from msixlite.domain.audit_trail import is_of_accounts

        with app.app_context():
            for rule in app.url_map.iter_rules():
                if "msix_id" in rule.arguments and not rule.endpoint.startswith("audit."):
                    assert not is_of_accounts(rule.endpoint), rule.endpoint
