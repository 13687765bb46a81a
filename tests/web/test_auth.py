"""The way in and out."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from msixlite.domain import accounts
from msixlite.models.audit import AuditEvent
from msixlite.models.base import make_session_factory
from msixlite.models.users import AccountStatus, PastPassword, User, UserSession
from msixlite.site import Shortcut
from tests.cases import person


def sign_in(client, user_name, password, expect=None):
    client.send("/consent", expect=303)
    return client.send("/login", {"user_name": user_name, "password": password}, expect=expect)


class TestMonitoringNotice:
    def test_comes_before_the_sign_in_page(self, visitor):
        assert visitor.get("/login", expect=303).location == "/consent"
        assert "monitored" in visitor.get("/consent", expect=200).text

    def test_a_site_may_word_it(self, app, visitor):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], monitoring_notice="Ours.\n\nSecond <b>paragraph</b>.")
        text = visitor.get("/consent", expect=200).text
        assert "<p>Ours.</p>" in text
        assert "Second &lt;b&gt;" in text
        assert "migratory" not in text
        spanish = visitor.get("/consent", headers={"Accept-Language": "es"}, expect=200).text
        assert '<p lang="en">Ours.</p>' in spanish

    def test_who_is_signed_in_already_needs_no_second_one(self, visitor, password):
        sign_in(visitor, "MSIX_Primary", password[0], expect=303)
        assert visitor.get("/login", expect=303).location == "/"

    def test_protected_pages_lead_to_sign_in(self, visitor):
        for path in ("/", "/students/", "/worklist/", "/uploads/", "/me/"):
            assert visitor.get(path, expect=303).location == "/login"

    def test_an_htmx_request_is_led_away_too(self, visitor):
        answer = visitor.get("/worklist/", headers={"HX-Request": "true"}, expect=401)
        assert answer.headers["HX-Redirect"] == "/login"


class TestSignIn:
    def test_a_right_password_opens_the_home_page(self, visitor, password):
        assert sign_in(visitor, "MSIX_Primary", password[0], expect=303).location == "/"
        assert "Recent" in visitor.get("/", expect=200).text or "Records you read last" in visitor.get("/").text

    def test_unknown_wrong_and_disabled_answer_alike(self, visitor, app, password):
        def body(answer):
            return re.sub(r'(value|content|hx-headers)=(".*?"|\'.*?\')', "", answer.text)

        wrong = sign_in(visitor, "msix_primary", "Wrong-Guess-1", expect=422)
        unknown = visitor.send("/login", {"user_name": "nobody", "password": "Wrong-Guess-1"}, expect=422)
        assert body(wrong) == body(unknown)
        for _ in range(2):
            visitor.send("/login", {"user_name": "msix_primary", "password": "Wrong-Guess-1"}, expect=422)
        disabled = visitor.send("/login", {"user_name": "msix_primary", "password": password[0]}, expect=422)
        assert body(disabled) == body(wrong)

    def test_the_third_wrong_password_disables(self, visitor, app, password):
        def status():
            with app.config["SESSIONS"]().reading() as db:
                return db.scalar(select(User.status).where(User.user_name == "msix_primary"))

        sign_in(visitor, "msix_primary", "Wrong-Guess-1", expect=422)
        visitor.send("/login", {"user_name": "MSIX_PRIMARY ", "password": "Wrong-Guess-2"}, expect=422)
        assert status() is AccountStatus.ACTIVE
        visitor.send("/login", {"user_name": "msix_primary", "password": "Wrong-Guess-3"}, expect=422)
        assert status() is AccountStatus.DISABLED
        with app.config["SESSIONS"]().reading() as db:
            changes = db.scalar(select(AuditEvent.changes).order_by(AuditEvent.id.desc()).limit(1))
        assert [change[2:] for change in changes if change[2] == "status"] == [["status", "active", "disabled"]]
        assert sign_in(visitor, "msix_primary", password[0], expect=422)

    def test_two_wrong_and_a_right_one_begin_anew(self, visitor, password, db):
        sign_in(visitor, "msix_primary", "Wrong-Guess-1", expect=422)
        visitor.send("/login", {"user_name": "msix_primary", "password": "Wrong-Guess-2"}, expect=422)
        visitor.send("/login", {"user_name": "msix_primary", "password": password[0]}, expect=303)
        assert db.scalar(select(User.failed_attempts).where(User.user_name == "msix_primary")) == 0

    def test_twenty_guesses_side_by_side_are_three(self, app, db, password):
        def guess(number):
            client = app.test_client()
            return sign_in(client, "msix_primary", f"Wrong-Guess-{number}").status_code

        with ThreadPoolExecutor(20) as pool:
            assert set(pool.map(guess, range(20))) == {422}
        user = db.scalar(select(User).where(User.user_name == "msix_primary"))
        assert (user.status, user.failed_attempts) == (AccountStatus.DISABLED, 3)
        assert sign_in(app.test_client(), "msix_primary", password[0]).status_code == 422

    def test_the_session_is_a_row_that_holds_no_token(self, visitor, password, db):
        sign_in(visitor, "msix_primary", password[0], expect=303)
        cookie = visitor.get_cookie("msixlite").value
        row = db.scalars(select(UserSession).order_by(UserSession.id.desc())).first()
        assert len(row.token_hash) == 64
        assert row.token_hash not in cookie

    def test_signing_in_elsewhere_ends_the_first_session(self, app, password):
        first, second = app.test_client(), app.test_client()
        sign_in(first, "msix_primary", password[0], expect=303)
        sign_in(second, "msix_primary", password[0], expect=303)
        assert first.get("/").status_code == 303
        assert second.get("/").status_code == 200

    def test_no_open_redirect(self, visitor, password):
        visitor.send("/consent")
        answer = visitor.send("/login?next=//evil.example", {"user_name": "msix_primary", "password": password[0]})
        assert answer.location == "/"


class TestSession:
    def test_29_minutes_alive_31_dead(self, as_, clock):
        client = as_("msix_primary")
        clock.forward(minutes=29)
        client.get("/", expect=200)
        clock.forward(minutes=31)
        assert client.get("/", expect=303).location == "/login"

    def test_polling_does_not_count(self, as_, clock):
        client = as_("state_data_administrator")
        clock.forward(minutes=20)
        client.get("/uploads/1/progress", expect=200)
        clock.forward(minutes=11)
        client.get("/", expect=303)

    def test_twelve_hours_are_the_end(self, as_, clock):
        client = as_("msix_primary")
        for _ in range(25):
            clock.forward(minutes=28)
            client.get("/", expect=200)
        clock.forward(minutes=28)
        client.get("/", expect=303)

    def test_a_clock_set_back_keeps_nobody_in(self, as_, clock):
        client = as_("msix_primary")
        clock.forward(days=-2)
        client.get("/", expect=303)

    def test_a_copied_cookie_is_dead_after_sign_out(self, as_, app):
        client = as_("msix_primary")
        copied = client.get_cookie("msixlite").value
        client.send("/logout", expect=303)
        thief = app.test_client()
        thief.set_cookie("msixlite", copied)
        assert thief.get("/").location == "/login"

    def test_sign_out_is_a_post(self, as_):
        as_("msix_primary").get("/logout", expect=405)

    def test_a_disabled_account_is_out_at_the_next_request(self, as_, app):
        client = as_("msix_primary")
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "msix_primary")).status = AccountStatus.DISABLED
        client.get("/", expect=303)


class TestOwnPassword:
    def change(self, client, present, new, again=None, expect=303):
        form = {"present": present, "new": new, "again": again or new}
        return client.send("/password", form, expect=expect)

    def test_a_newcomer_gets_nowhere_before_choosing_one(self, as_, app, password):
        client = as_("msix_primary")
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "msix_primary")).must_change_password = True
        assert client.get("/students/", expect=303).location == "/password"
        assert client.get("/password", expect=200)
        self.change(client, password[0], "Orchard-Gate-9")
        client.get("/students/", expect=200)

    def test_after_60_days_it_is_due(self, as_, clock):
        clock.forward(days=61)
        assert as_("msix_primary").get("/", expect=303).location in ("/password", "/rules")

    def test_each_fault_is_named(self, as_, password):
        text = self.change(as_("msix_primary"), password[0], "short", expect=422).text
        for fault in ("at least 8 characters", "a capital letter", "a digit", "a special character"):
            assert fault in text

    def test_the_meter_explains_while_one_types(self, as_):
        client = as_("msix_primary")
        weak = client.send("/password/strength", {"new": "Password1!"}, headers={"HX-Request": "true"}, expect=200)
        assert "Guessed" in weak.text
        assert "commonly used password" in weak.text
        assert "<html" not in weak.text
        strong = client.send("/password/strength", {"new": "quiet-Lantern-42-mango"}, expect=200).text
        assert "Strong" in strong

    def test_all_four_classes_do_not_save_an_easy_one(self, as_, password):
        text = self.change(as_("msix_primary"), password[0], "P@ssw0rd1", expect=422).text
        assert "too easy to guess" in text
        assert "commonly used password" in text

    def test_the_own_name_makes_it_easy(self, as_):
        text = as_("msix_primary").send("/password/strength", {"new": "MSIXPrimary"}, expect=200).text
        assert "Guessed" in text

    def test_128_characters_count_to_the_last(self, as_, app, password):
        client = as_("msix_primary")
        long = ("Aa1!" + "quiet lantern " * 10)[:128]
        self.change(client, password[0], long)
        self.change(client, long[:-1], "Orchard-Gate-9", expect=422)
        self.change(client, long, "Orchard-Gate-9", expect=303)
        assert "at most 128" in self.change(client, "Orchard-Gate-9", long + "x", expect=422).text

    def test_what_is_typed_is_kept_nowhere(self, as_, app, caplog):
        caplog.set_level("DEBUG")
        as_("msix_primary").send("/password/strength", {"new": "Canary-Word-77"}, expect=200)
        with app.config["SESSIONS"]().reading() as db:
            assert "Canary" not in str([(e.detail, e.changes, e.subject) for e in db.scalars(select(AuditEvent))])
        assert "Canary" not in caplog.text

    def test_a_site_may_let_ones_own_stay_for_some_days(self, as_, app, clock, password):
        """A23: nobody changes six times in a row to have the old one back."""
        object.__setattr__(app.config["SETTINGS"], "password_least_days", 2)
        clock.forward(days=1, minutes=1)
        client = as_("msix_primary")
        self.change(client, password[0], "Orchard-Gate-9", expect=303)
        for hours in (0, 47):
            clock.forward(hours=hours)
            client = as_("msix_primary")
            assert "You may change it again from" in client.get("/password", expect=200).text
            refused = self.change(client, "Orchard-Gate-9", "Quiet-Lantern-42", expect=422).text
            assert "too soon" in refused
            assert "ask your User Administrator" in refused
        clock.forward(hours=1)
        client = as_("msix_primary")
        assert "You may change it again" not in client.get("/password", expect=200).text
        self.change(client, "Orchard-Gate-9", "Quiet-Lantern-42", expect=303)

    @pytest.mark.parametrize("why", ["one-time", "expired"])
    def test_one_that_must_be_changed_never_stays(self, as_, app, office, clock, password, why):
        object.__setattr__(app.config["SETTINGS"], "password_least_days", 7)
        if why == "one-time":
            with office.deed() as db:
                user = person(db, "msix_primary")
                accounts.give_one_time_password(db, user, password_hash=password[1], now=clock.now)
        else:
            object.__setattr__(app.config["SETTINGS"], "password_days", 1)
            clock.forward(days=1)
        client = as_("msix_primary")
        assert client.get("/", expect=303).location == "/password"
        assert "You may change it again" not in client.get("/password", expect=200).text
        self.change(client, password[0], "Orchard-Gate-9", expect=303)

    def test_there_is_no_least_age_by_default(self, as_, password):
        client = as_("msix_primary")
        self.change(client, password[0], "Orchard-Gate-9", expect=303)
        self.change(client, "Orchard-Gate-9", "Quiet-Lantern-42", expect=303)

    def test_a_site_may_want_new_ones_sooner(self, settings, as_, clock, app):
        object.__setattr__(app.config["SETTINGS"], "password_days", 10)
        clock.forward(days=8)
        client = as_("msix_primary")
        client.get("/", expect=200)
        clock.forward(days=3)
        assert as_("msix_primary").get("/", expect=303).location == "/password"

    def test_the_present_one_is_asked_for(self, as_):
        answer = self.change(as_("msix_primary"), "Not-The-Present-1", "Orchard-Gate-9", expect=422)
        assert "not your present password" in answer.text

    def test_the_last_six_may_not_come_back(self, as_, password, db):
        client = as_("msix_primary")
        present = password[0]
        for number in range(1, 7):
            self.change(client, present, f"Orchard-Gate-{number}")
            present = f"Orchard-Gate-{number}"
        assert "used before" in self.change(client, present, "Orchard-Gate-1", expect=422).text
        assert "used before" in self.change(client, present, present, expect=422).text
        self.change(client, present, "Orchard-Gate-7")
        assert len(db.scalars(select(PastPassword)).all()) > 6

    def test_other_sessions_end(self, as_, app, password):
        client = as_("msix_primary")
        self.change(client, password[0], "Orchard-Gate-9")
        client.get("/", expect=200)


class TestRulesOfBehavior:
    def test_after_a_year_they_are_read_again(self, as_, clock, app, password):
        clock.forward(days=366)
        client = as_("msix_primary")
        client.send(
            "/password", {"present": password[0], "new": "Orchard-Gate-9", "again": "Orchard-Gate-9"}, expect=303
        )
        assert client.get("/students/", expect=303).location == "/rules"
        client.send("/rules", {}, expect=422)
        client.send("/rules", {"accept": "y"}, expect=303)
        assert client.get("/students/", expect=303).location == "/training/"


class TestForms:
    def test_no_token_no_deed(self, as_):
        client = as_("msix_primary")
        client.post("/logout", expect=400)
        client.post("/logout", data={"csrf_token": "made-up"}, expect=400)
        client.get("/", expect=200)

    def test_a_token_of_another_session_does_not_fit(self, as_):
        foreign = as_("vt_msix_primary").token()
        as_("msix_primary").post("/logout", data={"csrf_token": foreign}, expect=400)


class TestTheLinkOfADemo:
    """What the start of a demo prints: it does what typing the listed name and password does, once."""

    @pytest.fixture
    def link(self, app, password):
        app.config["SHORTCUT"] = Shortcut("abc-token", "msix_primary", password[0])
        return "/demo/abc-token"

    def test_signs_in_after_the_notice_and_is_then_used_up(self, app, visitor, link):
        assert visitor.get(link, expect=303).location == "/consent"
        assert visitor.get("/", expect=303).location == "/login"
        assert visitor.send("/consent", {}, expect=303).location == "/"
        assert "MSIX Primary" in visitor.get("/", expect=200).text
        app.test_client().get(link, expect=404)

    def test_opens_nothing_after_the_password_was_changed(self, visitor, link, db):
        with make_session_factory(db.get_bind())() as other, other.begin():
            other.scalar(select(User).where(User.user_name == "msix_primary")).password_hash = "another"
        visitor.get(link, expect=303)
        assert visitor.send("/consent", {}, expect=303).location == "/login"
        assert "The user name or the password is wrong" in visitor.get("/login", expect=200).text

    def test_is_none_of_any_other_site(self, visitor, app):
        assert app.config["SHORTCUT"] is None
        for token in ("abc-token", "x", "%C3%A9"):
            visitor.get(f"/demo/{token}", expect=404)
        assert visitor.send("/consent", {}, expect=303).location == "/login"

    def test_another_token_opens_nothing(self, visitor, link):
        visitor.get(f"{link}x", expect=404)
        assert visitor.send("/consent", {}, expect=303).location == "/login"
