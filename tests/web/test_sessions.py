"""One's own sessions: the warning, the lock, the list, and what ends them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from msixlite.domain import accounts, policy
from msixlite.models.users import AccountStatus, Role, User, UserSession
from msixlite.web import create_app
from tests.cases import SETTINGS, person
from tests.conftest import CheckedClient


@pytest.fixture
def session_rows(app):
    def rows(user_name):
        with app.config["SESSIONS"]().reading() as db:
            return list(db.scalars(select(UserSession).join(User).where(User.user_name == user_name)))

    return rows


@pytest.fixture
def app_with(settings, clock):
    """`app_with(lock_after_minutes=15)`: the application with other settings."""
    from dataclasses import replace

    made = []

    def make(**changed):
        app = create_app(replace(settings, **changed))
        app.test_client_class = CheckedClient
        app.config.update(TESTING=True, CLOCK=clock, PROPAGATE_EXCEPTIONS=False)
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["upload_pool"].shutdown(wait=True)
        app.extensions["pdf_pool"].close()
        app.config["SESSIONS"].kw["bind"].dispose()


def sign_in(client, user_name, password):
    client.send("/consent", expect=303)
    client.send("/login", {"user_name": user_name, "password": password}, expect=303)
    return client


HTMX = {"HX-Request": "true"}


class TestWarning:
    def test_every_page_looks_again_at_25_minutes(self, as_):
        assert 'hx-trigger="load delay:1501s"' in as_("msix_primary").get("/", expect=200).text

    def test_there_is_none_before_25_minutes(self, as_, clock):
        client = as_("msix_primary")
        client.get("/", expect=200)
        clock.forward(minutes=24)
        text = client.get("/sessions/left", headers=HTMX, expect=200).text
        assert "<dialog" not in text
        assert "load delay:61s" in text

    def test_at_25_minutes_it_asks_and_does_not_prolong(self, as_, clock):
        client = as_("msix_primary")
        client.get("/", expect=200)
        for minutes in (25, 1, 3):
            clock.forward(minutes=minutes)
            text = client.get("/sessions/left", headers=HTMX, expect=200).text
            assert "Do you want to stay signed in?" in text
            assert 'action="/sessions/stay"' in text
        clock.forward(minutes=2)
        answer = client.get("/sessions/left", headers=HTMX, expect=401)
        assert answer.headers["HX-Redirect"] == "/login"

    def test_staying_begins_anew(self, as_, clock):
        client = as_("msix_primary")
        client.get("/", expect=200)
        clock.forward(minutes=26)
        token = client.token("/sessions/left")
        assert "<dialog" not in client.post("/sessions/stay", data={"csrf_token": token}, headers=HTMX, expect=200).text
        clock.forward(minutes=29)
        client.get("/", expect=200)

    def test_the_answer_is_a_form_and_works_without_javascript(self, as_):
        assert as_("msix_primary").send("/sessions/stay", expect=303).location == "/"

    def test_staying_cannot_move_the_twelve_hours(self, as_, clock):
        client = as_("msix_primary")
        for _ in range(25):
            clock.forward(minutes=28)
            client.get("/", expect=200)
        clock.forward(minutes=16)
        text = client.get("/sessions/left", headers=HTMX, expect=200).text
        assert "almost 12 hours" in text
        assert "/sessions/stay" not in text


def set_idle_minutes(db, minutes):
    times = {name: getattr(policy.of(db, "TX"), name) for name in policy.LIMITS}
    off = {"single_administrator": False, "approve_when_run_out": False}
    by = person(db, "state_data_administrator")
    policy.change(db, "TX", **{**times, **off, "idle_minutes": minutes}, by=by)


@pytest.fixture
def state_limit(office):
    """`state_limit(5)`: Texas signs its people out after so many minutes."""

    def set_limit(minutes):
        with office.deed() as db:
            set_idle_minutes(db, minutes)

    return set_limit


class TestLimitOfTheState:
    """A13: 5 to 30 minutes, as the State sets."""

    def test_a_new_session_has_it(self, as_, clock, state_limit):
        state_limit(5)
        client = as_("msix_primary")
        clock.forward(minutes=4)
        assert 'hx-trigger="load delay:151s"' in client.get("/", expect=200).text
        clock.forward(minutes=5, seconds=1)
        page = client.get("/", expect=303)
        assert page.location == "/login"
        assert "nothing was done for 5 minutes" in client.get("/consent", expect=200).text

    def test_it_holds_at_once_for_who_is_signed_in(self, as_, clock, state_limit):
        inside, outside, national = (as_(one) for one in ("msix_primary", "vt_msix_primary", "ome_user_administrator"))
        clock.forward(minutes=9)
        state_limit(8)
        assert inside.get("/", expect=303).location == "/login"
        clock.forward(minutes=20)
        outside.get("/", expect=200)
        national.get("/", expect=200)

    def test_a_longer_one_too(self, as_, clock, state_limit):
        state_limit(5)
        client = as_("msix_primary")
        state_limit(30)
        clock.forward(minutes=29)
        client.get("/", expect=200)

    def test_a_sign_in_while_it_changes_has_the_new_one(self, office):
        def sign_in():
            with office.deed() as db:
                attempt = accounts.begin_sign_in(db, "msix_primary", now=office.now)
                _, token = accounts.finish_sign_in(db, attempt, fits=True, now=office.now)
                return accounts.idle_minutes(db, token)

        with ThreadPoolExecutor(1) as pool:
            with office.deed() as db:
                set_idle_minutes(db, 5)
                signing_in = pool.submit(sign_in)
                with pytest.raises(TimeoutError):
                    signing_in.result(timeout=0.5)
            assert signing_in.result() == 5

    def test_an_ended_session_keeps_the_limit_that_it_had(self, as_, state_limit, session_rows):
        as_("msix_primary").send("/logout", expect=303)
        state_limit(5)
        assert session_rows("msix_primary")[-1].idle_minutes == 30

    def test_another_own_role_brings_no_longer_limit(self, app, as_, state_limit):
        state_limit(5)
        as_("msix_primary")
        with app.config["SESSIONS"]() as db, db.begin():
            live = db.scalars(
                select(UserSession).join(User).where(User.user_name == "msix_primary", UserSession.ended_at.is_(None))
            ).one()
            now = app.config["CLOCK"]()
            token = accounts.renew_session(db, live, reason="another own role taken up", now=now)
            assert accounts.find_session(db, token, now=now).idle_minutes == 5

    def test_the_settings_page_sets_it(self, as_, session_rows):
        form = SETTINGS | {"idle_minutes": "12"}
        as_("state_data_administrator").send("/settings/", form, expect=303)
        client = as_("msix_secondary")
        assert session_rows("msix_secondary")[-1].idle_minutes == 12
        assert "after 12 minutes without activity" in client.get("/sessions/", expect=200).text
        assert 'value="12"' in as_("state_data_administrator").get("/settings/", expect=200).text

    @pytest.mark.parametrize("minutes", ["4", "31"])
    def test_it_cannot_be_raised_nor_be_too_short(self, as_, minutes):
        form = SETTINGS | {"idle_minutes": minutes}
        answer = as_("state_data_administrator").send("/settings/", form, expect=422)
        assert "Type a whole number from 5 to 30." in answer.text

    def test_the_database_has_no_longer_one(self, office):
        with pytest.raises(IntegrityError), office.deed() as db:
            db.execute(update(UserSession).values(idle_minutes=31))

    def test_polling_does_not_count(self, as_, clock, state_limit):
        state_limit(6)
        client = as_("state_data_administrator")
        for minutes in (4, 1):
            clock.forward(minutes=minutes)
            client.get("/uploads/1/progress", expect=200)
            text = client.get("/sessions/left", headers=HTMX, expect=200).text
            assert "Do you want to stay signed in?" in text
        clock.forward(minutes=2)
        assert client.get("/sessions/left", headers=HTMX, expect=401).headers["HX-Redirect"] == "/login"

    def test_staying_begins_anew(self, as_, clock, state_limit):
        state_limit(5)
        client = as_("msix_primary")
        clock.forward(minutes=4)
        token = client.token("/sessions/left")
        client.post("/sessions/stay", data={"csrf_token": token}, headers=HTMX, expect=200)
        clock.forward(minutes=4)
        client.get("/", expect=200)

    def test_what_was_written_is_kept(self, as_, clock, state_limit, db):
        state_limit(5)
        client = as_("state_region_administrator")
        token = client.token()
        clock.forward(minutes=6)
        client.post("/regions/", data={"csrf_token": token, "name": "Valley"}, expect=303)
        assert "What you had written is kept" in client.get("/consent", expect=200).text

    def test_a_cookie_without_a_session_hears_no_number(self, app):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(consented=True, _user_id="gone", _fresh=True)
        client.get("/", expect=303)
        assert "because your session ended." in client.get("/consent", expect=200).text


class TestLock:
    def test_nothing_opens_until_the_password_is_given(self, as_, password, db):
        client = as_("state_data_administrator")
        assert client.send("/sessions/lock", expect=303).location == "/sessions/locked"
        for path in ("/", "/me/", "/students/", "/worklist/", "/password", "/rules", "/sessions/", "/sessions/left"):
            assert client.get(path, expect=303).location.startswith("/sessions/locked")
        assert client.get("/uploads/", headers=HTMX, expect=401).headers["HX-Redirect"].startswith("/sessions/locked")
        client.send("/sessions/locked", {"password": "Wrong-Guess-1"}, expect=422)
        client.get("/", expect=303)
        form = {"password": password[0], "next": "/worklist/"}
        assert client.send("/sessions/locked", form, expect=303).location == "/worklist/"
        client.get("/worklist/", expect=200)

    def test_the_locked_page_shows_no_menu(self, as_):
        client = as_("msix_primary")
        client.send("/sessions/lock", expect=303)
        text = client.get("/sessions/locked", expect=200).text
        assert "Main" not in text
        assert 'name="q"' not in text

    def test_three_wrong_passwords_disable(self, as_, password, db):
        client = as_("msix_primary")
        client.send("/sessions/lock", expect=303)
        token = client.token("/sessions/locked")
        for number in range(3):
            form = {"csrf_token": token, "password": f"Wrong-Guess-{number}"}
            client.post("/sessions/locked", data=form)
        assert db.scalar(select(User.status).where(User.user_name == "msix_primary")) is AccountStatus.DISABLED
        assert client.get("/", expect=303).location == "/login"

    def test_trying_does_not_prolong(self, as_, clock):
        client = as_("msix_primary")
        client.send("/sessions/lock", expect=303)
        clock.forward(minutes=20)
        client.get("/", expect=303)
        client.get("/sessions/locked", expect=200)
        clock.forward(minutes=11)
        assert client.get("/", expect=303).location == "/login"

    def test_it_does_not_lead_to_other_sites(self, as_, password):
        client = as_("msix_primary")
        client.send("/sessions/lock", expect=303)
        form = {"password": password[0], "next": "//evil.example/"}
        assert client.send("/sessions/locked", form, expect=303).location == "/"

    def test_a_site_may_lock_by_itself(self, app_with, clock, password):
        client = sign_in(app_with(lock_after_minutes=15).test_client(), "msix_primary", password[0])
        assert "load delay:901s" in client.get("/", expect=200).text
        clock.forward(minutes=16)
        assert client.get("/students/", expect=303).location.startswith("/sessions/locked")
        clock.forward(minutes=1)
        client.get("/students/", expect=303)
        client.send("/sessions/locked", {"password": password[0]}, expect=303)
        client.get("/students/", expect=200)


class TestList:
    def test_one_session_for_each_account(self, as_, session_rows):
        as_("msix_primary")
        client = as_("msix_primary")
        text = client.get("/sessions/", expect=200).text
        assert text.count("This session") == 1
        assert "Signed in elsewhere" in text

    def test_more_where_the_site_allows_it_and_ended_one_by_one(self, app_with, password):
        app = app_with(sessions_per_account=2)
        first, second, third = (sign_in(app.test_client(), "msix_primary", password[0]) for _ in range(3))
        first.get("/", expect=303)
        second.get("/", expect=200)
        text = third.get("/sessions/", expect=200).text
        number = text.split("/end")[0].rsplit("/", 1)[-1]
        third.send(f"/sessions/{number}/end", expect=303)
        second.get("/", expect=303)
        third.get("/", expect=200)

    def test_another_persons_session_does_not_exist(self, as_, session_rows):
        as_("vt_msix_primary").get("/", expect=200)
        foreign = session_rows("vt_msix_primary")[-1].id
        as_("msix_primary").send(f"/sessions/{foreign}/end", expect=404)
        assert session_rows("vt_msix_primary")[-1].ended_at is None


class TestEnds:
    """A session never outlives the rights that it was opened with."""

    @pytest.mark.parametrize("change", ["role", "disabled", "password"])
    def test_all_end_when_rights_change(self, as_, app, password, change):
        client = as_("state_data_administrator")
        client.get("/worklist/", expect=200)
        with app.config["SESSIONS"]() as db, db.begin():
            user = db.scalar(select(User).where(User.user_name == "state_data_administrator"))
            if change == "role":
                user.role = Role.MSIX_SECONDARY
            if change == "disabled":
                user.status = AccountStatus.DISABLED
            accounts.end_sessions(db, user, reason=f"{change} changed", now=app.config["CLOCK"]())
        assert client.get("/worklist/", expect=303).location == "/login"

    def test_even_a_change_that_ended_nothing_holds_at_the_next_request(self, as_, app):
        client = as_("state_data_administrator")
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "state_data_administrator")).role = Role.MSIX_SECONDARY
        answer = client.get("/worklist/")
        assert (answer.status_code, answer.location) in ((403, None), (303, "/training/"))

    def test_changing_the_password_ends_the_others(self, app_with, password):
        app = app_with(sessions_per_account=2)
        first, second = (sign_in(app.test_client(), "msix_primary", password[0]) for _ in range(2))
        new = "Orchard-Gate-9"
        second.send("/password", {"present": password[0], "new": new, "again": new}, expect=303)
        first.get("/", expect=303)
        second.get("/", expect=200)


class TestFixation:
    def test_sign_in_gives_a_new_id(self, app, password, session_rows):
        attacker, victim = app.test_client(), app.test_client()
        attacker.send("/consent", expect=303)
        planted = attacker.get_cookie("msixlite").value
        victim.set_cookie("msixlite", planted)
        victim.send("/login", {"user_name": "msix_primary", "password": password[0]}, expect=303)
        assert victim.get_cookie("msixlite").value != planted
        assert attacker.get("/", expect=303).location == "/login"

    def test_a_session_id_of_ones_own_choice_opens_nothing(self, app):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(consented=True, _user_id="chosen-by-the-attacker", _fresh=True)
        assert client.get("/", expect=303).location == "/login"

    def test_each_sign_in_has_its_own(self, app, password, session_rows, clock):
        client = sign_in(app.test_client(), "msix_primary", password[0])
        client.send("/logout", expect=303)
        clock.forward(seconds=1)
        sign_in(client, "msix_primary", password[0])
        hashes = [row.token_hash for row in session_rows("msix_primary")]
        assert len(hashes) == len(set(hashes))
