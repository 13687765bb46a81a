"""Summary figures by State: what is counted, and what is too small to be told."""

import pytest

from msixlite.domain import summary
from msixlite.domain.errors import NotAllowed
from msixlite.domain.summary import ALL, COLUMNS
from tests.cases import person
from tests.files import child

GOVERNMENT = "government_administrator"


def told(office, least=1):
    """State → column → what is told."""
    with office.read() as db:
        found = summary.by_state(db, least=least, now=office.now, by=person(db, GOVERNMENT))
    return {row["State"]: row for row in found.table()}


class TestCounts:
    def test_a_child_of_two_states_counts_in_each_and_once_in_all(self, office):
        rows = told(office)
        assert list(rows) == ["Texas", "Vermont", ALL]
        assert [rows[place]["Children"] for place in rows] == ["4", "2", "5"]
        assert [rows[place]["Known to two States or more"] for place in rows] == ["1", "1", "1"]

    def test_a_withdrawn_child_is_not_enrolled(self, office):
        rows = told(office)
        assert (rows["Texas"]["Enrolled now"], rows["Vermont"]["Enrolled now"]) == ("0", "2")

    def test_a_merged_child_is_one(self, office):
        office.validate(office.merge("TX103", "VT201"))
        assert [told(office)[place]["Children"] for place in ("Texas", "Vermont", ALL)] == ["4", "2", "4"]

    def test_a_near_match_that_waits(self, office):
        before = int(told(office)[ALL]["Near matches open"])
        office.near_match()
        rows = told(office)
        assert rows["Vermont"]["Near matches open"] == "1"
        assert rows[ALL]["Near matches open"] == str(before + 1)

    @pytest.mark.parametrize("actor", ["state_data_administrator", "msix_primary", "ome_user_administrator"])
    def test_are_for_nobody_else(self, office, actor):
        with office.read() as db, pytest.raises(NotAllowed):
            summary.by_state(db, least=1, now=office.now, by=person(db, actor))


class TestSmallCells:
    def test_are_not_told(self, office):
        office.take({"Students": [child(f"TX{number}", First_Name=f"Xiomara{number}") for number in range(500, 512)]})
        rows = told(office, least=10)
        assert rows["Texas"]["Children"] == "not told"  # it would give Vermont's away
        assert rows["Vermont"]["Children"] == "not told"
        assert rows[ALL]["Children"] == "17"
        assert rows["Texas"]["Enrolled now"] == "0"

    @pytest.mark.parametrize(
        ("column", "hidden"),
        [
            ({"TX": 40, "VT": 12, ALL: 52}, set()),
            ({"TX": 40, "VT": 0, ALL: 40}, set()),
            ({"TX": 40, "VT": 3, "OH": 20, ALL: 63}, {"VT", "OH"}),
            ({"TX": 40, "VT": 3, "OH": 2, ALL: 45}, {"VT", "OH"}),
            ({"TX": 0, "VT": 3, ALL: 3}, {"VT", ALL}),
            ({"TX": 9, "VT": 3, ALL: 12}, {"TX", "VT", ALL}),
        ],
    )
    def test_nor_what_gives_them_away(self, column, hidden):
        found = summary.hide_small(column, 10)
        assert {place for place, count in found.items() if count is None} == hidden

    def test_the_columns_are_all_of_them(self, office):
        assert tuple(told(office)[ALL]) == ("State", *COLUMNS)
