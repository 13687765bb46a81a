"""The page asked for before sign-in is where the way in ends."""

import pytest
from sqlalchemy import delete, select

from msixlite.models.students import Student
from msixlite.models.training import TrainingAttempt
from msixlite.models.users import Role, RulesAcceptance, User
from tests.web.test_auth import sign_in
from tests.web.test_training import answers

WHO = "msix_primary"
NEW = "Orchard-Gate-9"


@pytest.fixture
def record(db):
    return f"/students/{db.scalar(select(Student.msix_id).limit(1))}?view=tables"


def ask(client, address, **headers):
    assert client.get(address, headers=headers).location in (None, "/login")
    return client


def change(app, deed):
    with app.config["SESSIONS"]() as db, db.begin():
        deed(db)


def test_home_leads_there_once(visitor, record, password):
    ask(visitor, record)
    assert sign_in(visitor, WHO, password[0], expect=303).location == "/"
    assert visitor.get("/", expect=303).location == record
    visitor.get("/", expect=200)


def test_the_page_asked_for_last_counts_and_home_is_none(visitor, record, password):
    ask(ask(ask(visitor, "/worklist/"), record), "/")
    sign_in(visitor, WHO, password[0], expect=303)
    assert visitor.get("/", expect=303).location == record


def test_files_fragments_and_what_a_page_asks_by_itself_are_no_pages(visitor, record, password):
    ask(visitor, record)
    ask(visitor, "/moves/1.pdf")
    ask(visitor, "/sessions/left")
    ask(visitor, "/saved-searches/", **{"HX-Request": "true"})
    visitor.send("/moves/1/reply", {"status": "located"}, expect=303)
    ask(visitor, "/students/?q=" + "a" * 600)
    sign_in(visitor, WHO, password[0], expect=303)
    assert visitor.get("/", expect=303).location == record


def test_after_the_session_ran_out(as_, clock, record, password):
    client = as_(WHO)
    clock.forward(minutes=31)
    ask(client, record)
    sign_in(client, WHO, password[0], expect=303)
    assert client.get("/", expect=303).location == record


def test_what_is_out_of_reach_shows_404(visitor, password):
    ask(visitor, "/moves/1")
    sign_in(visitor, WHO, password[0], expect=303)
    assert visitor.get("/", expect=303).location == "/moves/1"
    visitor.get("/moves/1", expect=404)


def test_sign_out_drops_it(visitor, app, record, password):
    change(app, lambda db: setattr(_user(db), "must_change_password", True))
    ask(visitor, record)
    sign_in(visitor, WHO, password[0], expect=303)
    assert visitor.get("/", expect=303).location == "/password"
    visitor.send("/logout", expect=303)
    change(app, lambda db: setattr(_user(db), "must_change_password", False))
    sign_in(visitor, WHO, password[0], expect=303)
    visitor.get("/", expect=200)


@pytest.mark.parametrize("address", ["//evil.example/", "/\\evil.example", "https://evil.example/", "/no-such-page"])
def test_no_other_site_is_gone_to(visitor, password, address):
    visitor.get(address)
    with visitor.session_transaction() as cookie:
        cookie["wanted"] = address
    sign_in(visitor, WHO, password[0], expect=303)
    with visitor.session_transaction() as cookie:
        assert "wanted" not in cookie
        cookie["wanted"] = address
    visitor.get("/", expect=200)


def test_through_password_rules_and_training(visitor, app, record, password):
    def all_is_due(db):
        _user(db).must_change_password = True
        db.execute(delete(TrainingAttempt))
        db.execute(delete(RulesAcceptance))

    change(app, all_is_due)
    ask(visitor, record)
    sign_in(visitor, WHO, password[0], expect=303)
    for gate, address, form in (
        ("/password", "/password", {"present": password[0], "new": NEW, "again": NEW}),
        ("/rules", "/rules", {"accept": "y"}),
        ("/training/", "/training/quiz", answers(Role.MSIX_PRIMARY)),
    ):
        assert visitor.get("/", expect=303).location == gate
        visitor.send(address, form, expect=303)
    assert visitor.get("/", expect=303).location == record


def test_what_one_was_writing_comes_first(as_, clock, password):
    client = as_("state_region_administrator")
    token = client.token()
    clock.forward(minutes=31)
    client.post("/regions/", data={"csrf_token": token, "name": "Coast"}, expect=303)
    ask(client, "/me/")
    assert sign_in(client, "state_region_administrator", password[0], expect=303).location == "/drafts/"
    client.get("/", expect=200)


def _user(db):
    return db.scalar(select(User).where(User.user_name == WHO))
