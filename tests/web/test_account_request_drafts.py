"""Unfinished applications for an account, and the State's list of documents."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from msixlite import mail_senders
from msixlite.domain import account_request_drafts, audit, daily
from msixlite.domain.mail import SEALED_PART
from msixlite.models.account_requests import AccountRequest, RequestDocument, RequestDraft, RequestStatus
from msixlite.models.audit import AuditEvent
from msixlite.models.mail import MailStatus, OutgoingMail
from tests.cases import SETTINGS
from tests.web.test_account_requests import apply  # noqa: F401 - a fixture

TYPED = {"first_name": "Nela", "last_name": "Ruiz", "intended_use": "I enroll <b>children</b>.", "need_attested": "y"}
ADDRESS = "nela@example.gov"


@pytest.fixture
def read(app):
    def read(model):
        with app.config["SESSIONS"]().reading() as db:
            return db.scalars(select(model)).all()

    return read


@pytest.fixture
def keep(visitor):
    """Keep an unfinished application; returns the page and the link in it."""

    def keep(path="/get-an-account?state=TX", expect=200, **typed):
        page = visitor.send(path, {**TYPED, "save": "draft", **typed}, expect=expect).text
        found = re.search(r'href="(/get-an-account\?[^"]*draft=[^"]+)"', page)
        return page, html.unescape(found.group(1)) if found else ""

    return keep


def token_of(link):
    return re.search("draft=([^&]+)", link).group(1)


class TestDraft:
    def test_is_kept_and_comes_back_by_its_link_alone(self, keep, visitor, app, read):
        page, link = keep()
        assert "Draft" in page
        assert re.fullmatch(r"/get-an-account\?state=TX&draft=[A-Za-z0-9_-]{43}", link)
        back = app.test_client().get(link, expect=200).text
        assert 'value="Ruiz"' in back
        assert "I enroll &lt;b&gt;children&lt;/b&gt;." in back
        assert 'value="Ruiz"' not in visitor.get("/get-an-account?state=TX", expect=200).text
        assert read(AccountRequest) == []

    def test_the_database_holds_neither_the_token_nor_what_was_typed(self, keep, app, settings):
        _, link = keep(email=ADDRESS)
        app.extensions["mail_pool"].shutdown(wait=True)
        with app.config["SESSIONS"]().reading() as db:
            tables = (
                db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
                if (db.get_bind().dialect.name == "sqlite")
                else db.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            )
            dump = "".join(str([tuple(row) for row in db.execute(text(f'SELECT * FROM "{name}"'))]) for name in tables)
        assert len(dump) > 10_000
        assert token_of(link) not in dump
        assert "I enroll" not in dump

    def test_fourteen_days_and_no_longer(self, keep, visitor, clock):
        _, link = keep()
        clock.forward(days=13, hours=23)
        visitor.get(link, expect=200)
        clock.forward(hours=2)
        assert "does not work any more" in visitor.get(link, expect=422).text

    def test_saved_again_it_is_the_same_one_for_fourteen_days_more(self, keep, visitor, clock, read):
        _, link = keep()
        clock.forward(days=10)
        page, again = keep(link, last_name="Ruiz Vega")
        assert again == link
        assert "shown once" not in page
        assert len(read(RequestDraft)) == 1
        clock.forward(days=10)
        assert 'value="Ruiz Vega"' in visitor.get(link, expect=200).text

    def test_what_is_saved_after_its_end_gets_a_link_of_its_own(self, keep, clock):
        _, link = keep()
        clock.forward(days=15)
        _, again = keep(link)
        assert again != link

    @pytest.mark.parametrize("token", ["x", "A" * 43, "%27", "../../secret_key"])
    def test_a_made_up_token_opens_nothing(self, keep, visitor, token):
        keep()
        visitor.get(f"/get-an-account?state=TX&draft={token}", expect=422)

    def test_is_removed_once_it_is_sent(self, keep, apply, visitor, read):  # noqa: F811
        _, link = keep()
        apply(state=f"TX&draft={token_of(link)}")
        assert [one.status for one in read(AccountRequest)] == [RequestStatus.REQUESTED]
        assert read(RequestDraft) == []
        visitor.get(link, expect=422)

    def test_the_trail_names_its_number_and_not_its_token(self, keep, read, visitor, app):
        _, link = keep()
        visitor.post(link, data=TYPED, expect=400)
        visitor.send(link, {}, expect=422)
        events = [one for one in read(AuditEvent) if one.action == "account_requests.new"]
        assert len(events) == 3
        assert (events[0].user_id, events[0].subject, events[0].outcome) == (
            None,
            "application draft 1",
            "kept unfinished",
        )
        (draft,) = read(RequestDraft)
        for event in events:
            for secret in (token_of(link), draft.token_hash, draft.fields[:40]):
                assert secret not in str((event.subject, event.detail, event.changes))

    def test_needs_the_token_of_its_page(self, visitor, read):
        visitor.post("/get-an-account?state=TX", data={**TYPED, "save": "draft"}, expect=400)
        assert read(RequestDraft) == []

    def test_a_flood_is_stopped(self, keep, visitor, read):
        for _ in range(20):
            keep()
        keep(expect=429)
        assert len(read(RequestDraft)) == 20

    def test_long_fields_are_cut_and_the_file_is_never_kept(self, keep, app, clock, settings):
        _, link = keep(intended_use="x" * 5_000, signed_form="y")
        with app.config["SESSIONS"]().reading() as db:
            seal = settings.seal(account_request_drafts.SEALED_FOR)
            kept = account_request_drafts.opened(db, token_of(link), seal=seal, now=clock.now).fields
        assert len(kept["intended_use"]) == 1_000
        assert not {"signed_form", "csrf_token", "save"} & set(kept)

    def test_the_days_work_removes_what_is_over_and_says_how_many(self, keep, app, clock, read, settings, tmp_path):
        keep()
        keep()
        clock.forward(days=10)
        keep()
        limits = daily.Limits(timedelta(days=90), timedelta(days=60), tmp_path)
        clock.forward(days=5)
        with app.config["SESSIONS"]() as db, db.begin():
            daily.run(db, limits, now=clock.now)
        assert len(read(RequestDraft)) == 1
        done = [one for one in read(AuditEvent) if one.action == "daily"][-1].detail["done"]
        assert "Unfinished applications removed, because their 14 days are over: 2" in done
        with app.config["SESSIONS"]().reading() as db:
            assert audit.verify(db).ok


class TestMail:
    def test_the_link_goes_to_the_address_that_was_given(self, keep, app, read, settings):
        page, link = keep(email="Nela@Example.gov")
        assert "nela@example.gov" in page.lower()
        app.extensions["mail_pool"].shutdown(wait=True)
        (mail,) = [one for one in read(OutgoingMail) if one.template == "application_draft"]
        assert (mail.status, mail.recipient_id, mail.recipient_address) == (MailStatus.SENT, None, ADDRESS)
        assert mail.sealed_token is None
        (sent,) = (settings.instance / "outbox").glob("*.eml")
        written = sent.read_text().replace("=\n", "").replace("=3D", "=")
        assert f"To: {ADDRESS}" in written
        assert link in written
        for typed in ("Nela", "Ruiz", "enroll"):
            assert typed not in written.replace("Nela@", "")

    def test_until_it_leaves_the_outbox_holds_the_token_sealed(self, keep, app, read, settings, clock):
        app.extensions["mail_pool"].shutdown(wait=True)
        with app.config["SESSIONS"]() as db, db.begin():
            seal = settings.seal(account_request_drafts.SEALED_FOR)
            row, token = account_request_drafts.save(db, TYPED, state="TX", seal=seal, now=clock.now)
            links = settings.seal(mail_senders.MAIL_LINKS)
            assert account_request_drafts.send_link(db, row, token, address=ADDRESS, seal=links, now=clock.now)
        (mail,) = read(OutgoingMail)
        assert token not in mail.body + mail.sealed_token
        assert SEALED_PART in mail.body
        with app.config["SESSIONS"]().reading() as db:
            loaded = db.scalar(select(OutgoingMail))
            assert token in mail_senders.message(loaded, settings).get_content()

    def test_none_without_a_right_address_and_one_for_each_draft(self, keep, read):
        assert "not sent by e-mail" in keep()[0]
        page, link = keep(email="nobody")
        assert "not sent by e-mail" in page
        keep(link, email=ADDRESS)
        keep(link, email="other@example.gov")
        assert [one.recipient_address for one in read(OutgoingMail)] == [ADDRESS]

    def test_a_mailbox_cannot_be_flooded(self, keep, read, clock):
        for _ in range(5):
            keep(email=ADDRESS)
        assert len(read(OutgoingMail)) == 3
        clock.forward(days=1, minutes=1)
        keep(email=ADDRESS)
        assert len(read(OutgoingMail)) == 4

    def test_those_who_word_the_states_mails_see_it_without_its_token(self, keep, app, as_, read):
        _, link = keep(email=ADDRESS)
        app.extensions["mail_pool"].shutdown(wait=True)
        client = as_("state_data_administrator")
        assert ADDRESS in client.get("/mail/", expect=200).text
        assert token_of(link) not in client.get(f"/mail/{read(OutgoingMail)[0].id}", expect=200).text
        assert ADDRESS not in as_("vt_state_data_administrator").get("/mail/", expect=200).text


LIST = "Letter of the superintendent\n\n  Certificate  of training \nLetter of the superintendent"
BOTH = ["Letter of the superintendent", "Certificate of training"]


@pytest.fixture
def listed(as_):
    form = SETTINGS | {"account_documents": LIST}
    as_("state_data_administrator").send("/settings/", form, expect=303)
    return form


class TestDocuments:
    def test_the_state_lists_them_and_the_applicant_ticks_each(self, listed, visitor, apply, read):  # noqa: F811
        page = visitor.get("/get-an-account?state=TX", expect=200).text
        assert all(text in page for text in BOTH)
        assert BOTH[0] not in visitor.get("/get-an-account?state=VT", expect=200).text
        page = apply(expect=422, documents=BOTH[:1]).text
        assert "Missing: Certificate of training" in page
        assert page.count(" checked") == 2  # this one and the attested need
        assert read(AccountRequest) == []
        apply(documents=BOTH)
        assert [one.text for one in read(RequestDocument)] == BOTH

    def test_whoever_verifies_ticks_each_one_seen(self, listed, apply, as_, read):  # noqa: F811
        apply(documents=BOTH)
        address = f"/account-requests/{read(AccountRequest)[0].id}"
        first, second = (one.id for one in read(RequestDocument))
        client = as_("state_user_administrator")
        assert "not seen yet" in client.get(address, expect=200).text
        page = client.send(f"{address}/verify", {"words": "called", "seen": [first, 999]}, expect=422).text
        assert "Missing: Certificate of training" in page
        assert read(AccountRequest)[0].status is RequestStatus.REQUESTED
        client.send(f"{address}/verify", {"words": "called", "seen": [first, second]}, expect=303)
        client.send(f"{address}/approve", expect=303)
        page = client.get(address, expect=200).text
        assert page.count("seen by") == 2
        assert "Approving authority" in page

    def test_a_list_that_changes_later_leaves_an_application_as_it_was(self, listed, apply, as_, read):  # noqa: F811
        apply(documents=BOTH)
        as_("state_data_administrator").send("/settings/", {**listed, "account_documents": ""}, expect=303)
        assert [one.text for one in read(RequestDocument)] == BOTH
        apply(email="two@example.gov")
        assert len(read(RequestDocument)) == 2

    @pytest.mark.parametrize("wrong", ["x" * 161, "\n".join(map(str, range(13)))])
    def test_a_list_too_long_is_refused(self, as_, listed, wrong):
        client = as_("state_data_administrator")
        assert "at most 12" in client.send("/settings/", {**listed, "account_documents": wrong}, expect=422).text

    def test_only_the_state_itself_lists_them(self, as_, listed):
        as_("state_user_administrator").send("/settings/", listed, expect=403)
