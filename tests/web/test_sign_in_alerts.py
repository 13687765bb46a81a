"""The alert of two networks on screen: the bar of the person, the administrator's list, the report."""

import pytest
from sqlalchemy import select

from msixlite.models.sign_in_alerts import SignInAlert
from msixlite.models.users import UserSession


@pytest.fixture
def come_from(app, password):
    """`come_from("192.0.2.10")`: a browser of that address in which the person has signed in."""

    def come(address, actor="msix_primary"):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        client.send("/consent", expect=303)
        client.send("/login", {"user_name": actor, "password": password[0]}, expect=303)
        return client

    return come


@pytest.fixture
def alerts(app):
    def alerts():
        with app.config["SESSIONS"]().reading() as db:
            return db.scalars(select(SignInAlert).order_by(SignInAlert.id)).all()

    return alerts


BAR = "Your account was used from two networks"


def test_the_next_page_says_so_and_what_to_do_until_it_is_answered(come_from, alerts, clock):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    client = come_from("198.51.100.7")
    for path in ("/", "/me/", "/nowhere"):
        text = client.get(path).text
        assert BAR in text
        assert "192.0.2.10" in text
    (alert,) = alerts()
    client.send(f"/sign-in-alerts/{alert.id}/answer", {"was_me": "y"}, expect=303)
    assert BAR not in client.get("/", expect=200).text
    assert alerts()[0].was_me is True


def test_none_from_the_same_network(come_from, alerts, clock):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    assert BAR not in come_from("192.0.2.77").get("/", expect=200).text
    assert alerts() == []


def test_it_was_not_me_leads_to_the_report(come_from, alerts, clock, app):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    client = come_from("198.51.100.7")
    answer = client.send(f"/sign-in-alerts/{alerts()[0].id}/answer", {"was_not_me": "y"}, expect=303)
    assert answer.location.startswith("/incidents/new")
    assert "other sessions have ended" in client.get(answer.location, expect=200).text
    assert alerts()[0].was_me is False


def test_the_user_administrator_finds_it_on_home_on_the_list_and_in_the_report(come_from, alerts, clock, as_):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    come_from("198.51.100.7")
    admin = as_("state_user_administrator")
    assert "1 account used from two networks" in admin.get("/", expect=200).text
    text = admin.get("/users/", expect=200).text
    assert "198.51.100.7" in text
    assert "Not yet answered" in text
    assert "Signed in while a session from another network" in admin.get("/audit/unusual", expect=200).text
    admin.send(f"/sign-in-alerts/{alerts()[0].id}/looked-at", expect=303)
    assert "198.51.100.7" not in admin.get("/users/", expect=200).text


def test_out_of_reach_does_not_exist(come_from, alerts, clock, as_):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    come_from("198.51.100.7")
    number = alerts()[0].id
    as_("msix_secondary").send(f"/sign-in-alerts/{number}/answer", {"was_me": "y"}, expect=404)
    as_("vt_state_user_administrator").send(f"/sign-in-alerts/{number}/looked-at", expect=404)
    as_("msix_primary").send(f"/sign-in-alerts/{number}/looked-at", expect=403)


def test_one_live_session_is_left(come_from, clock, app):
    come_from("192.0.2.10")
    clock.forward(minutes=5)
    come_from("198.51.100.7")
    with app.config["SESSIONS"]().reading() as db:
        living = db.scalars(select(UserSession.address).where(UserSession.ended_at.is_(None))).all()
    assert living == ["198.51.100.7"]
