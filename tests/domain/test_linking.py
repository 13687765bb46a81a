"""Linking files: what may stand in them, and what comes out."""

import csv
from datetime import date

import pytest

from bench.generators.__main__ import make, world_named, write
from msixlite import cli
from msixlite.domain import linking
from msixlite.domain.errors import RuleBroken

HEADING = "State Student Identifier,First Name,Last Name 1,Last Name 2,Sex,Birth Date,Female Parent First Name\n"


def rows_of(file):
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


class TestReading:
    def test_element_names_and_the_state_from_the_file_name(self, tmp_path):
        file = tmp_path / "TX.csv"
        file.write_text(HEADING + "T1,Luis,Zepeda,Mora,Male,20120317,Ofelia\n", encoding="utf-8")
        (identity,) = linking.read_files([file])
        assert (identity.state_code, identity.state_student_id, identity.birth_date) == ("TX", "T1", date(2012, 3, 17))
        assert identity.mother == ("ofelia",)

    def test_usual_headings_a_state_column_and_short_rows(self, tmp_path):
        file = tmp_path / "all.csv"
        file.write_text("State,Student ID,Given name,Surname,DOB\nca,7,Ana,Ruiz,3/7/2012\nwa,8,Eva,Sosa\n")
        ana, eva = linking.read_files([file])
        assert (ana.state_code, ana.birth_date) == ("CA", date(2012, 3, 7))
        assert eva.birth_date is None

    def test_says_which_column_is_missing(self, tmp_path):
        file = tmp_path / "TX.csv"
        file.write_text("Student ID,Surname\n1,Ruiz\n")
        with pytest.raises(RuleBroken, match="first_name"):
            list(linking.read_files([file]))

    @pytest.mark.parametrize("text", ["", "2012-02-30", "unknown", "03-2012"])
    def test_what_is_no_date(self, text):
        assert linking.read_date(text) is None


class TestLinking:
    @pytest.fixture(scope="class")
    def made_up(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("set")
        write(folder, *make(world_named("harvest"), 1_500, 5))
        files = [str(file) for file in sorted((folder / "states").glob("*.csv"))]
        assert cli.main(["link", *files, "--out", str(folder / "out")]) == 0
        return folder

    def test_every_record_stands_in_links_once(self, made_up):
        links = rows_of(made_up / "out/links.csv")
        keys = [(row["state"], row["state_student_id"]) for row in links]
        assert len(keys) == len(set(keys)) == len(rows_of(made_up / "truth.csv"))

    def test_most_are_linked_and_nearly_none_wrongly(self, made_up):
        child = {(row["state"], row["state_student_id"]): row["child"] for row in rows_of(made_up / "truth.csv")}
        clusters = {}
        for row in rows_of(made_up / "out/links.csv"):
            clusters.setdefault(row["cluster_id"], []).append(child[row["state"], row["state_student_id"]])
        pairs = [(a == b) for members in clusters.values() for i, a in enumerate(members) for b in members[:i]]
        sizes = [list(child.values()).count(one) for one in set(child.values())]
        assert sum(pairs) / len(pairs) > 0.997
        assert sum(pairs) / sum(size * (size - 1) // 2 for size in sizes) > 0.95

    def test_review_gives_reasons(self, made_up):
        review = rows_of(made_up / "out/review.csv")
        assert review
        assert all(row["reasons"] and 0 <= float(row["score"]) <= 100 for row in review)
        scores = [float(row["score"]) for row in review]
        assert scores[0] >= scores[-1]

    def test_nothing_in_nothing_out(self):
        assert linking.Linker().link().clusters.size == 0
