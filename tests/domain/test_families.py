"""Who seems to belong to one family, and why."""

from msixlite.domain import families
from tests.cases import record_of
from tests.files import child

PARENTS = {"Female_Parent_First_Name": "Ofelia", "Female_Parent_Last_Name": "Pena"}
OTHERS = {"Female_Parent_First_Name": "Beatriz", "Female_Parent_Last_Name": "Luna"}
BROTHER = {"First_Name": "Ismael", "Last_Name_1": "Castaneda", "Sex": "Male", "Birth_Date": "20140909"}


def move(number, day="20260603", city="Robles"):
    row = child(number)
    identity = {key: row[key] for key in ("State Student Identifier", "State Student Identifier Type")}
    return {**identity, "Qualifying Arrival Date (QAD)": day, "Qualifying Move To City": city}


def family_of(office, number):
    with office.read() as db:
        found = families.relatives(db, record_of(db, number).student)
        return {one.newest.state_student_id: one.why for one in found}


def test_a_parent_of_the_same_name_without_accents_in_another_state(office):
    office.take({"Students": [child("VT500", **BROTHER, **PARENTS)]}, state="VT")
    (why,) = family_of(office, "TX100")["VT500"]
    assert why in ("same parent: Ofelia Pena", "same parent: Ofelia Peña")


def test_the_same_move_where_no_parent_is_known(office):
    office.take({"Students": [child("TX500", **BROTHER)], "Qualifying Moves": [move("TX500", city="ROBLES")]})
    assert family_of(office, "TX100")["TX500"] == ("same move: arrived 06/03/2026 in Robles",)


def test_not_the_same_move_with_other_parents(office):
    office.take({"Students": [child("TX500", **BROTHER, **OTHERS)], "Qualifying Moves": [move("TX500")]})
    assert "TX500" not in family_of(office, "TX100")


def test_not_a_namesake_who_arrived_elsewhere_or_on_another_day(office):
    office.take(
        {
            "Students": [child("TX500", **BROTHER), child("TX501", **{**BROTHER, "First_Name": "Abel"})],
            "Qualifying Moves": [move("TX500", day="20260604"), move("TX501", city="Loma Alta")],
        }
    )
    assert {"TX500", "TX501"} & set(family_of(office, "TX100")) == set()


def test_not_another_surname(office):
    other = {**BROTHER, "Last_Name_1": "Villegas"}
    office.take({"Students": [child("TX500", **other)], "Qualifying Moves": [move("TX500")]})
    assert "TX500" not in family_of(office, "TX100")


def test_nobody_without_anything_in_common(office):
    assert family_of(office, "TX103") == {}
