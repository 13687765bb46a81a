"""The credit helper on screen, and the plans that a State enters."""

import pytest
from sqlalchemy import select

from msixlite.models.students import StateRecord, Student

PLAN = {
    "name": "Foundation",
    "first_year": "2026-2027",
    "subjects-0-subject": "Mathematics",
    "subjects-0-credits": "4",
    "subjects-0-course_credits": "1",
    "subjects-0-course_hours": "134",
    "subjects-1-subject": "English",
    "subjects-1-credits": "4",
}


@pytest.fixture
def graciela(db):
    return db.scalar(select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == "TX100"))


@pytest.fixture
def plan(as_):
    """The address of a plan of Texas."""
    return as_("state_data_administrator").send("/settings/plans/new", PLAN, expect=303).location


class TestCredits:
    def test_without_a_plan(self, as_, graciela):
        text = as_("msix_primary").get(f"/students/{graciela}/credits", expect=200).text
        assert "No graduation plan has been entered" in text
        assert "Estimate, not a decision; the school decides." in text
        assert "Algebra 1" in text

    def test_against_a_plan_with_the_formula_written_out(self, as_, graciela, plan):
        text = as_("msix_primary").get(f"/students/{graciela}/credits", expect=200).text
        assert "67 ÷ 134 × 1 = 0.5" in text
        assert "clock hours ÷ normal hours of a whole course" in text
        assert "Foundation" in text

    def test_another_states_reader_may_choose_it_too(self, as_, graciela, plan):
        assert "Foundation" in as_("vt_msix_primary").get(f"/students/{graciela}/credits", expect=200).text
        as_("vt_msix_primary").get(f"/students/{graciela}/credits?plan=nonsense", expect=200)

    def test_linked_from_the_record(self, as_, graciela):
        assert f'href="/students/{graciela}/credits"' in as_("msix_primary").get(f"/students/{graciela}").text

    def test_roles_and_bad_ids(self, as_, graciela):
        as_("state_user_administrator").get(f"/students/{graciela}/credits", expect=403)
        as_("msix_primary").get("/students/999999999999/credits", expect=404)
        as_("msix_primary", purpose=None).get(f"/students/{graciela}/credits")


class TestPlans:
    def test_entered_changed_removed(self, as_, plan):
        client = as_("state_data_administrator")
        assert "Foundation" in client.get("/settings/plans/", expect=200).text
        text = client.get(plan, expect=200).text
        assert 'value="Mathematics"' in text
        client.send(plan, {**PLAN, "name": "Advanced"}, expect=303)
        assert "Advanced" in client.get("/settings/plans/", expect=200).text
        client.send(f"{plan}/remove", expect=303)
        assert "None yet" in client.get("/settings/plans/", expect=200).text

    def test_an_error_loses_nothing(self, as_):
        form = {**PLAN, "subjects-1-credits": ""}
        text = as_("state_data_administrator").send("/settings/plans/new", form, expect=422).text
        assert "Say how many credits" in text
        assert 'value="134"' in text
        text = as_("state_data_administrator").send("/settings/plans/new", {**PLAN, "first_year": "x"}, expect=422).text
        assert "2026-2027" in text
        as_("state_data_administrator").send("/settings/plans/new", {**PLAN, "subjects-0-credits": "four"}, expect=422)

    def test_another_states_plan_does_not_exist(self, as_, plan):
        as_("vt_state_data_administrator").get(plan, expect=404)
        as_("vt_state_data_administrator").send(f"{plan}/remove", expect=404)

    def test_only_the_state_data_administrator(self, as_, plan):
        for path in ("/settings/plans/", "/settings/plans/new", plan):
            as_("msix_primary").get(path, expect=403)
