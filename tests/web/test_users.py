"""User administration on the web: the right role, the wrong one, other places, forged fields, oneself, two at once."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from msixlite.domain import passwords
from msixlite.models.audit import AuditEvent
from msixlite.models.places import District, Region
from msixlite.models.users import AccessNotice, AccountStatus, Role, User
from tests.web.test_auth import sign_in


@pytest.fixture
def read(app):
    """The account as it is now."""

    def read(actor):
        with app.config["SESSIONS"]().reading() as db:
            return db.scalar(select(User).where(User.user_name == actor))

    return read


@pytest.fixture
def locked(app, read):
    with app.config["SESSIONS"]() as db, db.begin():
        user = db.scalar(select(User).where(User.user_name == "msix_primary"))
        user.status, user.failed_attempts = AccountStatus.DISABLED, 3
    return user


def district_code(db, code="4800001"):
    return f"district-{db.scalar(select(District.id).where(District.code == code))}"


def form(db, **other):
    values = {
        "first_name": "Nela",
        "last_name": "Ruiz",
        "email": "nela.ruiz@example.gov",
        "phone": "(555) 555-0170",
        "role": "msix_primary",
        "place": district_code(db),
    }
    return {**values, **other}


def one_time(answer):
    return re.search(r"<code>(.+?)</code>", answer.text).group(1)


class TestList:
    def test_filters_stand_in_the_address_and_names_do_not(self, as_):
        client = as_("state_user_administrator")
        page = client.get("/users/?role=msix_primary", expect=200).text
        assert "1 account" in page
        assert "MSIXPrimary" in page
        found = client.send("/users/find", {"name": "msixsec"}, expect=200).text
        assert "MSIXSecondary" in found
        assert "1 account" in found

    def test_every_filter(self, as_, db, locked):
        client = as_("state_user_administrator")
        assert "1 account<" in client.get("/users/?show=locked").text
        assert "0 accounts<" in client.get("/users/?show=unused").text
        assert "0 accounts<" in client.get("/users/?status=deactivated").text
        assert "2 accounts<" in client.get(f"/users/?place={district_code(db)}").text

    def test_htmx_gets_the_rows_alone(self, as_):
        part = as_("state_user_administrator").get("/users/", headers={"HX-Request": "true"}).text
        assert part.strip().startswith('<section id="accounts">')

    def test_a_forged_filter_shows_no_more(self, as_, db):
        vermont = district_code(db, "5000001")
        page = as_("state_user_administrator").get(f"/users/?place={vermont}", expect=200).text
        assert "Vt " not in page


class TestNew:
    def test_creates_and_shows_the_password_once(self, as_, db, read, visitor):
        client = as_("state_user_administrator")
        answer = client.send("/users/new", form(db), expect=200)
        plain = one_time(answer)
        made = read("nruiz")
        assert (made.role, made.state_code, made.must_change_password) == (Role.MSIX_PRIMARY, "TX", True)
        assert passwords.verify(plain, made.password_hash)
        assert plain not in client.get(f"/users/{made.id}", expect=200).text
        assert plain not in str(client.get_cookie("msixlite"))
        assert sign_in(visitor, "nruiz", plain).location == "/"
        assert visitor.get("/users/", expect=303).location == "/password"

    def test_the_password_is_in_no_audit_event(self, as_, db, app):
        plain = one_time(as_("state_user_administrator").send("/users/new", form(db), expect=200))
        with app.config["SESSIONS"]().reading() as session:
            events = session.scalars(select(AuditEvent)).all()
        assert plain not in "".join(f"{event.changes}{event.detail}" for event in events)

    def test_rights_in_words_at_once(self, as_):
        client = as_("state_user_administrator")
        part = client.get("/users/roles?role=state_region_administrator", headers={"HX-Request": "true"}).text
        assert "Turn regions on or off: own State" in part
        assert "<html" not in part

    @pytest.mark.parametrize(
        "forged",
        [
            {"role": "government_administrator"},
            {"role": "ome_user_administrator"},
            {"role": "superuser"},
            {"place": "state-VT"},
            {"place": "region-999"},
            {"place": "district-1; DROP"},
            {"email": "not an address"},
            {"first_name": ""},
            {"first_name": "x" * 61},
            {"role": "state_data_administrator"},
            {"email": "vt_msix_primary@example.gov"},
        ],
        ids=lambda forged: "-".join(forged) + str(forged)[-12:-2],
    )
    def test_forged_and_missing_fields_are_refused_and_the_rest_kept(self, as_, db, app, forged):
        client = as_("state_user_administrator")
        with app.config["SESSIONS"]().reading() as session:
            before = session.scalar(select(func.count()).select_from(User))
        answer = client.send("/users/new", form(db, **forged), expect=422)
        assert 'value="Ruiz"' in answer.text
        with app.config["SESSIONS"]().reading() as session:
            assert session.scalar(select(func.count()).select_from(User)) == before

    @pytest.mark.parametrize("code", ["4800002", "5000001"])
    def test_a_regional_administrator_stays_in_the_region(self, as_, db, code):
        as_("regional_user_administrator").send("/users/new", form(db, place=district_code(db, code)), expect=422)
        as_("regional_user_administrator").send("/users/new", form(db), expect=200)

    def test_a_region_of_another_state(self, as_, db):
        region = db.scalar(select(Region.id).where(Region.state_code == "VT"))
        as_("state_user_administrator").send(
            "/users/new", form(db, role="regional_data_administrator", place=f"region-{region}"), expect=422
        )

    def test_what_the_form_does_not_ask_is_not_taken(self, as_, db, read):
        extra = {
            "status": "disabled",
            "must_change_password": "",
            "state_code": "VT",
            "password_hash": "x",
            "edition": "99",
            "user_name": "admin",
            "id": "1",
        }
        as_("state_user_administrator").send("/users/new", form(db, **extra), expect=200)
        made = read("nruiz")
        assert (made.status, made.must_change_password, made.state_code) == (AccountStatus.ACTIVE, True, "TX")
        assert made.edition == 0


class TestOneAccount:
    @pytest.mark.parametrize(
        ("by", "actor"),
        [
            ("state_user_administrator", "state_user_administrator"),
            ("state_user_administrator", "vt_msix_primary"),
            ("state_user_administrator", "ome_user_administrator"),
            ("regional_user_administrator", "msix_secondary"),
            ("regional_user_administrator", "state_region_administrator"),
            ("ome_user_administrator", "msix_primary"),
            ("ome_user_administrator", "privacy_act_administrator"),
        ],
    )
    def test_out_of_reach_is_404_everywhere(self, as_, db, read, by, actor):
        client, user = as_(by), read(actor)
        deed = {"edition": user.edition, "reason": "x", "check": "IN_PERSON", "words": ""}
        client.get(f"/users/{user.id}", expect=404)
        client.get(f"/users/{user.id}/change", expect=404)
        client.send(f"/users/{user.id}/change", form(db), expect=404)
        for what in ("disable", "enable", "deactivate", "reset-password"):
            client.send(f"/users/{user.id}/{what}", deed, expect=404)
        client.send(f"/help-desk/{user.id}/unlock", deed, expect=404)
        after = read(actor)
        assert (after.edition, after.role, after.password_hash) == (user.edition, user.role, user.password_hash)

    def test_every_button_of_the_page_works(self, as_, read):
        client, user = as_("regional_user_administrator"), read("msix_primary")
        for what, status in (
            ("disable", AccountStatus.DISABLED),
            ("enable", AccountStatus.ACTIVE),
            ("deactivate", AccountStatus.DEACTIVATED),
        ):
            page = client.get(f"/users/{user.id}", expect=200).text
            edition = re.search(r'name="edition" value="(\d+)"', page).group(1)
            client.send(f"/users/{user.id}/{what}", {"reason": "as told", "edition": edition}, expect=303)
            assert read("msix_primary").status is status
        assert "closed for good" in client.get(f"/users/{user.id}", expect=200).text
        client.send(f"/users/{user.id}/enable", {"reason": "x", "edition": "3"}, expect=422)

    def test_a_deed_without_reason_or_edition(self, as_, read):
        client, user = as_("state_user_administrator"), read("msix_primary")
        assert "Write a reason" in client.send(f"/users/{user.id}/disable", {"edition": "0"}, expect=422).text
        client.send(f"/users/{user.id}/disable", {"reason": "x"}, expect=422)
        client.send(f"/users/{user.id}/disable", {"reason": "x", "edition": "many"}, expect=422)
        assert read("msix_primary").status is AccountStatus.ACTIVE

    def test_a_ready_made_reason_stands_on_the_page_in_the_history_and_in_the_audit_trail(self, as_, read):
        """A2."""
        client, user = as_("state_user_administrator"), read("msix_primary")
        assert "Rules of Behavior breach" in client.get(f"/users/{user.id}", expect=200).text
        deed = {"why": "RULES_BREACH", "reason": "lent her password", "edition": "0"}
        client.send(f"/users/{user.id}/disable", deed, expect=303)
        page = client.get(f"/users/{user.id}", expect=200).text
        assert "disabled: Rules of Behavior breach: lent her password" in page
        assert "disabled, Rules of Behavior breach: lent her password. By" in page
        trail = client.get("/audit/?action=users.disable", expect=200).text
        assert "Rules of Behavior breach: lent her password" in trail

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"why": "OTHER", "reason": " "}, "Write a reason in your own words"),
            ({"why": "ABSENT", "reason": "x" * 200}, "The reason has 214 characters, and 200 are kept"),
            ({"why": "WHIM", "reason": "x"}, "Not a valid choice"),
        ],
    )
    def test_a_reason_that_says_nothing_or_too_much(self, as_, read, sent, said):
        client, user = as_("state_user_administrator"), read("msix_primary")
        page = client.send(f"/users/{user.id}/disable", {**sent, "edition": "0"}, expect=422).text
        assert said in page
        assert read("msix_primary").status is AccountStatus.ACTIVE

    def test_a_disabled_person_is_out_at_the_next_click(self, as_, read):
        person, user = as_("msix_primary"), read("msix_primary")
        person.get("/", expect=200)
        as_("state_user_administrator").send(f"/users/{user.id}/disable", {"reason": "x", "edition": "0"}, expect=303)
        assert person.get("/", expect=303).location == "/login"


class TestChange:
    def change(self, client, user, db, expect=303, **other):
        return client.send(f"/users/{user.id}/change", form(db, edition=str(user.edition), **other), expect=expect)

    def test_another_role_and_the_old_session_ends(self, as_, db, read):
        person, user = as_("msix_primary"), read("msix_primary")
        self.change(as_("state_user_administrator"), user, db, role="msix_secondary")
        assert read("msix_primary").role is Role.MSIX_SECONDARY
        assert person.get("/", expect=303).location == "/login"

    def test_the_page_shows_what_is(self, as_, read, db):
        page = as_("state_user_administrator").get(f"/users/{read('msix_primary').id}/change", expect=200).text
        assert '<option selected value="msix_primary">' in page
        assert f'<option selected value="{district_code(db)}">' in page

    @pytest.mark.parametrize(
        "forged",
        [
            {"role": "privacy_act_administrator"},
            {"place": "state-VT"},
            {"email": "vt_msix_primary@example.gov"},
            {"edition": "7"},
            {"edition": ""},
            {"role": "state_data_administrator"},
        ],
        ids=lambda forged: str(forged)[2:20],
    )
    def test_forged_fields(self, as_, db, read, forged):
        user = read("msix_primary")
        values = {**form(db, edition=str(user.edition)), **forged}
        as_("state_user_administrator").send(f"/users/{user.id}/change", values, expect=422)
        assert read("msix_primary").email == user.email

    def test_a_regional_administrator_raises_nobody_to_the_state(self, as_, db, read):
        user = read("msix_primary")
        for forged in ({"role": "regional_user_administrator"}, {"place": "state-TX"}):
            self.change(as_("regional_user_administrator"), user, db, expect=422, **forged)

    def test_two_at_once_one_wins_the_other_is_told(self, as_, db, read):
        user = read("msix_primary")
        clients = [as_("state_user_administrator"), as_("regional_user_administrator")]
        tokens = [client.token() for client in clients]

        values = form(db)

        def change(number):
            sent = {**values, "edition": "0", "first_name": f"Name{number}"}
            return clients[number].post(f"/users/{user.id}/change", data={**sent, "csrf_token": tokens[number]})

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(change, range(2)))
        assert sorted(answer.status_code for answer in answers) == [303, 422]
        winner, loser = sorted(answers, key=lambda answer: answer.status_code)
        assert "Somebody else changed this account" in loser.text
        assert read("msix_primary").first_name == f"Name{answers.index(winner)}"


class TestPassword:
    def test_a_reset_in_person(self, as_, read, visitor):
        user = read("msix_primary")
        answer = as_("state_user_administrator").send(
            f"/users/{user.id}/reset-password", {"check": "IN_PERSON", "edition": "0"}, expect=200
        )
        assert sign_in(visitor, "msix_primary", one_time(answer)).location == "/"
        assert visitor.get("/", expect=303).location == "/password"

    @pytest.mark.parametrize("check", ["", "TRUST_ME", "CALL_BACK"])
    def test_without_saying_how_the_caller_was_verified(self, as_, read, check):
        user = read("msix_primary")
        as_("state_user_administrator").send(
            f"/users/{user.id}/reset-password", {"check": check, "edition": "0"}, expect=422
        )
        assert read("msix_primary").password_hash == user.password_hash

    def test_reload_makes_no_second_password(self, as_, read):
        user, client = read("msix_primary"), as_("state_user_administrator")
        deed = {"check": "IN_PERSON", "edition": "0"}
        client.send(f"/users/{user.id}/reset-password", deed, expect=200)
        first = read("msix_primary").password_hash
        client.send(f"/users/{user.id}/reset-password", deed, expect=422)
        assert read("msix_primary").password_hash == first


class TestHelpDesk:
    def test_unlocks_and_has_no_way_to_a_password(self, as_, locked, read, visitor, password):
        client = as_("help_desk")
        page = client.get("/help-desk/", expect=200).text
        assert "Texas MSIXPrimary" in page or "Msix MSIXPrimary" in page
        assert "password" not in "".join(re.findall(r'(?:action|href)="([^"]+)"', page))
        client.send(f"/help-desk/{locked.id}/unlock", {"check": "IN_PERSON", "edition": locked.edition}, expect=303)
        assert sign_in(visitor, "msix_primary", password[0]).location == "/"
        for path in ("/users/", f"/users/{locked.id}", "/users/new"):
            client.get(path, expect=403)
        client.send(f"/users/{locked.id}/reset-password", {"check": "IN_PERSON", "edition": 1}, expect=403)

    def test_vermonts_help_desk_does_not_reach_texas(self, as_, locked, read):
        client = as_("vt_help_desk")
        assert "No account is locked" in client.get("/help-desk/").text
        client.send(f"/help-desk/{locked.id}/unlock", {"check": "IN_PERSON", "edition": 0}, expect=404)
        assert read("msix_primary").status is AccountStatus.DISABLED

    def test_without_saying_how(self, as_, locked):
        client = as_("help_desk")
        assert "how you made sure" in client.send(f"/help-desk/{locked.id}/unlock", {"edition": 0}, expect=422).text


class TestMyAccount:
    @pytest.mark.parametrize("path", ["no-longer-needed", "more-than-needed"])
    def test_a_task_for_the_administrator(self, as_, db, app, path):
        client = as_("msix_primary")
        client.send(f"/me/{path}", {"words": "I moved to <b>payroll</b>"}, expect=303)
        assert "already" in client.send(f"/me/{path}", expect=422).text
        administrator = as_("state_user_administrator")
        page = administrator.get("/users/", expect=200).text
        assert "I moved to &lt;b&gt;payroll" in page
        with app.config["SESSIONS"]().reading() as session:
            notice = session.scalar(select(AccessNotice.id))
        as_("vt_state_user_administrator").send(f"/users/notices/{notice}/settle", expect=404)
        administrator.send(f"/users/notices/{notice}/settle", expect=303)
        assert "payroll" not in administrator.get("/users/").text

    def test_nothing_else_of_the_own_account_can_be_changed(self, as_, read):
        client = as_("state_user_administrator")
        client.send("/me/", {"role": "ome_user_administrator", "phone_hidden": "y", "status": "x"}, expect=303)
        after = read("state_user_administrator")
        assert (after.role, after.phone_hidden) == (Role.STATE_USER_ADMINISTRATOR, True)


class TestDirectory:
    def test_open_before_sign_in_and_linked_there(self, visitor):
        visitor.send("/consent")
        assert "/user-administrators/" in visitor.get("/login").text
        page = visitor.get("/user-administrators/?state=TX", expect=200).text
        assert "StateUserAdministrator" in page
        assert "@example.gov" not in page
        assert "msix_primary" not in page

    def test_by_district_and_by_name(self, visitor, db):
        inside = visitor.send("/user-administrators/", {"state": "TX", "part": district_code(db)}).text
        outside = visitor.send("/user-administrators/", {"state": "TX", "part": district_code(db, "4800002")}).text
        assert "RegionalUserAdministrator" in inside
        assert "RegionalUserAdministrator" not in outside
        assert "StateUserAdministrator" in outside
        assert "Vt StateUser" in visitor.send("/user-administrators/", {"name": "vt stateuser"}).text

    @pytest.mark.parametrize("data", [{}, {"state": "XX"}, {"state": "TX", "part": "region-'"}, {"name": "%"}])
    def test_nonsense_finds_nobody_or_the_state(self, visitor, data):
        visitor.send("/user-administrators/", data, expect=200)

    def test_a_phone_can_be_hidden(self, as_, app, visitor):
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "state_user_administrator")).phone = "(555) 555-0166"
        assert "555-0166" in visitor.get("/user-administrators/?state=TX").text
        as_("state_user_administrator").send("/me/", {"phone_hidden": "y"}, expect=303)
        assert "555-0166" not in visitor.get("/user-administrators/?state=TX").text

    def test_disabled_administrators_are_not_named(self, app, visitor):
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "state_user_administrator")).status = AccountStatus.DISABLED
        assert "StateUserAdministrator" not in visitor.get("/user-administrators/?state=TX").text


class TestReview:
    def test_from_the_button_to_the_signature(self, as_, read):
        client = as_("regional_user_administrator")
        address = client.send("/account-reviews/", expect=303).location
        assert "under way" in client.send("/account-reviews/", expect=422).text
        page = client.get(address, expect=200).text
        lines = re.findall(rf'action="({address}/lines/\d+)"', page)
        assert len(lines) == 3
        assert "not decided" in client.send(f"{address}/sign", {"looked": "y"}, expect=422).text
        client.send(lines[0], {"decision": "burn", "edition": "0"}, expect=422)
        for line in lines:
            client.send(line, {"decision": "keep", "edition": "0"}, expect=303)
        client.send(f"{address}/sign", expect=422)
        client.send(f"{address}/sign", {"looked": "y"}, expect=303)
        as_("state_user_administrator").get(address, expect=404)
