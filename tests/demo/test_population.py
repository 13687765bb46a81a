"""The made-up children: the same for a seed, true to their shares, whole, and never from the future."""

import csv
import io
import zipfile
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from msixlite.demo import names, places, population, state_files
from msixlite.domain import mde
from msixlite.domain import places as real_places
from msixlite.domain.clocks import age_on, eligibility_end
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.places import District, Region, School

TODAY = date(2026, 11, 25)
SHOWN = range(1, 8)
CASES = [(600, 1, TODAY), (30, 2, TODAY), (300, 3, date(2028, 2, 29)), (300, 4, date(2026, 6, 5))]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} children, {case[2]}")
def case(request):
    children, seed, today = request.param
    return population.make(children=children, seed=seed, today=today), today


@pytest.fixture(scope="module")
def made():
    return population.make(children=600, seed=1, today=TODAY)


def every_row(people):
    """Section, row and report of all that the States send."""
    for report in people.reports:
        for section, rows in report.rows.items():
            for row in rows:
                yield section, row, report


def day(text):
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def of_state(people, number, state):
    return next(one for one in people.reports if one.child.number == number and one.state == state)


class TestSeed:
    def test_the_same_seed_makes_the_same(self, made):
        again = population.make(children=600, seed=1, today=TODAY)
        assert again == made

    def test_another_seed_makes_others(self, made):
        other = population.make(children=600, seed=2, today=TODAY)
        assert [one.student for one in other.reports] != [one.student for one in made.reports]

    @pytest.mark.parametrize("seed", range(20))
    def test_any_seed_works(self, seed):
        assert len(population.make(children=80, seed=seed, today=TODAY).children) == 80


class TestShares:
    def test_the_number_of_children_is_as_asked(self, case):
        people, _ = case
        assert len(people.children) in {30, 300, 600}
        assert [child.number for child in people.children] == list(range(1, len(people.children) + 1))

    def test_each_child_is_in_one_to_three_states(self, case):
        people, _ = case
        states = Counter(report.child.number for report in people.reports)
        assert set(states) == {child.number for child in people.children}
        assert set(states.values()) == {1, 2, 3}

    def test_twins_hispanic_double_surnames_and_namesakes(self, made):
        total = len(made.children)
        assert 0.02 <= sum(child.twin for child in made.children) / total <= 0.035
        hispanic = [child for child in made.children if child.family.culture == "hispanic"]
        assert 0.8 <= len(hispanic) / total <= 0.9
        assert all(len(child.surnames) == 2 for child in hispanic)
        assert 0.015 <= sum(child.namesake_of is not None for child in made.children) / total <= 0.03

    def test_every_state_writes_double_surnames_its_own_way(self, made):
        ways = defaultdict(Counter)
        for report in made.reports:
            if report.child.family.culture == "hispanic":
                row = report.student
                ways[report.state][
                    "two" if row["last_name_2"] else "hyphen" if "-" in row["last_name_1"] else "one"
                ] += 1
        assert {state: seen.most_common(1)[0][0] for state, seen in ways.items()} == {
            "TX": "two", "NC": "hyphen", "OH": "one", "VT": "hyphen",
        }  # fmt: skip

    def test_the_first_district_of_a_state_has_the_most_children(self, made):
        for state in made.places.values():
            enrolled = Counter(row["district_code"] for row in made.rows(state.code, "enrollment"))
            assert enrolled.most_common(1)[0][0] == state.districts[0].code

    def test_some_eligibility_has_ended_and_most_has_not(self, made):
        last = defaultdict(str)
        for _, row, report in every_row(made):
            last[report.child.number] = max(last[report.child.number], row.get("eligibility_end", ""))
        ended = sum(end < f"{TODAY:%Y%m%d}" for end in last.values())
        assert 0 < ended < 0.2 * len(made.children)


class TestChildren:
    def test_twins_share_the_birth_date_and_differ_in_given_names(self, case):
        people, _ = case
        pairs = defaultdict(list)
        for child in people.children:
            if child.twin:
                pairs[id(child.family)].append(child)
        whole = [pair for pair in pairs.values() if len(pair) == 2]
        assert len(whole) >= len(pairs) - 1  # the last family may be cut
        for one, other in whole:
            assert one.birth_date == other.birth_date
            assert one.given != other.given

    def test_namesakes_are_told_apart_by_birth_date_or_parents(self, case):
        people, _ = case
        by_number = {child.number: child for child in people.children}
        for child in people.children:
            if child.namesake_of is not None:
                other = by_number[child.namesake_of]
                assert child.given == other.given
                assert child.surnames[0] == other.surnames[0]
                assert child.birth_date != other.birth_date or child.surnames != other.surnames
                assert (child.family.father, child.family.mother) != (other.family.father, other.family.mother)

    def test_nobody_is_older_than_21(self, case):
        people, today = case
        assert all(0 <= age_on(child.birth_date, today) < 22 for child in people.children)

    def test_every_culture_is_there(self, made):
        assert {child.family.culture for child in made.children} == set(names.CULTURES)

    def test_stays_follow_one_another(self, case):
        people, today = case
        for child in people.children:
            stays = child.family.stays
            assert all(stay.departure for stay in stays[:-1])
            assert all(stay.arrival <= (stay.departure or today) <= today for stay in stays)
            assert all(one.departure < other.arrival for one, other in pairwise(stays))


class TestRows:
    def test_every_value_fits_the_registry(self, case):
        people, _ = case
        for section, row, _ in every_row(people):
            elements = mde.of_section(section)
            for key, value in row.items():
                element = elements[key]
                assert value == value.strip()
                assert not (value and element.retired)
                assert len(value) <= (element.length or len(value)), (key, value)
                assert not value or element.type not in ("code", "flag") or value in element.codes, (key, value)
                assert not value or element.type != "digits" or value.isdigit(), (key, value)

    def test_every_required_element_is_there(self, case):
        people, _ = case
        for section, row, _ in every_row(people):
            for key, element in mde.of_section(section).items():
                assert row.get(key) or not element.required, (section, key, row)

    def test_no_date_is_in_the_future(self, case):
        people, today = case
        for section, row, _ in every_row(people):
            for key, value in row.items():
                if value and mde.element(section, key).type in ("date", "month") and key != "eligibility_end":
                    assert day(value) <= today, (section, key, row)
                if key == "academic_year":
                    assert int(value[:4]) <= today.year

    def test_places_are_those_of_the_demo(self, case):
        people, _ = case
        schools = {
            school.code: district
            for state in people.places.values()
            for district in state.districts
            for school in district.schools.values()
        }
        for section, row, report in every_row(people):
            if section == "enrollment":
                assert schools[row["school_code"]].code == row["district_code"]
            if "school_code" in row:
                assert schools[row["school_code"]].state == report.state

    def test_natural_keys_are_unique(self, case):
        people, _ = case
        for report in people.reports:
            for section in mde.SECTIONS.values():
                keys = [
                    tuple(row.get("school_code" if key == "school_key" else key) for key in section.natural_key)
                    for row in report.rows[section.key]
                ]
                assert len(keys) == len(set(keys)), keys

    def test_eligibility_ends_by_the_rule(self, case):
        people, _ = case
        for _, row, report in every_row(people):
            if "arrival_date" in row:
                born = day(report.student["birth_date"])
                assert day(row["eligibility_end"]) == eligibility_end(day(row["arrival_date"]), born)
                assert born < day(row["arrival_date"])

    def test_each_state_reports_a_move_and_an_enrollment(self, case):
        people, _ = case
        assert all(report.rows["move"] and report.rows["enrollment"] for report in people.reports)

    def test_withdrawals_come_between_enrollments_over_all_states(self, case):
        people, _ = case
        enrolled = defaultdict(list)
        for section, row, report in every_row(people):
            if section == "enrollment":
                enrolled[report.child.number].append((row["enrollment_date"], row["withdrawal_date"]))
        for spans in enrolled.values():
            spans.sort()
            assert all(end == "" or start <= end for start, end in spans)
            assert all(end and end < following for (_, end), (following, _) in pairwise(spans))

    def test_grades_fit_ages(self, case):
        people, _ = case
        for section, row, report in every_row(people):
            if section == "enrollment" and row["grade_level"].isdigit():
                years = age_on(report.child.birth_date, day(row["enrollment_date"])) - int(row["grade_level"])
                assert 4 <= years <= 8 or report.child.number == 1

    def test_open_courses_have_hours_and_finished_ones_have_marks(self, case):
        people, _ = case
        open_courses = finished = 0
        for section, row, _ in every_row(people):
            if section == "course":
                is_open = "clock_hours" in row
                open_courses, finished = open_courses + is_open, finished + (not is_open)
                wanted = {"clock_hours", "grade_to_date"} if is_open else {"credits", "final_grade"}
                assert {"clock_hours", "grade_to_date", "credits", "final_grade"} & set(row) == wanted
                assert all(row[key] for key in wanted)
        assert open_courses
        assert finished

    def test_texas_in_winter_and_the_others_in_summer(self, made):
        moved_on = {
            state: Counter(row["arrival_date"][4:6] for row in made.rows(state, "move")) for state in ("TX", "OH", "VT")
        }
        assert moved_on["TX"]["10"] + moved_on["TX"]["11"] > moved_on["TX"].total() / 2
        for state in ("OH", "VT"):
            assert moved_on[state]["05"] + moved_on[state]["06"] > moved_on[state].total() / 2

    def test_truth_covers_each_row(self, case):
        people, _ = case
        seen = {(report.state, row["state_student_id"]) for _, row, report in every_row(people)}
        assert seen == set(people.truth)
        assert len(people.truth) == len(people.reports)
        assert set(people.truth.values()) == {child.number for child in people.children}


class TestShowcase:
    def test_it_does_not_depend_on_the_seed(self, made):
        other = population.make(children=30, seed=99, today=TODAY)
        for number in SHOWN:
            for report in (one for one in made.reports if one.child.number == number):
                there = of_state(other, number, report.state)
                assert there.student | {"state_student_id": ""} == report.student | {"state_student_id": ""}

    def test_maria_in_texas_and_vermont(self, case):
        people, _ = case
        texas, vermont = of_state(people, 1, "TX").student, of_state(people, 1, "VT").student
        written = ("last_name_1", "last_name_2", "first_name", "middle_name", "birth_date", "birth_city")
        assert [texas[key] for key in written] == ["García", "López", "María", "Guadalupe", "20120314", "Reynosa"]
        assert [vermont[key] for key in written] == ["Garcia-Lopez", "", "Maria", "G.", "20120314", "McAllen"]

    def test_maria_left_texas_in_mid_term(self, case):
        people, _ = case
        texas, vermont = of_state(people, 1, "TX"), of_state(people, 1, "VT")
        last = texas.rows["enrollment"][-1]
        flags = {key: last[key] for key in ("grade_level", "lep", "idea", "med_alert", "immunization")}
        assert flags == {"grade_level": "08", "lep": "Y", "idea": "Y", "med_alert": "Chronic", "immunization": "Y"}
        algebra = [row for row in texas.rows["course"] if row["title"] == "Algebra I"][-1]
        assert int(algebra["clock_hours"]) > 20
        assert algebra["grade_to_date"]
        assert last["withdrawal_date"] < vermont.rows["enrollment"][0]["enrollment_date"]
        assert vermont.rows["enrollment"][-1]["withdrawal_date"] == ""

    def test_the_others(self, case):
        people, _ = case
        children = people.children[: len(SHOWN)]
        twins, namesakes = children[1:3], children[3:5]
        assert all(child.twin for child in twins)
        assert namesakes[0].given + namesakes[0].surnames == namesakes[1].given + namesakes[1].surnames
        assert namesakes[0].birth_date != namesakes[1].birth_date
        fernando, sofia = of_state(people, 6, "OH").student, of_state(people, 7, "VT").student
        assert (fernando["first_name"], fernando["last_name_1"], fernando["birth_date"]) == (
            "FERNANDO", "ORTEGA", "20110818",
        )  # fmt: skip
        assert sofia["birth_date"] == "20160704"

    def test_all_begin_in_the_first_district_of_texas(self, case):
        people, _ = case
        first = people.places["TX"].districts[0].code
        for number in SHOWN:
            assert {row["district_code"] for row in of_state(people, number, "TX").rows["enrollment"]} == {first}


class TestPlaces:
    def test_codes_and_telephones(self):
        districts = [district for state in places.all_states().values() for district in state.districts]
        schools = [(district, school) for district in districts for school in district.schools.values()]
        assert all(len(district.code) == 7 and district.code.isdigit() for district in districts)
        assert all(len(school.code) == 12 and school.code.startswith(district.code) for district, school in schools)
        everywhere = [*districts, *(school for _, school in schools)]
        assert (
            len({place.code for place in everywhere}) == len({place.phone for place in everywhere}) == len(everywhere)
        )
        assert all(" 555-01" in place.phone and place.email.endswith("@example.org") for place in everywhere)

    def test_they_are_written_with_the_first_district_first(self, tmp_path):
        engine = make_engine(f"sqlite:///{tmp_path / 'places.sqlite3'}")
        Base.metadata.create_all(engine)
        states = places.all_states()
        with make_session_factory(engine)() as db, db.begin():
            real_places.add_missing_states(db)
            places.add(db, states)
            assert db.scalar(select(func.count(School.id))) == 4 * db.scalar(select(func.count(District.id)))
            for code, state in states.items():
                first = db.scalar(select(District).where(District.state_code == code).order_by(District.id).limit(1))
                region = db.scalar(select(Region).where(Region.state_code == code).order_by(Region.id).limit(1))
                assert (first.code, first.region_id) == (state.districts[0].code, region.id)
                assert real_places.get_state(db, code).contact_email == f"mep.{code.lower()}@example.org"
        engine.dispose()


class TestFiles:
    def test_one_file_a_state_with_all_sections_and_rows(self, made, tmp_path):
        written = state_files.write_submissions(made, tmp_path)
        assert list(written) == ["TX", "NC", "OH", "VT"]
        for state, path in written.items():
            tables = read_workbook(path) if path.suffix == ".xlsx" else read_zip(path)
            assert list(tables) == [section.title for section in mde.SECTIONS.values()]
            for section in mde.SECTIONS.values():
                headings, *rows = tables[section.title]
                keys = {element.name: key for key, element in mde.of_section(section.key).items()}
                back = [{keys[name]: value for name, value in zip(headings, row, strict=True) if value} for row in rows]
                assert back == [
                    {key: value for key, value in row.items() if value} for row in made.rows(state, section.key)
                ]


def read_workbook(path):
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".csv"): list(csv.reader(io.StringIO(archive.read(name).decode("utf-8"))))
            for name in archive.namelist()
        }
