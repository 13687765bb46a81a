"""Training: a module for each role, the pass mark, the year, the reminders, a State's own text; the Rules' versions."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from msixlite.domain import accounts, training
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.training import TrainingAttempt
from msixlite.models.users import Role
from tests.world import right_answers

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)
SIX_OF_THE_SPECIFICATION = {
    "government_administrator",
    "primary",
    "secondary",
    "state_region_administrator",
    "data_administrator",
    "user_administrator",
}
LANGUAGES = sorted(
    folder.name for folder in (Path(training.__file__).parent / "training_modules").iterdir() if folder.is_dir()
)


def texts(module):
    """All that a module says, in its order."""
    lessons = [(one.heading, *(line for block in one.blocks for line in block)) for one in module.lessons]
    questions = [(one.ask, *one.choices, one.why) for one in module.questions]
    return [module.title, *(text for part in (*lessons, *questions) for text in part)]


def structure(module):
    lessons = [[(len(block), block[0].startswith("- ")) for block in one.blocks] for one in module.lessons]
    return module.key, module.roles, lessons, [(len(one.choices), one.right) for one in module.questions]


class TestModules:
    def test_the_six_of_the_specification_and_one_for_the_privacy_act_administrator(self):
        assert set(training.modules()) == SIX_OF_THE_SPECIFICATION | {"privacy_act_administrator"}

    @pytest.mark.parametrize("role", Role)
    def test_every_role_has_exactly_one(self, role):
        assert len([module for module in training.modules().values() if role in module.roles]) == 1

    @pytest.mark.parametrize("module", training.modules().values(), ids=lambda module: module.key)
    def test_each_can_be_learned_and_passed(self, module):
        assert len(module.lessons) >= 6
        assert len(module.questions) >= 6
        assert "phishing" not in module.title
        assert any("password" in " ".join(block) for lesson in module.lessons for block in lesson.blocks)
        for question in module.questions:
            assert 1 <= question.right <= len(question.choices) == len(set(question.choices)) >= 3
            assert question.why

    def test_the_right_answer_is_not_always_in_the_same_place(self):
        for module in training.modules().values():
            assert len({question.right for question in module.questions}) == 3, module.key


class TestTranslations:
    def test_spanish_is_one(self):
        assert LANGUAGES == ["es"]

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("english", training.modules().values(), ids=lambda module: module.key)
    def test_each_module_says_the_same_in_each_language(self, english, language):
        translated = training.modules(language)[english.key]
        assert translated.language == language
        assert structure(translated) == structure(english)
        for said, original in zip(texts(translated), texts(english), strict=True):
            assert said.strip()
            assert said != original
            assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", original)), said

    def test_no_two_choices_are_one(self):
        for module in training.modules("es").values():
            for question in module.questions:
                assert len(set(question.choices)) == len(question.choices), question.ask

    def test_without_a_translation_it_is_english(self):
        assert training.module_of(Role.MSIX_PRIMARY, "fr") == training.module_of(Role.MSIX_PRIMARY)
        assert training.module_of(Role.MSIX_PRIMARY).language == "en"


class TestGrade:
    @pytest.mark.parametrize(
        ("wrong", "percent", "passed"), [(0, 100, True), (1, 100, False), (1, 80, True), (2, 80, False), (4, 50, True)]
    )
    def test_the_pass_mark(self, wrong, percent, passed):
        module = training.module_of(Role.MSIX_PRIMARY)
        answers = {**right_answers(Role.MSIX_PRIMARY), **dict.fromkeys(range(1, wrong + 1), 9)}
        result = training.grade(module, answers, pass_percent=percent)
        assert (result.passed, len(result.wrong)) == (passed, wrong)

    def test_no_answer_and_answers_to_nothing_are_wrong(self):
        module = training.module_of(Role.MSIX_PRIMARY)
        assert training.grade(module, {0: 1, 99: 1, -1: 2}, pass_percent=80).right == 0


class TestYear:
    def test_365_days(self, db, person):
        user = person("msix_primary")
        passed = training.passed_at(db, user)
        assert not training.must_train(db, user, now=passed + timedelta(days=365))
        assert training.must_train(db, user, now=passed + timedelta(days=365, seconds=1))

    def test_a_quiz_not_passed_begins_no_year(self, db, person):
        user = person("msix_primary")
        later = NOW + timedelta(days=400)
        assert not training.take_quiz(db, {1: 1}, pass_percent=80, now=later, by=user).passed
        assert training.must_train(db, user, now=later)
        training.take_quiz(db, right_answers(user.role), pass_percent=80, now=later, by=user)
        assert not training.must_train(db, user, now=later)

    def test_another_role_wants_its_own_module(self, db, person):
        user = person("msix_primary")
        user.role = Role.STATE_DATA_ADMINISTRATOR
        assert training.must_train(db, user, now=NOW)


class TestElsewhere:
    """Training taken elsewhere, entered with its certificate (A3)."""

    def record(self, db, person, taken_on, actor="msix_primary", by="state_user_administrator"):
        return training.record_outside(db, person(actor), taken_on=taken_on, token="t" * 43, now=NOW, by=person(by))

    def test_it_counts_from_its_own_day_in_the_present_role(self, db, person):
        user = person("msix_primary")
        db.execute(delete(TrainingAttempt))
        assert training.must_train(db, user, now=NOW)
        taken_on = NOW.date() - timedelta(days=100)
        self.record(db, person, taken_on)
        assert not training.must_train(db, user, now=NOW)
        assert training.due_on(db, user) == taken_on + timedelta(days=365)
        assert dict(training.due_dates(db, [user]))[user] == taken_on + timedelta(days=365)
        user.role = Role.STATE_DATA_ADMINISTRATOR
        assert training.must_train(db, user, now=NOW)

    def test_an_older_one_takes_nothing_away(self, db, person):
        before = training.due_on(db, person("msix_primary"))
        self.record(db, person, NOW.date() - timedelta(days=200))
        assert training.due_on(db, person("msix_primary")) == before

    def test_that_of_tomorrow_lies_in_the_future_on_a_texas_evening_too(self, db, person):
        evening = datetime(2027, 3, 3, 2, tzinfo=UTC)
        how = {"token": "t" * 43, "now": evening, "by": person("state_user_administrator")}
        with pytest.raises(RuleBroken, match="future"):
            training.record_outside(db, person("msix_primary"), taken_on=date(2027, 3, 3), **how)
        made = training.record_outside(db, person("msix_primary"), taken_on=date(2027, 3, 2), **how)
        assert made.taken_on == date(2027, 3, 2)

    @pytest.mark.parametrize(("days", "sentence"), [(1, "future"), (-366, "older than a year")])
    def test_odd_days_are_refused(self, db, person, days, sentence):
        with pytest.raises(RuleBroken, match=sentence):
            self.record(db, person, NOW.date() + timedelta(days=days))

    def test_only_for_people_within_reach_and_never_for_oneself(self, db, person):
        for actor, by in (
            ("vt_msix_primary", "state_user_administrator"),
            ("state_data_administrator", "regional_user_administrator"),
            ("state_user_administrator", "state_user_administrator"),
            ("msix_primary", "state_data_administrator"),
        ):
            with pytest.raises(NotFound):
                self.record(db, person, NOW.date(), actor, by)

    def test_its_certificate_lies_within_the_same_reach(self, db, person):
        made = self.record(db, person, NOW.date())
        assert training.get_outside(db, made.id, by=person("regional_user_administrator")) is made
        with pytest.raises(NotFound):
            training.get_outside(db, made.id, by=person("vt_state_user_administrator"))
        with pytest.raises(NotFound):
            training.get_outside(db, 99, by=person("state_user_administrator"))


class TestDueSoon:
    def test_the_list_holds_the_own_reach_only(self, db, person):
        soon = NOW + timedelta(days=340)
        seen = {one.user.user_name for one in training.due_soon(db, now=soon, by=person("regional_user_administrator"))}
        assert seen == {"msix_primary", "district_data_administrator", "regional_data_administrator"}
        assert training.due_soon(db, now=NOW, by=person("state_user_administrator")) == []
        assert training.due_soon(db, now=soon, by=person("state_data_administrator")) == []


class TestStateText:
    def test_a_state_writes_its_own(self, db, person):
        training.write_state_text(
            db, text="In Texas:\r\n\r\ncall first.", now=NOW, by=person("state_user_administrator")
        )
        training.write_state_text(db, text="In Texas: call.", now=NOW, by=person("state_user_administrator"))
        assert training.state_text(db, "TX").text == "In Texas: call."
        assert training.state_text(db, "VT") is None

    def test_the_department_has_none(self, db, person):
        with pytest.raises(RuleBroken, match="Only a State"):
            training.write_state_text(db, text="x", now=NOW, by=person("ome_user_administrator"))


class TestRulesOfBehavior:
    def test_a_forced_version_is_read_at_once_another_at_the_years_end(self, db, person):
        user = person("msix_primary")
        assert not accounts.must_accept_rules(db, user, now=NOW)
        accounts.publish_rules(db, text="A comma was mended.", forced=False, now=NOW)
        assert not accounts.must_accept_rules(db, user, now=NOW)
        accounts.publish_rules(db, text="A new duty.", forced=True, now=NOW)
        assert accounts.must_accept_rules(db, user, now=NOW)
        accounts.accept_rules(db, address="127.0.0.1", now=NOW, by=user)
        assert not accounts.must_accept_rules(db, user, now=NOW + timedelta(days=365))
        assert accounts.must_accept_rules(db, user, now=NOW + timedelta(days=366))

    def test_an_empty_version_is_refused(self, db):
        with pytest.raises(RuleBroken, match="binds nobody"):
            accounts.publish_rules(db, text=" \n ", now=NOW)
