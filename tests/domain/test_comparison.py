"""Children side by side: a side whose States contradict each other shows all they say."""

import pytest

from msixlite.domain import comparison
from msixlite.domain.reported import Agreement
from tests import world
from tests.cases import record_of
from tests.files import child


def line(office, name, *sides):
    with office.read() as db:
        records = [[record_of(db, number) for number in side] for side in sides]
        [found] = [one for one in comparison.fields(records) if one.name == name]
        return ["".join(piece.text for piece in cell) for cell in found.cells], found.sign


@pytest.fixture
def divided(office):
    """Texas and Vermont say different birthplaces of one child; the newcomer of Texas has that of Texas."""
    office.take({"Students": [child("TX900", **{**world.GRACIELA, "First_Name": "Yamileth"})]})
    return office


def test_tells_all_that_a_side_says_with_its_states(divided):
    cells, sign = line(divided, "Birthplace", ("TX100", "VT200"), ("TX900",))
    assert sorted(cells[0].split("; ")) == ["McAllen, MEX (VT)", "Reynosa, MEX (TX)"]
    assert cells[1] == "Reynosa, MEX"
    assert sign is Agreement.SAME, "one of the two is the same"


def test_tells_one_value_without_its_state(divided):
    cells, sign = line(divided, "Birthplace", ("TX100",), ("VT200",))
    assert cells == ["Reynosa, MEX", "McAllen, MEX"]
    assert sign is Agreement.DIFFERS


def test_a_side_that_says_nothing(divided):
    cells, sign = line(divided, "Birthplace", ("TX100", "VT200"), ("TX103",))
    assert cells[1] == "not reported"
    assert sign is Agreement.ALONE
