"""The record on screen, and its history."""

import pytest
import tinyhtml5
from sqlalchemy import select, update

from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role
from tests.checked_client import elements, words

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def graciela(db):
    """The MSIX ID of the child that Texas and Vermont know."""
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def write(app):
    """`write(statement)`: change what a State reported."""

    def execute(*statements):
        with app.config["SESSIONS"]() as session, session.begin():
            for statement in statements:
                session.execute(statement)

    return execute


def boxes(html):
    """Heading of each numbered box → its text."""
    sections = [part for part in elements(tinyhtml5.parse(html), "section") if "box" in (part.get("class") or "")]
    return {words(elements(part, "h2")[0]): words(part) for part in sections}


class TestRecord:
    def test_answers_the_seven_questions(self, as_, graciela):
        found = boxes(as_("msix_primary").get(f"/students/{graciela}", expect=200).text)
        assert list(found) == [
            "1 Who",
            "2 Enroll and place",
            "3 Call",
            "4 MEP",
            "5 Finish these courses",
            "6 Latest tests",
            "7 Data as of",
        ]
        assert "03/14/2012" in found["1 Who"]
        assert "Ofelia Peña" in found["1 Who"]
        assert "TX100" in found["1 Who"]
        assert "Grade 8" in found["2 Enroll and place"]
        assert "(555) 555-0111" in found["3 Call"]
        assert "Vermont Migrant Education Program" in found["3 Call"]
        assert "06/02/2029" in found["4 MEP"]
        assert "06/03/2026 + 3 years − 1 day" in found["4 MEP"]
        assert "Algebra 1" in found["5 Finish these courses"]
        assert "67" in found["5 Finish these courses"]
        assert "English 8" not in found["5 Finish these courses"]

    def test_two_states_that_differ_are_both_shown(self, as_, graciela):
        who = boxes(as_("msix_primary").get(f"/students/{graciela}").text)["1 Who"]
        assert "≠" in who
        for value, state in (("Reynosa", "TX"), ("McAllen", "VT")):
            assert value in who
            assert f"{state} " in who[who.index(value) :]

    def test_accents_and_hyphens_are_no_difference(self, as_, graciela):
        text = as_("msix_primary").get(f"/students/{graciela}").text
        assert "States differ on birthplace<" in text
        assert "Castañeda Peña" in text
        assert "Castaneda-Pena" in text

    def test_a_blank_names_who_did_not_report_it(self, as_, graciela):
        found = boxes(as_("msix_primary").get(f"/students/{graciela}").text)
        assert "not reported by VT" in found["2 Enroll and place"]
        assert "not reported by" in found["6 Latest tests"]

    def test_flags_only_where_yes(self, as_, graciela):
        text = as_("msix_primary").get(f"/students/{graciela}").text
        head = text[text.index('class="record-flags"') : text.index('class="boxes"')]
        assert "Medical alert: Chronic. Call the sending school" in head
        assert "English learner" in head
        assert "IDEA" not in head

    def test_keys_for_print_and_history(self, as_, graciela):
        text = as_("msix_primary").get(f"/students/{graciela}").text
        assert f'data-key="p" href="/students/{graciela}.pdf"' in text
        assert f'data-key="h" href="/students/{graciela}/history"' in text

    def test_a_merged_away_msix_id_leads_to_the_survivor(self, as_, graciela, db, write):
        namesake = db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "VT201"))
        survivor = select(Student.id).where(Student.msix_id == graciela).scalar_subquery()
        old = select(Student.id).where(Student.msix_id == namesake).scalar_subquery()
        write(
            update(StateRecord).where(StateRecord.student_id == old).values(student_id=survivor),
            update(Student).where(Student.msix_id == namesake).values(merged_into_id=survivor),
        )
        client = as_("msix_primary")
        assert client.get(f"/students/{namesake}", expect=303).location == f"/students/{graciela}"
        assert client.get(f"/students/{namesake}/history", expect=200)
        grouped = " ".join((namesake[:4], namesake[4:8], namesake[8:]))
        assert f"formerly {grouped}" in client.get(f"/students/{graciela}").text

    def test_markup_in_names_stays_text(self, as_, graciela, write):
        record = StateRecord.state_student_id == "TX100"
        write(update(StateRecord).where(record).values(last_name_1=HOSTILE, birth_city=HOSTILE, middle_name=HOSTILE))
        for page in ("", "/history"):
            text = as_("msix_primary").get(f"/students/{graciela}{page}", expect=200).text
            assert "&lt;script&gt;alert(1)" in text
            assert "<script>alert" not in text
            assert "<img src=x" not in text

    @pytest.mark.parametrize("page", ["", "/history", ".pdf"])
    def test_unknown_ids_do_not_exist(self, as_, page):
        for msix_id in ("999999999999", "12345", "TX100"):
            as_("msix_primary").get(f"/students/{msix_id}{page}", expect=404)

    @pytest.mark.parametrize("page", ["", "/history"])
    @pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
    def test_only_roles_that_read_records(self, as_, role, page, graciela):
        reads = Permission.DISPLAY_STUDENT_RECORD in GRANTS[role]
        as_(role.value).get(f"/students/{graciela}{page}", expect=200 if reads else 403)


class TestHistory:
    def test_tells_each_state_record_and_why_it_was_linked(self, as_, graciela):
        text = words(tinyhtml5.parse(as_("msix_secondary").get(f"/students/{graciela}/history", expect=200).text))
        assert "Texas TX100: Castañeda Peña, Graciela Yamileth" in text
        assert "Vermont VT200" in text
        assert "New child: an MSIX ID was given" in text
        assert "Linked to a child already here" in text
        assert "vermont.zip" in text
