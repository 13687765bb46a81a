"""The upload schedule on screen: Home, the uploads page, its own page, the State's setting (C12)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from msixlite.models.moves import MoveKind
from msixlite.models.upload_schedule import UploadEvent
from tests.cases import SETTINGS
from tests.domain import test_moves

TX = "state_data_administrator"


@pytest.fixture
def event_id(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return db.scalar(select(UploadEvent.id))

    return found


def term(clock, days=-5, part="state-TX"):
    return {"kind": "end of a term", "happened_on": f"{clock.now + timedelta(days=days):%Y-%m-%d}", "part": part}


class TestPages:
    @pytest.mark.parametrize("path", ["/", "/uploads/", "/uploads/schedule/"])
    def test_schedule_last_file_and_what_is_due(self, as_, path, clock):
        client = as_(TX)
        client.send("/uploads/schedule/", term(clock), expect=303)
        text = client.get(path, expect=200).text
        assert "Schedule: nightly. Last file:" in text
        assert "Next one expected by" in text
        assert "1 upload due after events" in text

    @pytest.mark.parametrize("path", ["/", "/uploads/", "/uploads/schedule/"])
    def test_overdue_is_said(self, as_, path, clock):
        clock.forward(days=3)
        assert "The file is overdue: it was expected by" in as_(TX).get(path, expect=200).text

    @pytest.mark.parametrize("actor", ["msix_primary", "state_user_administrator", "district_data_administrator"])
    def test_nobody_else_has_it(self, as_, actor):
        client = as_(actor)
        client.get("/uploads/schedule/", expect=403)
        assert "Schedule:" not in client.get("/", expect=200).text


class TestSetting:
    def test_the_state_sets_it_with_its_other_settings(self, as_, clock):
        client = as_(TX)
        assert '<option selected value="nightly">' in client.get("/settings/", expect=200).text
        client.send("/settings/", {**SETTINGS, "upload_schedule": "weekly"}, expect=303)
        assert '<option selected value="weekly">' in client.get("/settings/", expect=200).text
        clock.forward(days=3)
        client = as_(TX)
        assert "overdue" not in client.get("/uploads/", expect=200).text
        assert "Schedule: nightly" in as_("vt_state_data_administrator").get("/uploads/", expect=200).text

    def test_no_other_word(self, as_):
        as_(TX).send("/settings/", {**SETTINGS, "upload_schedule": "never"}, expect=422)


class TestEvents:
    def test_entered_marked_and_shown_as_sent(self, as_, clock, event_id):
        client = as_(TX)
        client.send("/uploads/schedule/", term(clock), expect=303)
        assert "30 calendar days (34 CFR 200.85(b)(3)(ii))" in client.get("/uploads/schedule/", expect=200).text
        client.send(f"/uploads/schedule/{event_id()}/sent", expect=303)
        text = client.get("/uploads/schedule/", expect=200).text
        assert "Sent in the last 30 days" in text
        assert "No upload due after events" in text

    def test_removed(self, as_, clock, event_id):
        client = as_(TX)
        client.send("/uploads/schedule/", term(clock), expect=303)
        client.send(f"/uploads/schedule/{event_id()}/remove", expect=303)
        assert event_id() is None

    @pytest.mark.parametrize(
        "forged",
        [{"kind": "a whim"}, {"happened_on": "soon"}, {"part": "state-VT"}, {"part": "district-999"}, {"kind": ""}],
        ids=str,
    )
    def test_forged_fields(self, as_, clock, event_id, forged):
        as_(TX).send("/uploads/schedule/", {**term(clock), **forged}, expect=422)
        assert event_id() is None

    def test_another_state_finds_none_of_it(self, as_, clock, event_id):
        as_(TX).send("/uploads/schedule/", term(clock), expect=303)
        vermont = as_("vt_state_data_administrator")
        for what in ("sent", "remove"):
            vermont.send(f"/uploads/schedule/{event_id()}/{what}", expect=404)

    def test_a_move_away_stands_among_what_is_due(self, as_, app, clock):
        """The State that the children left owes what is new (34 CFR 200.85(b)(3)(iii))."""
        district = {"kind": MoveKind.ARRIVED, "state_code": "TX", "district_id": None}
        with app.config["SESSIONS"]() as db, db.begin():
            notice = test_moves.send(db, clock, actor="vt_msix_primary", **district)
            reference, due_on = notice.reference, notice.update_due_on
        text = as_(TX).get("/uploads/schedule/", expect=200).text
        assert f"{reference}</a>: send what is new by {due_on:%m/%d/%Y}" in text
        assert "1 move after which you send what is new" in as_(TX).get("/", expect=200).text
        as_(TX).get(f"/moves/{notice.id}", expect=200)
        assert reference not in as_("vt_state_data_administrator").get("/uploads/schedule/", expect=200).text
        clock.forward(days=9)
        assert reference not in as_(TX).get("/uploads/schedule/", expect=200).text
