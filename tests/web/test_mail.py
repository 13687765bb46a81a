"""E-mail pages: the guard while one writes, what became of an e-mail, the State's wording."""

import pytest
from sqlalchemy import select

from msixlite.domain import mail
from msixlite.models.audit import AuditEvent
from msixlite.models.mail import MailAttempt, MailStatus, OutgoingMail
from msixlite.models.users import User

VALUES = {
    "reference": "MN-2026-000001",
    "office": "Robles ISD, TX",
    "phone": "(555) 555-0110",
    "link": f"{mail.SITE}moves/1",
    "reply_due": "soon",
    "due": "later",
}


@pytest.fixture
def failed_mail(app, clock):
    """A mail of Texas's registrar that was refused."""
    with app.config["SESSIONS"]() as db, db.begin():
        by, to = (db.scalar(select(User).where(User.user_name == name)) for name in ("msix_primary", "vt_msix_primary"))
        made = mail.write(db, kind="move_notice", to=to, values=VALUES, reference="MN-2026-000001", now=clock(), by=by)
        made.status, made.ended_at = MailStatus.REFUSED, clock()
        db.add(MailAttempt(mail_id=made.id, at=clock(), outcome="refused", answer="550 No such user here"))
        return made.id


class TestGuardWhileWriting:
    def test_the_place_is_marked_with_a_reason(self, as_):
        page = as_("msix_primary").send("/mail/check/text", {"text": "Graciela Castañeda <b>comes"}, expect=200)
        assert "<mark>Graciela Castañeda</mark> &lt;b&gt;comes" in page.text
        assert "A child of this name is in the system." in page.text

    def test_htmx_gets_the_block_alone(self, as_):
        client = as_("msix_primary")
        part = client.send("/mail/check/text", {"text": "Hello"}, headers={"HX-Request": "true"}, expect=200).text
        assert part.strip().startswith('<div id="text-check"')
        assert "No personal data found" in part

    def test_nothing_of_the_text_is_kept(self, as_, db, caplog):
        as_("msix_primary").send("/mail/check/text", {"text": "Graciela Castañeda"}, expect=200)
        db.rollback()
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event.action == "mail.check"
        assert "Graciela" not in f"{event.detail} {event.changes} {event.subject} {caplog.text}"

    def test_other_fields_do_not_exist(self, as_):
        as_("msix_primary").send("/mail/check/password", {"password": "x"}, expect=404)


class TestMails:
    def test_the_sender_sees_what_became_of_it(self, as_, failed_mail):
        assert "Not sent" in as_("msix_primary").get("/mail/", expect=200).text
        page = as_("msix_primary").get(f"/mail/{failed_mail}", expect=200).text
        assert "550 No such user here" in page
        assert "http://127.0.0.1:8000/moves/1" in page

    def test_another_does_not(self, as_, failed_mail):
        as_("msix_secondary").get(f"/mail/{failed_mail}", expect=404)
        as_("vt_state_data_administrator").get(f"/mail/{failed_mail}", expect=404)
        as_("msix_secondary").send(f"/mail/{failed_mail}/again", expect=404)

    def test_send_again_leaves_at_once(self, as_, app, db, settings, failed_mail):
        as_("msix_primary").send(f"/mail/{failed_mail}/again", expect=303)
        app.extensions["mail_pool"].shutdown(wait=True)
        assert db.get(OutgoingMail, failed_mail).status is MailStatus.SENT
        assert len(list((settings.instance / "outbox").iterdir())) == 1


class TestWording:
    def test_preview_then_keep_then_reset(self, as_):
        client = as_("state_data_administrator")
        form = {"subject": "Ours: {reference}", "text": "See {link}"}
        page = client.send("/mail/templates/move_notice", {**form, "preview": "Preview"}, expect=200).text
        assert "Ours: MN-2026-000123" in page
        assert "your own wording" not in page
        client.send("/mail/templates/move_notice", {**form, "keep": "Keep"}, expect=303)
        assert "Ours: {reference}" in client.get("/mail/templates/move_notice", expect=200).text
        client.send("/mail/templates/move_notice/reset", expect=303)
        assert "Ours" not in client.get("/mail/templates/move_notice", expect=200).text

    def test_a_fault_keeps_what_was_typed(self, as_):
        form = {"subject": "Ours", "text": "123-45-6789 {link} {reference}", "keep": "Keep"}
        page = as_("state_data_administrator").send("/mail/templates/move_notice", form, expect=422).text
        assert "remove (text): Social Security number" in page
        assert "123-45-6789 {link}" in page

    def test_of_ones_own_state_only(self, as_):
        form = {"subject": "Ours: {reference}", "text": "See {link}", "keep": "Keep"}
        as_("state_data_administrator").send("/mail/templates/move_notice", form, expect=303)
        assert "Ours" not in as_("vt_state_data_administrator").get("/mail/templates/move_notice", expect=200).text
        as_("msix_primary").get("/mail/templates/move_notice", expect=403)
        as_("state_data_administrator").get("/mail/templates/nothing", expect=404)
