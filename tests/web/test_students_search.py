"""The search box: the address holds a token, which is of use to nobody else."""

import re

import pytest
from sqlalchemy import select

from msixlite.models.audit import AuditEvent
from msixlite.models.users import PastSearch

SOUGHT = "castaneda graciela 3/14/2012"


@pytest.fixture
def results(as_):
    """The address of the results of a Secondary User's search: nothing else that the child has is left out."""
    return list_of(as_("msix_secondary"), SOUGHT)


def list_of(client, text):
    """The list of a search, also where its only child was opened at once."""
    return "/students/?search=" + client.send("/students/", {"q": text}, expect=303).location.partition("search=")[2]


class TestResults:
    def test_their_address_names_nobody(self, as_, results):
        assert "graciela" not in results.lower()
        assert "2012" not in results
        assert "Graciela" in as_("msix_secondary").get(results, expect=200).text

    def test_are_their_own_persons_only(self, as_, results):
        page = as_("msix_primary").get(results, expect=200).text
        assert "Graciela" not in page
        assert SOUGHT not in page

    def test_a_token_that_is_none_shows_an_empty_search(self, as_):
        assert "Type a name and a birth date" in as_("msix_primary").get("/students/?search=' OR 1=1", expect=200).text

    def test_nothing_typed_is_said(self, as_):
        answer = as_("msix_primary").send("/students/", {"q": ""}, expect=422)
        assert "Type a name and a birth date" in answer.text


class TestTheOnlyChild:
    """Enter opens the one child whom the search means beyond doubt, and says so."""

    def test_is_opened_and_the_page_leads_back_to_the_list(self, as_):
        client = as_("msix_primary")
        address = client.send("/students/", {"q": SOUGHT}, expect=303).location
        assert re.fullmatch(r"/students/\d{12}\?search=[\w-]+", address)
        page = client.get(address, expect=200).text
        said = page.partition("Opened because it is the only child that fits")[2].partition("</p>")[0]
        listed = client.get(re.search(r'data-key="b" href="([^"]+)"', said)[1], expect=200)
        assert "2 students" in listed.text  # and her namesake of another age
        assert "birth date differs" in listed.text

    def test_is_said_of_nobody_who_was_opened_otherwise(self, as_):
        client = as_("msix_primary")
        address = client.send("/students/", {"q": SOUGHT}, expect=303).location
        for other in (address.partition("?")[0], address.partition("=")[0] + "=no-token"):
            assert "Opened because" not in client.get(other, expect=200).text

    def test_the_search_and_the_opening_are_logged(self, as_, db):
        client = as_("msix_primary")
        address = client.send("/students/", {"q": SOUGHT}, expect=303).location
        msix_id = re.search(r"\d{12}", address)[0]
        client.get(address, expect=200)
        db.rollback()
        events = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(2)).all()
        assert [one.action for one in events] == ["students.record", "students.search_students"]
        assert events[0].subject == f"msix {msix_id}"
        assert events[1].detail == {"method": "POST", "searched": SOUGHT, "found": 1}

    @pytest.mark.parametrize("text", ["castanedo graciela 3/14/2012", "zavala ulises 7/4/2015", "castaneda graciela"])
    def test_a_doubtful_one_is_left_to_the_person(self, as_, text):
        address = as_("msix_primary").send("/students/", {"q": text}, expect=303).location
        assert address.startswith("/students/?search=")

    def test_of_another_state_asks_for_the_purpose_first(self, as_):
        client = as_("msix_primary", purpose=None)
        address = client.send("/students/", {"q": "thaddeus okonkwo 9/9/2009"}, expect=303).location
        gate = client.get(address, expect=303).location
        assert re.match(r"/students/\d{12}/purpose\?next=", gate)
        opened = client.send(gate, {"next": address, "purpose": "enrollment"}, expect=303).location
        assert opened == address


class TestSuggestions:
    def test_are_the_results_alone(self, as_):
        client = as_("msix_primary")
        answer = client.post(
            "/students/suggest", data={"q": SOUGHT, "csrf_token": client.token()}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert "Graciela" in answer.text
        assert "<html" not in answer.text


class TestAResultOpenedWhileTyping:
    """The text is kept then, under a token: neither at each letter nor in an address."""

    def hit(self, client, text="castaneda graciela"):
        """Where the first result of the live search leads, and the address of its list."""
        data = {"q": text, "csrf_token": client.token()}
        page = client.post("/students/suggest", data=data, headers={"HX-Request": "true"}, expect=200).text
        return re.search(r'class="hit private" href="([^"]+)"', page)[1], re.search(r'data-list="([^"]+)"', page)[1]

    def test_leads_back_to_the_list(self, as_):
        client = as_("msix_primary")
        opening, listed = self.hit(client)
        record = client.get(opening, expect=303).location
        page = client.get(record, expect=200).text
        assert "Opened because" not in page
        back = re.search(r'data-key="b" href="([^"]+)"', page)[1]
        for address in (back, listed):
            assert "castaneda" not in address
            assert "2 students" in client.get(address, expect=200).text

    def test_of_another_state_leads_there_after_the_purpose(self, as_):
        client = as_("msix_primary", purpose=None)
        opening, listed = self.hit(client, "thaddeus okonkwo")
        record = client.get(opening, expect=303).location
        gate = client.get(record, expect=303).location
        assert client.send(gate, {"next": record, "purpose": "enrollment"}, expect=303).location == record
        assert f'href="{listed}"' in client.get(record, expect=200).text

    def test_the_text_is_kept_once(self, as_, db):
        client = as_("msix_primary")
        self.hit(client, "castaneda grac")
        opening, _ = self.hit(client)
        assert kept(db) == []
        client.get(opening, expect=303)
        self.hit(client)
        client.get(opening, expect=303)
        assert kept(db) == ["castaneda graciela"]

    def test_a_text_that_rested_is_kept_too(self, as_, db):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        opening, listed = self.hit(client)
        client.post("/students/rested", data=token, expect=204)
        assert f'href="{listed}"' in client.get(client.get(opening, expect=303).location, expect=200).text
        assert kept(db) == ["castaneda graciela"]

    def test_the_list_is_nobody_elses(self, as_):
        opening, listed = self.hit(client := as_("msix_primary"))
        client.get(opening, expect=303)
        assert "2 students" not in as_("vt_msix_primary").get(listed, expect=200).text
        assert self.hit(as_("vt_msix_primary"))[1] != listed

    def test_is_logged_with_what_was_typed(self, as_, db):
        client = as_("msix_primary")
        client.get(self.hit(client)[0], expect=303)
        assert searched(db, "students.open_found") == ["castaneda graciela"]


def kept(db):
    """The texts kept under a token."""
    db.rollback()
    return list(db.scalars(select(PastSearch.text)))


def searched(db, action=None):
    """What the audit trail says was searched for, the newest first."""
    db.rollback()
    events = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).all()
    found = [(one.action, one.detail["searched"]) for one in events if one.detail.get("searched")]
    return [text for name, text in found if action in (None, name)]


class TestTheAuditTrail:
    """A search is logged when a result is opened, when Enter is pressed, or when the text rests; not at each letter."""

    def test_letters_are_not_logged(self, as_, db):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        for text in ("cas", "castaneda", "castaneda graciela"):
            client.post("/students/suggest", data={"q": text, **token}, headers={"HX-Request": "true"}, expect=200)
        assert searched(db) == []

    def test_a_text_that_rests_is_logged_once(self, as_, db):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        headers = {"HX-Request": "true"}
        client.post("/students/suggest", data={"q": SOUGHT, **token}, headers=headers)
        client.post("/students/rested", data=token, headers=headers, expect=204)
        client.post("/students/rested", data=token, headers=headers, expect=204)
        assert searched(db) == [SOUGHT]

    def test_it_is_logged_with_the_record_that_is_opened(self, as_, db):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        answer = client.post("/students/suggest", data={"q": SOUGHT, **token}, headers={"HX-Request": "true"})
        client.get(re.search(r"/students/\d{12}", answer.text)[0], expect=200)
        assert searched(db, "students.record") == [SOUGHT]

    def test_it_is_logged_when_another_one_is_begun_in_its_place(self, as_, db):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        for text in ("castaneda graciela", "zavala ulises"):
            client.post("/students/suggest", data={"q": text, **token}, headers={"HX-Request": "true"})
        assert searched(db, "students.suggest") == ["castaneda graciela"]

    def test_it_is_logged_when_typing_goes_on_after_two_seconds(self, as_, db, clock):
        client = as_("msix_primary")
        token = {"csrf_token": client.token()}
        client.post("/students/suggest", data={"q": "castaneda gra", **token}, headers={"HX-Request": "true"})
        clock.forward(seconds=3)
        client.post("/students/suggest", data={"q": "castaneda graci", **token}, headers={"HX-Request": "true"})
        assert searched(db, "students.suggest") == ["castaneda gra"]

    def test_enter_is_logged(self, as_, db, results):
        as_("msix_secondary").get(results, expect=200)
        assert SOUGHT in searched(db, "students.index")
        assert SOUGHT in searched(db, "students.search_students")


FIELDS = {"first": "Graciela", "last_1": "Castañeda", "mode": "exact"}


def by_fields(client, **fields):
    return client.send("/students/fields", {**FIELDS, **fields}, expect=303).location


class TestMoreFields:
    def test_find_under_a_token_that_names_nobody(self, as_):
        client = as_("msix_secondary")
        address = by_fields(client)
        assert "graciela" not in address.lower()
        page = client.get(address, expect=200).text
        assert "2 students" in page
        assert "name &#34;Graciela Castañeda&#34; (exact)" in page
        assert "Castañeda" not in as_("msix_primary").get(address).text

    def test_are_filled_with_what_was_searched_for(self, as_, results):
        page = as_("msix_secondary").get(results.replace("/students/?", "/students/fields?")).text
        for value in ("castaneda", "graciela", "2012-03-14"):
            assert f'value="{value}"' in page
        client = as_("msix_secondary")
        assert 'value="Castañeda"' in client.get(by_fields(client).replace("/students/?", "/students/fields?")).text

    def test_not_right_leads_to_them(self, as_):
        address = as_("msix_primary").send("/students/", {"q": SOUGHT, "then": "fields"}, expect=303).location
        assert address.startswith("/students/fields?search=")

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"first": ""}, "Type two of these"),
            ({"msix_id": "12"}, "An MSIX ID has twelve digits."),
            ({"born": "2012-02-31"}, "Not a valid date value."),
            ({"district": "nowhere"}, "No district is called so."),
            ({"enrolled_from": "2026-01-02", "enrolled_to": "2026-01-01"}, "The end lies before the beginning."),
            ({"first": "", "state_id": "TX100"}, "Choose the State of the State ID too."),
            ({"born_within": "4000"}, "Type a number from 0 to 400."),
        ],
    )
    def test_errors_lose_nothing_typed(self, as_, fields, sentence):
        page = as_("msix_primary").send("/students/fields", {**FIELDS, **fields}, expect=422).text
        assert sentence in page
        assert 'value="Castañeda"' in page

    def test_other_roles_are_kept_out(self, as_):
        for role in ("government_administrator", "state_user_administrator"):
            as_(role).get("/students/fields", expect=403)
            as_(role).get("/saved-searches/", expect=403)


class TestTheList:
    def test_is_narrowed_by_its_address(self, as_):
        client = as_("msix_primary")
        address = by_fields(client)
        page = client.get(f"{address}&state=VT&sort=name&size=50", expect=200).text
        assert "1 student, narrowed from 2" in page
        assert "<option selected>VT</option>" in page

    def test_a_list_narrowed_to_nothing_offers_the_whole(self, as_):
        client = as_("msix_primary")
        page = client.get(f"{by_fields(client)}&grade=12", expect=200).text
        assert "Show all 2 students" in page

    @pytest.mark.parametrize("value", ["", "-1", "99", "x", "1e9", "%00", "VT' OR 1=1"])
    def test_odd_values_are_left_out(self, as_, value):
        client = as_("msix_primary")
        address = by_fields(client)
        for name in ("state", "grade", "flag", "eligible", "enrolled", "sort", "size", "page"):
            client.get(f"{address}&{name}={value}", expect=200)

    def test_only_those_who_may_pick_for_a_merge(self, as_):
        client = as_("district_data_administrator")
        assert 'class="pick"' in client.get(by_fields(client)).text
        client = as_("msix_secondary")
        assert 'class="pick"' not in client.get(by_fields(client)).text


class TestNothingFound:
    def test_says_what_was_tried_and_leads_on(self, as_):
        client = as_("msix_primary")
        address = client.send("/students/", {"q": "quartermaine zebulon 3/14/1999"}, expect=303).location
        page = client.get(address, expect=200).text
        assert "Tried: children of that birth date" in page
        token = address.partition("search=")[2]
        for way, words in (
            ("date", "Search the birth date with the initials Q Z only"),
            ("names", "without the birth date"),
        ):
            assert words in page
            other = client.send("/students/instead", {"search": token, "way": way}, expect=303).location
            assert "quartermaine" not in other
            assert "read as" in client.get(other, expect=200).text

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("quartermaine zebulon", "Or leave out one name, ask the family"),
            ("quartermaine 31/12/1999", "Ask the family for another name"),
            ("TX44556699", "Check the number, or use"),
        ],
    )
    def test_leads_on_by_what_was_typed(self, as_, text, sentence):
        client = as_("msix_primary")
        page = client.get(client.send("/students/", {"q": text}, expect=303).location, expect=200).text
        assert sentence in page.partition("Nothing found")[2]
        assert page.count("more fields</a>") == 1

    def test_by_fields_without_a_name_leads_back_to_them(self, as_):
        client = as_("msix_primary")
        page = client.get(by_fields(client, first="", last_1="", state_id="9", id_state="TX"), expect=200).text
        assert "one of the fields</a>" in page.partition("Nothing found")[2]

    def test_by_sound_and_by_beginnings(self, as_):
        client = as_("msix_primary")
        for way, words in (("sounds", "sounds like"), ("beginnings", "zeb qua")):
            form = {"q": "zebulon quartermaine", "way": way}
            page = client.get(client.send("/students/instead", form, expect=303).location, expect=200).text
            assert words in page

    def test_another_persons_token_is_of_no_use(self, as_, results):
        token = results.partition("search=")[2]
        address = as_("msix_primary").send("/students/instead", {"search": token, "way": "names"}, expect=303).location
        assert "Graciela" not in as_("msix_primary").get(address).text


class TestRecentChildren:
    def test_stand_under_the_search_box(self, as_, results):
        client = as_("msix_secondary")
        child = re.search(r"/students/\d{12}", client.get(results).text)[0]
        client.get(child, expect=200)
        for path in ("/students/", "/"):
            page = client.get(path).text
            assert "Records you read last" in page
            assert child in page
        assert child not in as_("msix_primary").get("/students/").text


class TestSavedSearches:
    def test_are_saved_opened_and_deleted(self, as_):
        client = as_("msix_primary")
        token = by_fields(client).partition("search=")[2]
        saved = client.send("/saved-searches/", {"search": token, "name": "Both", "state": "VT"}, expect=303).location
        assert "1 student, narrowed from 2" in client.get(saved, expect=200).text
        page = client.get("/saved-searches/", expect=200).text
        assert "Both" in page
        assert "Both" not in as_("vt_msix_primary").get("/saved-searches/").text
        assert "Graciela" not in as_("vt_msix_primary").get(saved).text
        path = re.search(r"/saved-searches/\d+/delete", page)[0]
        as_("vt_msix_primary").send(path, expect=404)
        client.send(path, expect=303)
        assert "Both" not in client.get("/saved-searches/").text.partition("<h1>")[2]

    def test_a_search_without_a_name_is_refused(self, as_):
        client = as_("msix_primary")
        token = by_fields(client).partition("search=")[2]
        assert (
            "Type a name for the search."
            in client.send("/saved-searches/", {"search": token, "name": " "}, expect=422).text
        )
        assert "no search to save" in client.send("/saved-searches/", {"name": "x"}, expect=422).text

    def test_what_was_refused_comes_back_with_its_search_and_filters(self, as_):
        client = as_("msix_primary")
        token = by_fields(client).partition("search=")[2]
        sent = {"search": token, "name": " ", "state": "VT", "eligible": "1"}
        text = client.send("/saved-searches/", sent, expect=422).text
        for name, value in (("search", token), ("state", "VT"), ("eligible", "1")):
            assert f'name="{name}" value="{value}"' in text
        assert f"/students/?search={token}&amp;state=VT" in text
        assert 'id="save-name"' in text
        stranger = as_("vt_msix_primary").send("/saved-searches/", {**sent, "name": "x"}, expect=422).text
        assert token not in stranger
