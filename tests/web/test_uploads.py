"""The upload page: a State Data Administrator sends a file and sees what became of it."""

import io
import re
import time

import pytest

from tests.files import child, csv_text, workbook


def send(client, content, name, expect=303):
    form = {"csrf_token": client.token(), "file": (io.BytesIO(content), name)}
    return client.post("/uploads/", data=form, content_type="multipart/form-data", expect=expect)


def result(client, location):
    for _ in range(100):
        page = client.get(location, expect=200).text
        if "being read" not in page:
            return page
        time.sleep(0.05)
    raise AssertionError("the submission was never read")


@pytest.fixture
def administrator(as_):
    return as_("state_data_administrator")


class TestUpload:
    def test_a_file_is_taken_and_the_page_says_what_became_of_it(self, administrator, tmp_path):
        rows = [child("TX900"), child("TX901", Birth_Date="03/14/212")]
        content = workbook(tmp_path / "a.xlsx", {"Students": rows}).read_bytes()
        page = result(administrator, send(administrator, content, "a.xlsx").location)
        assert "2 rows read, 1 row in quarantine" in page
        assert "has a year of 3 digits" in page
        assert "TX901 Quintanilla, Rosalinda" in page

    def test_htmx_gets_the_result_alone(self, administrator):
        page = administrator.get("/uploads/1/progress", headers={"HX-Request": "true"}, expect=200).text
        assert page.strip().startswith('<section id="result"')

    def test_a_file_that_cannot_be_read_is_refused_with_the_reason(self, administrator):
        page = result(administrator, send(administrator, b"%PDF-1.7", "students.csv").location)
        assert "Nothing was taken" in page
        assert "the file is a PDF" in page

    def test_the_reason_is_said_in_the_language_of_whoever_reads_it(self, administrator):
        location = send(administrator, b"a,b\n1,2\n", "x.csv").location
        assert "Nothing was taken" in result(administrator, location)
        administrator.send("/language", {"language": "es", "next": "/"}, expect=303)
        page = administrator.get(location, expect=200).text
        assert "“x” no es ninguna de las secciones Students, Qualifying Moves" in page

    def test_an_empty_file(self, administrator):
        assert "The file is empty." in send(administrator, b"", "students.csv", expect=422).text

    def test_no_file(self, administrator):
        page = administrator.send("/uploads/", {}, expect=422).text
        assert "Choose a file first." in page

    def test_a_file_that_is_too_large(self, administrator, app):
        app.config["MAX_CONTENT_LENGTH"] = 10_000
        content = csv_text([child(number) for number in range(1_000)]).encode()
        assert "larger than this site accepts" in send(administrator, content, "students.csv", expect=413).text

    def test_a_hostile_name_and_hostile_cells_are_shown_as_text(self, administrator):
        hostile = '<script>alert("1")</script>'
        content = csv_text([child("TX900", First_Name=hostile, Sex=hostile)]).encode()
        page = result(administrator, send(administrator, content, f"../../{hostile}.csv").location)
        assert "<script>alert" not in page

    def test_two_hundred_megabytes_are_refused_before_they_are_read(self, administrator):
        class Endless(io.RawIOBase):
            def __init__(self):
                self.given = 0

            def readable(self):
                return True

            def tell(self):
                return 0

            def seek(self, *_):
                return 0

            def read(self, size=-1):
                self.given += max(size, 0)
                return b"0" * max(size, 0)

        body = Endless()
        answer = administrator.post(
            "/uploads/",
            input_stream=body,
            environ_overrides={"CONTENT_LENGTH": str(200 * 1024 * 1024)},
            content_type="multipart/form-data; boundary=x",
            headers={"X-CSRFToken": administrator.token()},
        )
        assert answer.status_code == 413
        assert body.given < 60 * 1024 * 1024


class TestMending:
    @pytest.fixture
    def faulty(self, administrator, tmp_path):
        """The address of a submission of which one row waits."""
        rows = [child("TX900"), child("TX901", Birth_Date="03/14/212"), child("TX902", Sex="Femal")]
        content = workbook(tmp_path / "a.xlsx", {"Students": rows}).read_bytes()
        location = send(administrator, content, "a.xlsx").location
        result(administrator, location)
        return location

    def fields(self, page):
        return re.findall(r'name="(row-\d+-\w+)"', page)

    def test_values_are_typed_beside_their_reason_and_taken(self, administrator, faulty):
        born, sex = self.fields(administrator.get(faulty, expect=200).text)
        administrator.send(f"{faulty}/mend", {born: "03/14/2012", sex: "Male"}, expect=303)
        page = administrator.get(faulty, expect=200).text
        assert "2 rows taken." in page
        assert self.fields(page) == []

    def test_what_is_still_wrong_stays_with_what_was_typed(self, administrator, faulty):
        born, sex = self.fields(administrator.get(faulty, expect=200).text)
        administrator.send(f"{faulty}/mend", {born: '13/41/2012"><b>', sex: "Male"}, expect=303)
        page = administrator.get(faulty, expect=200).text
        assert "1 row taken. 1 row still to mend." in page
        assert 'value="13/41/2012&#34;&gt;&lt;b&gt;"' in page

    def test_nothing_typed(self, administrator, faulty):
        administrator.send(f"{faulty}/mend", {"row-x-birth_date": "1", "row-1": "2"}, expect=303)
        assert "These rows do not wait any more." in administrator.get(faulty, expect=200).text

    def test_another_state_and_another_role(self, as_, administrator, faulty):
        as_("vt_state_data_administrator").send(f"{faulty}/mend", {"row-1-sex": "Male"}, expect=404)
        as_("district_data_administrator").send(f"{faulty}/mend", {"row-1-sex": "Male"}, expect=403)


class TestWhoMay:
    @pytest.mark.parametrize("actor", ["msix_primary", "district_data_administrator", "state_user_administrator"])
    def test_others_may_not(self, as_, actor):
        as_(actor).get("/uploads/", expect=403)

    def test_another_state_sees_its_own_only(self, as_):
        assert "texas.xlsx" not in as_("vt_state_data_administrator").get("/uploads/", expect=200).text
        as_("vt_state_data_administrator").get("/uploads/1", expect=404)


def test_what_a_stop_interrupted_is_taken_up_at_the_next_start(settings, tmp_path):
    from datetime import UTC, datetime

    from msixlite import site
    from msixlite.domain import uploads
    from msixlite.models.uploads import Submission, SubmissionStatus
    from msixlite.web import create_app

    sessions = site.prepare(settings)
    path = workbook(tmp_path / "a.xlsx", {"Students": [child("TX900")]})
    with sessions() as db, db.begin():
        number = uploads.receive(db, state="TX", file_name="a.xlsx", path=path, now=datetime.now(UTC), by=None).id
    folder = settings.instance / "submissions"
    folder.mkdir(exist_ok=True)
    path.rename(folder / str(number))
    app = create_app(settings)
    app.extensions["upload_pool"].shutdown(wait=True)
    app.extensions["pdf_pool"].close()
    with sessions().reading() as db:
        assert db.get(Submission, number).status is SubmissionStatus.APPLIED
    sessions.kw["bind"].dispose()
