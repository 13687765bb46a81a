"""The training gate, the pages, the quiz, the State's text, the Rules' versions."""

import io
import shutil
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from msixlite.domain import training
from msixlite.models.training import TrainingAttempt
from msixlite.models.users import Role, User
from tests.domain.test_accounts import PDF
from tests.world import right_answers


@pytest.fixture
def untrained(app):
    with app.config["SESSIONS"]() as db, db.begin():
        db.execute(delete(TrainingAttempt))


@pytest.fixture
def primary_not_translated(tmp_path, monkeypatch):
    """The site's own modules, but for one translation."""
    folder = tmp_path / "training_modules"
    shutil.copytree(training._FOLDER, folder)
    (folder / "es" / "primary.toml").unlink()
    monkeypatch.setattr(training, "_FOLDER", folder)
    training.modules.cache_clear()
    yield
    training.modules.cache_clear()


def in_spanish(client):
    client.send("/language", {"language": "es", "next": "/training/"}, expect=303)
    return client


def answers(role, **other):
    sent = {f"question-{number}": str(choice) for number, choice in right_answers(role).items()}
    return {**sent, **other}


class TestGate:
    @pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
    def test_nothing_but_training_is_open_until_it_is_passed(self, as_, untrained, role):
        client = as_(role.value)
        for path in ("/", "/students/", "/worklist/", "/users/", "/regions/", "/me/", "/help-desk/"):
            assert client.get(path, expect=303).location == "/training/"
        client.get("/training/", expect=200)
        client.get("/help", expect=200)
        assert client.send("/training/quiz", answers(role), expect=303).location == "/"
        client.get("/", expect=200)

    def test_an_htmx_request_is_led_there_too(self, as_, untrained):
        answer = as_("state_user_administrator").get("/users/", headers={"HX-Request": "true"}, expect=401)
        assert answer.headers["HX-Redirect"] == "/training/"

    def test_a_post_does_nothing(self, as_, untrained, app):
        client = as_("state_region_administrator")
        assert client.send("/regions/", {"name": "New"}, expect=303).location == "/training/"
        assert "New" not in client.get("/training/").text

    def test_after_a_year(self, as_, app, clock):
        clock.forward(days=366)
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "msix_primary")).password_changed_at = clock.now
        client = as_("msix_primary")
        client.send("/rules", {"accept": "y"}, expect=303)
        assert client.get("/", expect=303).location == "/training/"
        client.send("/training/quiz", answers(Role.MSIX_PRIMARY), expect=303)
        client.get("/", expect=200)

    def test_the_notice_30_days_before(self, as_, clock, app):
        clock.forward(days=340)
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "msix_primary")).password_changed_at = clock.now
        assert "Your yearly training is due on" in as_("msix_primary").get("/", expect=200).text

    def test_no_notice_before_that(self, as_):
        assert "yearly training" not in as_("msix_primary").get("/", expect=200).text


class TestQuiz:
    def test_wrong_answers_are_marked_explained_and_kept(self, as_, untrained):
        client = as_("msix_primary")
        sent = answers(Role.MSIX_PRIMARY, **{"question-1": "1", "question-2": "1"})
        page = client.send("/training/quiz", sent, expect=200).text
        assert "6 of 8 right; 7 are needed" in page
        assert page.count("Not right yet.") == 2
        assert page.count(" checked") == 8
        assert client.get("/", expect=303).location == "/training/"

    @pytest.mark.parametrize("junk", ["", "x", "²", "-1", "999999999999", "1 OR 1"])
    def test_junk_is_a_wrong_answer(self, as_, untrained, junk):
        sent = dict.fromkeys(answers(Role.MSIX_PRIMARY), junk)
        assert "0 of 8 right" in as_("msix_primary").send("/training/quiz", sent, expect=200).text

    def test_the_answers_do_not_stand_in_the_page(self, as_):
        assert "Call back at a number that you know from before" not in as_("msix_primary").get("/training/quiz").text


class TestInSpanish:
    def test_the_lessons(self, as_):
        page = in_spanish(as_("msix_primary")).get("/training/", expect=200).text
        assert "Encontrar al niño correcto</h2>" in page
        assert "Find the right child" not in page
        assert "<section>" in page

    def test_the_quiz_takes_the_same_answers_and_explains_in_spanish(self, as_, untrained, app):
        client = in_spanish(as_("msix_primary"))
        page = client.send("/training/quiz", answers(Role.MSIX_PRIMARY, **{"question-1": "1", "question-2": "1"})).text
        assert page.count('class="usa-error-message"') == 2
        assert "Dos niños en un solo expediente es el peor error." in page
        assert "worst error" not in page
        assert client.send("/training/quiz", answers(Role.MSIX_PRIMARY), expect=303).location == "/"
        with app.config["SESSIONS"]() as db:
            kept = db.scalars(select(TrainingAttempt).order_by(TrainingAttempt.id)).all()
            assert [(one.module, one.right, one.asked, one.passed) for one in kept] == [
                ("primary", 6, 8, False),
                ("primary", 8, 8, True),
            ]

    def test_a_module_without_a_translation_says_that_it_is_english(self, as_, primary_not_translated):
        client = in_spanish(as_("msix_primary"))
        lessons = client.get("/training/", expect=200).text
        assert '<span lang="en">MSIX Primary</span></h1>' in lessons
        assert '<section lang="en">\n<h2>2. Find the right child</h2>' in lessons
        assert "<section>" not in lessons
        wrong = client.send("/training/quiz", answers(Role.MSIX_PRIMARY, **{"question-1": "1", "question-2": "1"})).text
        assert wrong.count('<legend class="usa-legend" lang="en">') == 8
        assert '<span lang="en">At once</span></label>' in wrong
        assert '<span lang="en">Two children in one record is the worst error.' in wrong

    def test_an_english_page_marks_nothing(self, as_):
        client = as_("msix_primary")
        for path in ("/training/", "/training/quiz", "/rules"):
            page = client.get(path, expect=200).text
            assert page.count('lang="en"') == 1, "the page's own"

    def test_the_states_block_stays_as_it_was_written(self, as_):
        as_("state_user_administrator").send("/training/state-text", {"text": "Call Austin first."}, expect=303)
        assert "<p>Call Austin first.</p></section>" in in_spanish(as_("msix_primary")).get("/training/").text

    def test_the_rules_are_legal_text_in_english(self, as_):
        page = in_spanish(as_("msix_primary")).get("/rules", expect=200).text
        assert '<p lang="en">These rules bind everybody' in page


class TestStateText:
    def test_markup_stays_text_and_another_state_does_not_see_it(self, as_):
        client = as_("state_user_administrator")
        client.send("/training/state-text", {"text": "<script>alert(1)</script> Call Austin."}, expect=303)
        page = as_("msix_secondary").get("/training/").text
        assert "&lt;script&gt;" in page
        assert "Texas adds" in page
        assert "Austin" not in as_("vt_msix_secondary").get("/training/").text

    def test_the_region_does_not_write_it(self, as_):
        as_("regional_user_administrator").get("/training/state-text", expect=403)


class TestDue:
    def test_who_must_train(self, as_, untrained, app, clock):
        with app.config["SESSIONS"]() as db, db.begin():
            user = db.scalar(select(User.id).where(User.user_name == "state_user_administrator"))
            attempt = {"module": "user_administrator", "right": 8, "asked": 8, "passed": True}
            db.add(TrainingAttempt(user_id=user, taken_at=clock.now, **attempt))
        page = as_("state_user_administrator").get("/training/due", expect=200).text
        assert page.count("<td>never taken") == 8


class TestRules:
    def test_publishing_with_force_leads_everybody_there(self, as_):
        reader = as_("msix_primary")
        reader.get("/", expect=200)
        client = as_("ome_user_administrator")
        client.send("/rules/versions", {"text": "New duty.", "forced": "y"}, expect=303)
        assert reader.get("/", expect=303).location == "/rules"
        assert "New duty." in reader.get("/rules").text

    def test_without_force_nobody_is_stopped(self, as_):
        reader = as_("msix_primary")
        as_("ome_user_administrator").send("/rules/versions", {"text": "A comma."}, expect=303)
        reader.get("/", expect=200)

    def test_a_state_does_not_publish_for_all(self, as_):
        as_("state_user_administrator").send("/rules/versions", {"text": "Ours.", "forced": "y"}, expect=403)


class TestElsewhere:
    def send(self, client, user_id, content=PDF, taken_on=None, expect=303, name="certificate.pdf"):
        form = {"taken_on": taken_on or str(date.today()), "certificate": (io.BytesIO(content), name)}
        return client.send(f"/training/elsewhere/{user_id}", form, expect=expect)

    def test_opens_the_site_for_who_never_trained_here(self, as_, untrained, person, app, db):
        user = person("msix_primary")
        assert as_("msix_primary").get("/", expect=303).location == "/training/"
        with app.config["SESSIONS"]() as writing, writing.begin():
            admin = writing.scalar(select(User).where(User.user_name == "state_user_administrator"))
            training.take_quiz(writing, right_answers(admin.role), pass_percent=80, now=app.config["CLOCK"](), by=admin)
        client = as_("state_user_administrator")
        self.send(client, user.id)
        text = client.get(f"/users/{user.id}", expect=200).text
        assert "Taken elsewhere on" in text
        assert "training taken elsewhere recorded" in text
        as_("msix_primary").get("/", expect=200)

    def test_the_certificate_is_kept_privately_and_only_saved(self, as_, person, settings):
        user = person("msix_primary")
        client = as_("state_user_administrator")
        self.send(client, user.id)
        (kept,) = settings.training_certificates.iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        assert len(kept.name) == 43
        answer = client.get("/training/certificates/1.pdf", expect=200)
        assert answer.data == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        as_("vt_state_user_administrator").get("/training/certificates/1.pdf", expect=404)
        as_("msix_primary").get("/training/certificates/1.pdf", expect=403)

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"GIF89a not a paper", "is not a PDF"),
            (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"), "scripts"),
            (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript>>"), "scripts"),
            (b"%PDF-1.7" + b"x" * 5_300_000 + b"%%EOF", "larger than 5 MB"),
        ],
    )
    def test_other_files_are_refused_and_not_kept(self, as_, person, settings, content, sentence):
        answer = self.send(as_("state_user_administrator"), person("msix_primary").id, content, expect=422)
        assert sentence in answer.text
        assert not settings.training_certificates.exists()

    def test_a_day_to_come_keeps_no_file(self, as_, person, settings):
        tomorrow = str(date.today() + timedelta(days=2))
        text = self.send(as_("state_user_administrator"), person("msix_primary").id, taken_on=tomorrow, expect=422).text
        assert "lies in the future" in text
        assert list(settings.training_certificates.iterdir()) == []

    def test_people_out_of_reach_do_not_exist(self, as_, person):
        for by, actor in (
            ("state_user_administrator", "vt_msix_primary"),
            ("regional_user_administrator", "state_data_administrator"),
            ("state_user_administrator", "state_user_administrator"),
        ):
            self.send(as_(by), person(actor).id, expect=404)
        as_("help_desk").get(f"/training/elsewhere/{person('msix_primary').id}", expect=403)

    def test_an_empty_form(self, as_, person):
        text = as_("state_user_administrator").send(f"/training/elsewhere/{person('msix_primary').id}", expect=422).text
        assert "Choose the certificate" in text
