"""A State's own text of the family page: its fields, and what it may not leave out."""

from datetime import UTC, datetime

import pytest

from msixlite.domain import family_page
from msixlite.domain.errors import NotAllowed, RuleBroken
from msixlite.domain.family_page import Block, Wording
from tests.cases import person

GOOD = "# For {child}\n\nGrade {grade}\n\n{courses}\n\n{nurse}\n\nCall {office}"


def test_the_text_in_pieces():
    values = {"child": "Lucía", "grade": "8", "office": "(555) 555-0148", "nurse": ""}
    assert family_page.blocks(GOOD.replace("\n", "\r\n"), values) == [
        Block("heading", "For Lucía"),
        Block("text", "Grade 8"),
        Block("courses"),
        Block("text", "Call (555) 555-0148"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD.replace("{grade}", "{ssn}"), "{ssn}"),
        (GOOD.replace("{nurse}", ""), "{nurse}"),
        (GOOD.replace("{office}", ""), "{office}"),
        (GOOD + "x" * family_page.LONGEST, "fit on the page"),
    ],
)
def test_what_no_text_may_be(text, sentence):
    for new in (Wording(text, GOOD), Wording(GOOD, text)):
        with pytest.raises(RuleBroken, match=sentence):
            family_page.check(new)


def test_kept_for_the_own_state_and_reset(office):
    with office.deed() as db:
        by = person(db, "state_data_administrator")
        family_page.change(db, Wording(GOOD, GOOD), now=datetime.now(UTC), by=by)
        assert family_page.wording(db, "TX") == Wording(GOOD, GOOD)
        assert family_page.wording(db, "VT") is None
        family_page.reset(db, by=by)
        assert family_page.wording(db, "TX") is None
        with pytest.raises(NotAllowed):
            family_page.change(db, Wording(GOOD, GOOD), now=datetime.now(UTC), by=person(db, "msix_primary"))
