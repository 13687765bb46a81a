"""A form that arrives after sign-out is kept for its writer, shown again, and never carried out by itself (A13)."""

import re

import pytest
import tinyhtml5
from sqlalchemy import func, select, update

from msixlite.domain import drafts
from msixlite.models.audit import AuditEvent
from msixlite.models.base import Base
from msixlite.models.drafts import FormDraft
from msixlite.models.moves import MoveNotice
from msixlite.models.places import Region
from msixlite.models.users import UserSession
from msixlite.web.drafts import SECRET_FIELDS
from tests.checked_client import elements

ACTOR = "state_region_administrator"
LATE = {"name": "Region that was typed for an hour"}


@pytest.fixture
def kept(app):
    def rows():
        with app.config["SESSIONS"]().reading() as db:
            return db.scalars(select(FormDraft)).all()

    return rows


@pytest.fixture
def late(as_, clock):
    """A form sent 31 minutes after the last sign of life, by the cookie of then."""

    def send(path="/regions/", form=LATE, actor=ACTOR, minutes=31, **kwargs):
        client = as_(actor)
        token = client.token()
        clock.forward(minutes=minutes)
        client.post(path, data={"csrf_token": token, **form}, **kwargs)
        return client

    return send


def sign_in(client, password, actor=ACTOR):
    client.send("/consent")
    return client.send("/login", {"user_name": actor, "password": password[0]}, expect=303)


def hidden(html, path):
    """The form that puts a draft back, as the page holds it."""
    for form in elements(tinyhtml5.parse(html), "form"):
        if form.get("action") == path:
            return {field.get("name"): field.get("value") for field in elements(form, "input")}
    raise AssertionError(f"no form to {path}")


class TestAfterTheIdleLimit:
    def test_nothing_is_done_and_the_text_comes_back_after_signing_in(self, late, password, db, kept):
        client = late()
        assert len(kept()) == 1
        assert "What you had written is kept" in client.get("/login", follow_redirects=True).text
        assert sign_in(client, password).location == "/drafts/"
        page = client.get("/drafts/", expect=200).text
        assert LATE["name"] in page
        assert "is kept for you" in client.get("/", expect=200).text
        answer = client.post("/regions/", data=hidden(page, "/regions/"), expect=422)
        assert f'value="{LATE["name"]}"' in answer.text
        assert "Nothing of it was done yet" in answer.text
        assert db.scalar(select(func.count()).select_from(Region).where(Region.name == LATE["name"])) == 0
        assert kept() == []

    def test_then_the_person_sends_it(self, late, password, db):
        client = late()
        sign_in(client, password)
        again = client.post("/regions/", data=hidden(client.get("/drafts/").text, "/regions/"), expect=422).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', again).group(1)
        client.post("/regions/", data={**LATE, "csrf_token": token}, expect=303)
        assert db.scalar(select(func.count()).select_from(Region).where(Region.name == LATE["name"])) == 1

    def test_it_is_sealed_in_the_database(self, late, kept):
        late()
        (draft,) = kept()
        assert "typed" not in draft.fields
        assert draft.fields.startswith("gAAAA")

    def test_nobody_else_sees_or_removes_it(self, late, as_, kept):
        late()
        other = as_("state_user_administrator")
        assert LATE["name"] not in other.get("/drafts/", expect=200).text
        other.send(f"/drafts/{kept()[0].id}/throw-away", expect=404)
        other.send("/me/", {"_draft": str(kept()[0].id), "blur_after_seconds": "1"})
        assert len(kept()) == 1

    def test_thrown_away(self, late, password, kept):
        client = late()
        sign_in(client, password)
        client.send(f"/drafts/{kept()[0].id}/throw-away", expect=303)
        assert kept() == []
        assert "Nothing waits here" in client.get("/drafts/", expect=200).text

    def test_twelve_hours(self, late, password, clock, app, person, kept):
        client = late()
        clock.forward(hours=12, seconds=1)
        assert sign_in(client, password).location == "/"
        with app.config["SESSIONS"]() as db, db.begin():
            assert drafts.forget(db, now=clock.now) == 1
        assert kept() == []

    def test_a_new_form_to_the_same_address_takes_the_place_of_the_old(self, app, late, kept):
        late(form={"name": "first"})
        late(form={"name": "second"})
        assert len(kept()) == 1

    def test_five_of_a_person_at_most(self, app, person, clock):
        with app.config["SESSIONS"]() as db, db.begin():
            for number in range(8):
                drafts.keep(
                    db,
                    person(ACTOR),
                    endpoint="e",
                    path=f"/{number}",
                    fields={"a": ["b"]},
                    seal=app.config["DRAFT_SEAL"],
                    now=clock.now,
                )
            assert [one.path for one in drafts.own(db, now=clock.now, by=person(ACTOR))] == [
                "/7",
                "/6",
                "/5",
                "/4",
                "/3",
            ]


class TestNotKept:
    @pytest.mark.parametrize("form", [{}, {"name": ""}, {"name": "x" * 200_001}])
    def test_nothing_written_or_far_too_much(self, late, kept, form):
        late(form=form)
        assert kept() == []

    def test_without_the_token_of_its_page(self, late, kept):
        """Another site's page plants nothing."""
        for token in ("", "made up"):
            late(form={**LATE, "csrf_token": token})
            assert kept() == []

    def test_after_an_end_that_was_meant(self, as_, app, clock, kept):
        client = as_(ACTOR)
        token = client.token()
        for values in ({"ended_at": clock.now}, {"ended_at": None, "locked_at": clock.now}):
            with app.config["SESSIONS"]() as db, db.begin():
                db.execute(update(UserSession).values(**values))
            clock.forward(minutes=31)
            client.post("/regions/", data={"csrf_token": token, **LATE}, expect=303)
            assert kept() == []

    def test_requests_that_the_page_makes_by_itself(self, late, kept):
        late(headers={"HX-Request": "true"})
        assert kept() == []

    def test_passwords_and_codes(self, late, app, kept):
        form = {"present": "Harvest-Moon-7", "new": "Orchard-Gate-9", "again": "Orchard-Gate-9"}
        late("/password", form, "msix_primary")
        assert kept() == []

    def test_every_secret_field_of_the_program_is_known(self, app, as_, password):
        """Fields of type password or one-time-code on any page are named as secret."""
        client = as_("msix_primary")
        client.send("/second-factor/begin")
        pages = ["/password", "/second-factor/", "/login"]
        names = {
            field.get("name")
            for path in pages
            for field in elements(tinyhtml5.parse(client.get(path, follow_redirects=True).text), "input")
            if field.get("type") == "password" or field.get("autocomplete") in ("one-time-code", "new-password")
        }
        client.send("/sessions/lock")
        page = client.get("/sessions/locked", expect=200).text
        names |= {f.get("name") for f in elements(tinyhtml5.parse(page), "input") if f.get("type") == "password"}
        assert names
        assert names <= SECRET_FIELDS


class TestOtherBarriers:
    def test_a_form_at_the_locked_screen(self, as_, app, clock, password, kept):
        client = as_(ACTOR)
        token = client.token()
        client.send("/sessions/lock", expect=303)
        client.post("/regions/", data={"csrf_token": token, **LATE}, expect=303)
        assert len(kept()) == 1
        answer = client.send("/sessions/locked", {"password": password[0]}, expect=303)
        assert answer.location == "/drafts/"

    def test_when_the_rules_change_while_one_writes(self, as_, app, clock, kept):
        from msixlite.domain import accounts

        client = as_(ACTOR)
        token = client.token()
        with app.config["SESSIONS"]() as db, db.begin():
            accounts.publish_rules(db, text="A new duty.", forced=True, now=clock.now)
        client.post("/regions/", data={"csrf_token": token, **LATE}, expect=303)
        assert len(kept()) == 1


class TestPuttingBack:
    def test_changes_nothing_at_any_address(self, app, as_, db, person):
        """Every form of the program, put back with its fields filled in: not one row but the audit's changes."""
        client = as_("state_data_administrator")
        token = client.token()
        skipped = {"audit_event", "audit_head", "user_session", "rate_count", "form_draft"}

        def everything():
            with app.config["SESSIONS"]().reading() as session:
                return {
                    table.name: session.execute(select(table)).all()
                    for table in Base.metadata.sorted_tables
                    if table.name not in skipped
                }

        before = everything()
        values = {
            "msix_id": db.scalar(select(func.min(_msix_id()))),
            "key": "move_notice",
            "field": "text",
            "token": "x",
        }
        with app.test_request_context():
            paths = [
                rule.build({name: values.get(name, 1) for name in rule.arguments})[1]
                for rule in app.url_map.iter_rules()
                if "POST" in rule.methods
                and app.view_functions[rule.endpoint].access.permission
                and rule.endpoint != "auth.sign_out"  # it has no field to keep
            ]
        fields = {
            "words": "w",
            "reason": "a long enough reason",
            "name": "n",
            "text": "t",
            "note": "n",
            "deed": "claim",
        }
        fields |= {"item": "1", "region-1": "", "was-1": "1", "state": "VT", "how": "shredded", "answer": "a"}
        for path in paths:
            answer = client.post(path, data={**fields, "csrf_token": token, "_draft": "1"})
            assert answer.status_code < 500, path
            assert "Harvest" not in answer.text
        assert everything() == before
        with app.config["SESSIONS"]().reading() as session:
            events = session.scalars(select(AuditEvent).where(AuditEvent.outcome == "put back, not sent")).all()
            assert len(events) > 20
            assert not any(event.changes for event in events)

    def test_a_move_notice_comes_back_as_it_was_written(self, as_, app, clock, db, password):
        path = f"/moves/new/{db.scalar(select(_msix_id()).limit(1))}"
        client = as_("msix_primary")
        page = client.get(path, expect=200).text
        child = re.search(r'name="children"[^>]*value="(\d+)"', page).group(1)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        clock.forward(minutes=40)
        form = {"kind": "arrived", "certainty": "certain", "children": child, "state": "VT", "text": "Please call us."}
        client.post(path, data={"csrf_token": token, **form}, expect=303)
        sign_in(client, password, "msix_primary")
        back = hidden(client.get("/drafts/", expect=200).text, path)
        answer = client.post(path, data=back)
        if answer.status_code == 303:  # in the new visit the purpose is asked first; the form is kept meanwhile
            client.send(answer.location, {"purpose": "enrollment"}, expect=303)
            answer = client.post(path, data=hidden(client.get("/drafts/").text, path), expect=422)
        assert "Please call us." in answer.text
        assert db.scalar(select(func.count()).select_from(MoveNotice)) == 0


def _msix_id():
    from msixlite.models.students import Student

    return Student.msix_id
