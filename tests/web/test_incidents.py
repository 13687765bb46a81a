"""Report a problem: from every page, kept, seen by those who must look."""

import pytest
from sqlalchemy import select

from msixlite.models.incidents import IncidentReport
from msixlite.models.users import AccountStatus, Role, User

SAW = {"kind": "odd_content", "text": "A picture of a cat stands where the name should be.", "page": "students.record"}


@pytest.fixture
def reports(app):
    def found():
        with app.config["SESSIONS"]().reading() as db:
            return list(db.scalars(select(IncidentReport).order_by(IncidentReport.id)))

    return found


class TestReporting:
    @pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
    def test_every_role_finds_it_on_its_home_page(self, as_, role):
        client = as_(role.value)
        assert 'href="/incidents/new?page=home.index"' in client.get("/", expect=200).text
        client.get("/incidents/new?page=home.index", expect=200)

    def test_is_kept_with_who_when_and_where(self, as_, reports, person, clock):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        (made,) = reports()
        assert made.reported_by_id == person("msix_primary").id
        assert made.page == "students.record"
        assert made.text == SAW["text"]
        assert abs(made.reported_at - clock.now).total_seconds() < 60

    def test_wants_a_kind_and_a_sentence_and_keeps_what_was_typed(self, as_, reports):
        text = as_("msix_primary").send("/incidents/new", {"text": "A cat."}, expect=422).text
        assert "Choose what fits best" in text
        assert "A cat." in text
        assert reports() == []

    def test_the_page_is_one_of_ours(self, as_, reports):
        as_("msix_primary").send("/incidents/new", {**SAW, "page": "<script>"}, expect=303)
        assert reports()[0].page == ""

    def test_the_person_may_lock_the_own_account_at_once(self, as_, reports, db):
        client = as_("msix_primary")
        client.send("/incidents/new", {**SAW, "kind": "misuse", "lock": "y"}, expect=303)
        assert client.get("/", expect=303).location == "/login"
        assert db.scalar(select(User.status).where(User.user_name == "msix_primary")) is AccountStatus.DISABLED
        assert reports()[0].self_locked


class TestSeeing:
    @pytest.mark.parametrize(
        "actor", ["state_user_administrator", "state_data_administrator", "ome_user_administrator"]
    )
    def test_those_who_must_look_find_it_on_their_home_page(self, as_, actor):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_(actor)
        assert "Incident reports to answer" in client.get("/", expect=200).text
        assert SAW["text"] in client.get("/incidents/", expect=200).text

    @pytest.mark.parametrize("actor", ["vt_state_user_administrator", "vt_state_data_administrator"])
    def test_another_state_does_not(self, as_, reports, actor):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_(actor)
        assert "Incident reports" not in client.get("/", expect=200).text.split("<main")[1]
        assert SAW["text"] not in client.get("/incidents/", expect=200).text
        client.send(f"/incidents/{reports()[0].id}/seen", {"answer": "Nothing"}, expect=404)

    def test_an_answer_is_kept_once(self, as_, reports):
        as_("msix_primary").send("/incidents/new", SAW, expect=303)
        client = as_("state_user_administrator")
        number = reports()[0].id
        client.send(f"/incidents/{number}/seen", {"answer": "  "}, expect=422)
        client.send(f"/incidents/{number}/seen", {"answer": "Told the vendor."}, expect=303)
        assert "Told the vendor." in client.get("/incidents/", expect=200).text
        assert "Incident reports to answer" not in client.get("/", expect=200).text
        client.send(f"/incidents/{number}/seen", {"answer": "Something else."}, expect=422)
