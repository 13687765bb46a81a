"""Pages on an evening in Texas, when it is the next day of UTC already."""

import io
import re
from datetime import UTC, datetime, time, timedelta, timezone

import pypdf
import pytest

from msixlite.domain import delegations
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistItem
from tests.cases import person, record_of

TX, DISTRICT, DEPUTY = "state_data_administrator", "district_data_administrator", "deputy"
EIGHT_PM = time(20, tzinfo=timezone(timedelta(hours=-6)))


@pytest.fixture
def near(office, clock):
    """An item that is due today, at eight in the evening; a deputy acts for the district's administrator, today."""
    office.hire(DEPUTY, Role.DISTRICT_DATA_ADMINISTRATOR, district="4800002")
    item = office.near_match()
    with office.deed() as db:
        today = db.get(WorklistItem, item).due_on
        lent = {"to_id": person(db, DEPUTY).id, "starts_on": today, "ends_on": today}
        delegations.delegate(db, **lent, now=office.now, by=person(db, DISTRICT))
    clock.now = datetime.combine(today, EIGHT_PM).astimezone(UTC)
    return item


def test_the_list_says_today(as_, near):
    text = as_(TX).get("/worklist/", expect=200).text
    assert "◐ today" in text
    assert "overdue by" not in text
    assert "Overdue." not in as_(TX).get(f"/worklist/{near}", expect=200).text


def test_the_deputy_works_on_to_the_end_of_the_day(as_, office, near):
    client = as_(DEPUTY)
    text = client.get(f"/worklist/{near}", expect=200).text
    assert re.search(r'href="/worklist/"[^>]*>Worklist <span class="count">', text)
    client.send(f"/worklist/{near}/claim", expect=303)
    assert f"/worklist/{near}" in client.get("/worklist/?view=mine", expect=200).text


def test_a_letter_bears_the_day_of_the_state(as_, office, clock, near):
    with office.read() as db:
        number = record_of(db, "TX100").student.msix_id
    letter = {"pages": ["letter"], "recipient": "Registrar", "to_school": "Maple"}
    answer = as_("msix_primary").send(f"/students/{number}/packet", letter, expect=200)
    text = " ".join(" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    today = clock.now.astimezone(EIGHT_PM.tzinfo)
    assert f"{today:%B} {today.day}, {today.year}" in text
