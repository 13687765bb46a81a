"""Privacy mode (P6): every name and birth date of a child that a page shows can be blurred, and reached by keyboard."""

import re

import pytest
import tinyhtml5
from sqlalchemy import select

from msixlite.models.students import StateRecord, Student
from msixlite.models.worklist import WorklistItem
from tests import world
from tests.checked_client import XHTML
from tests.files import child

ACTOR = "state_data_administrator"
WORDS = re.compile(r"Graciela|Castañeda|Castaneda|Ulises|Zavala|Thaddeus|Okonkwo|03/14/2012|11/30/2010|07/04/2015")
NOT_SHOWN = {XHTML + name for name in ("script", "option")}
"""What a person chooses from a list cannot be blurred in part."""


def bare(html):
    """Texts of a page that name a child outside of everything that is blurred."""

    def walk(element, inside):
        name = element.tag if isinstance(element.tag, str) else ""
        inside = inside or "private" in (element.get("class") or "").split()
        if name in NOT_SHOWN or "usa-sr-only" in (element.get("class") or ""):
            return
        if not inside and WORDS.search(element.text or ""):
            yield (element.text or "").strip()
        for part in element:
            yield from walk(part, inside)
            if not inside and WORDS.search(part.tail or ""):
                yield (part.tail or "").strip()

    return list(walk(tinyhtml5.parse(html), False))


@pytest.fixture
def private(app):
    """Privacy mode is on for the actor."""
    from msixlite.models.users import User

    with app.config["SESSIONS"]() as db, db.begin():
        db.scalar(select(User).where(User.user_name == ACTOR)).privacy_mode = True


def ids(db):
    number = select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100")
    return db.scalar(number), db.scalar(select(WorklistItem.id).limit(1))


class TestEveryPage:
    def test_a_name_or_birth_date_stands_nowhere_outside(self, app, as_, db, office, private):
        brother = {**world.GRACIELA, "First_Name": "Abel", "Middle_Name": "", "Birth_Date": "20101130"}
        office.take({"Students": [child("TX110", **brother)]})
        office.merge("TX100", "TX103")
        msix_id, item_id = ids(db)
        client = as_(ACTOR)
        values = {"msix_id": msix_id, "item_id": item_id, "change_id": 1}
        client.get(f"/students/{msix_id}", expect=200)
        with app.test_request_context():
            paths = sorted(
                rule.build({name: values[name] for name in rule.arguments})[1]
                for rule in app.url_map.iter_rules()
                if "GET" in rule.methods
                and rule.arguments <= set(values)
                and rule.endpoint != "static"
                and not str(rule).endswith(".pdf")
            )
        found = {}
        for path in paths:
            answer = client.get(path)
            if answer.mimetype == "text/html" and answer.status_code == 200 and (outside := bare(answer.text)):
                found[path] = outside
        assert "Abel" in client.get(f"/students/{msix_id}/packet").text, "a box names the brother"
        if outside := bare(client.get(f"/moves/new/{msix_id}?family=1", expect=200).text):
            found["the move of a family"] = outside
        address = client.send("/students/", {"q": "Castañeda Graciela"}, expect=303).location
        if outside := bare(client.get(address, expect=200).text):
            found["search"] = outside
        assert not found, found

    def test_what_is_blurred_is_reached_by_keyboard(self, as_, db, private):
        msix_id, _ = ids(db)
        text = as_(ACTOR).get(f"/students/{msix_id}", expect=200).text
        assert re.search(r'<body class="privacy"', text)
        spans = re.findall(r'<span class="private"[^>]*>', text)
        assert spans
        assert all('tabindex="0"' in one for one in spans)

    def test_the_title_of_a_window_names_no_child(self, as_, db):
        msix_id, _ = ids(db)
        client = as_(ACTOR)
        for path in ("", "/history", "/credits", "/family"):
            (title,) = re.findall("<title>(.*?)</title>", client.get(f"/students/{msix_id}{path}", expect=200).text)
            assert f"MSIX {msix_id[:4]} {msix_id[4:8]} {msix_id[8:]}" in title
            assert not WORDS.search(title)


class TestTheSwitch:
    def test_by_button_from_any_page_and_back_to_it(self, as_, person):
        client = as_(ACTOR)
        assert '<body class="privacy"' not in client.get("/me/", expect=200).text
        answer = client.send("/me/privacy", {"next": "/exports/?"}, expect=303)
        assert answer.location.rstrip("?") == "/exports/"
        assert '<body class="privacy"' in client.get("/", expect=200).text
        assert "Show names" in client.get("/", expect=200).text
        client.send("/me/privacy", expect=303)
        assert '<body class="privacy"' not in client.get("/", expect=200).text

    def test_it_leads_to_no_other_site(self, as_):
        assert as_(ACTOR).send("/me/privacy", {"next": "//evil.example"}, expect=303).location == "/"

    def test_in_my_account_with_the_seconds_of_rest(self, as_, person, db):
        client = as_(ACTOR)
        client.send("/me/", {"privacy_mode": "y", "blur_after_seconds": "45"}, expect=303)
        text = client.get("/me/", expect=200).text
        assert 'data-blur-after="45"' in text
        db.rollback()
        assert person(ACTOR).privacy_mode

    @pytest.mark.parametrize("seconds", ["-1", "901", "x"])
    def test_odd_seconds_are_refused(self, as_, seconds):
        as_(ACTOR).send("/me/", {"blur_after_seconds": seconds}, expect=422)
