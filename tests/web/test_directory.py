"""Writing to a User Administrator before sign-in (A28): without the address, guarded, telling strangers nothing."""

import pytest
from sqlalchemy import select

from msixlite.domain import directory
from msixlite.models.audit import AuditEvent
from msixlite.models.mail import OutgoingMail
from msixlite.models.users import AccountStatus
from tests.cases import person as person_of

LETTER = {
    "name": "Nela Ruiz",
    "office": "Loma Alta ISD",
    "reply_to": "nela.ruiz@example.gov",
    "text": "I am new here and need an account.\r\nThank you.",
}


@pytest.fixture
def mails(app):
    def mails():
        app.extensions["mail_pool"].submit(lambda: None).result()
        with app.config["SESSIONS"]().reading() as db:
            return db.scalars(select(OutgoingMail).where(OutgoingMail.template == "directory_message")).all()

    return mails


@pytest.fixture
def path(person):
    return f"/user-administrators/{person('state_user_administrator').id}/write"


class TestForm:
    def test_the_search_leads_to_it_and_no_page_shows_an_address(self, visitor, path):
        found = visitor.get("/user-administrators/?state=TX", expect=200).text
        assert f'href="{path}"' in found
        form = visitor.get(path, expect=200).text
        for page in (found, form):
            assert "state_user_administrator@" not in page

    @pytest.mark.parametrize("actor", ["msix_primary", "state_data_administrator", "ome_user_administrator"])
    def test_nobody_else_can_be_written_to(self, visitor, person, actor, mails):
        elsewhere = f"/user-administrators/{person(actor).id}/write"
        visitor.get(elsewhere, expect=404)
        visitor.send(elsewhere, LETTER, expect=404)
        assert mails() == []

    def test_nor_an_administrator_whose_account_is_disabled(self, visitor, app, path):
        with app.config["SESSIONS"]() as db, db.begin():
            person_of(db, "state_user_administrator").status = AccountStatus.DISABLED
        visitor.send(path, LETTER, expect=404)

    def test_not_without_the_token(self, visitor, path, mails):
        visitor.post(path, data=LETTER, expect=400)
        assert mails() == []


class TestLetter:
    def test_goes_through_the_outbox_to_the_administrator(self, visitor, path, mails, person):
        assert visitor.send(path, LETTER, expect=303).location == "/user-administrators/sent"
        assert "on its way" in visitor.get("/user-administrators/sent", expect=200).text
        (mail,) = mails()
        assert (mail.recipient_id, mail.sender_id) == (person("state_user_administrator").id, None)
        for words in ("Nela Ruiz", "Loma Alta ISD", "nela.ruiz@example.gov", "need an account.\nThank you"):
            assert words in mail.body
        assert "does not know who it is" in mail.body

    def test_is_in_the_audit_trail_without_a_person(self, visitor, path, app, person):
        visitor.send(path, LETTER, expect=303)
        with app.config["SESSIONS"]().reading() as db:
            (event,) = db.scalars(select(AuditEvent).where(AuditEvent.action == "directory.write")).all()
        assert (event.user_id, event.outcome) == (None, "ok")
        assert event.subject == f"user {person('state_user_administrator').id}"

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("name", "Nela\r\nBcc: all@example.gov"),
            ("name", "Nela\x00"),
            ("name", "  "),
            ("name", "x" * 81),
            ("office", "Robles\nSubject: other"),
            ("office", "x" * 121),
            ("reply_to", "nela@example.gov\r\nBcc: all@example.gov"),
            ("reply_to", "nela@example.gov\n"),
            ("reply_to", "nela@example.gov, all@example.gov"),
            ("reply_to", "Nela <nela@example.gov>"),
            ("reply_to", "nela"),
            ("reply_to", "x" * 250 + "@a.gov"),
            ("text", ""),
            ("text", "x" * 1_001),
            ("text", "bell\x07"),
            ("text", "Her SSN is 219-09-9999."),
            ("text", "Call me at (956) 555-7777."),
            ("text", "She is 123456789012."),
            ("text", "She was born on 04/13/2012."),
            ("office", "1804 Navarro Street"),
        ],
    )
    def test_what_shows_by_its_form_is_refused_with_a_sentence(self, visitor, path, mails, part, value):
        text = visitor.send(path, {**LETTER, part: value}, expect=422).text
        assert "Please mend this first" in text
        assert mails() == []

    def test_what_was_typed_stays_in_the_form(self, visitor, path):
        text = visitor.send(path, {**LETTER, "text": "Her SSN is 219-09-9999. Please help."}, expect=422).text
        assert "Please help." in text
        assert "leave out: Social Security number" in text


class TestNothingIsToldToAStranger:
    def answer(self, visitor, path, **parts):
        answer = visitor.send(path, {**LETTER, **parts})
        return answer.status_code, answer.location, visitor.get("/user-administrators/sent").text.split("<main")[1]

    def test_a_childs_name_gets_the_same_answer_and_does_not_leave(self, visitor, path, mails):
        usual = self.answer(visitor, path)
        assert self.answer(visitor, path, text="Please look at Graciela Castañeda.") == usual
        held = mails()[1]
        assert "Graciela" not in held.body
        assert "Left out" in held.body
        assert "nela.ruiz@example.gov" in held.body

    def test_a_sender_whose_name_a_child_has_can_write(self, visitor, path, mails):
        own = {"name": "Graciela Castañeda", "reply_to": "graciela.castaneda@example.gov"}
        self.answer(visitor, path, **own)
        (mail,) = mails()
        assert "need an account" in mail.body

    def test_too_many_for_one_administrator_are_dropped_with_the_same_answer(self, app, person, path, clock):
        letter = directory.Letter("Nela Ruiz", "", "nela@example.gov", "Hello.")
        user_id = person("state_user_administrator").id
        with app.config["SESSIONS"]() as db, db.begin():
            for _ in range(directory.MOST_A_DAY + 3):
                directory.write(db, user_id, letter, now=clock.now)
        with app.config["SESSIONS"]().reading() as db:
            sent = db.scalars(select(OutgoingMail).where(OutgoingMail.template == "directory_message")).all()
        assert len(sent) == directory.MOST_A_DAY

    def test_ten_letters_an_hour_from_one_address_and_searching_goes_on(self, visitor, path):
        token = visitor.token()
        codes = [visitor.post(path, data={"csrf_token": token}).status_code for _ in range(11)]
        assert codes == [422] * 10 + [429]
        visitor.send("/user-administrators/", {"state": "TX"}, expect=200)


def test_a_phone_that_was_opted_out_is_on_neither_page(visitor, app, path):
    with app.config["SESSIONS"]() as db, db.begin():
        user = person_of(db, "state_user_administrator")
        user.phone, user.phone_hidden = "(555) 555-0166", True
    for page in ("/user-administrators/?state=TX", path):
        assert "555-0166" not in visitor.get(page, expect=200).text
