"""Matching everybody again: what is proposed, what is left alone, and a merge in the middle of it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from sqlalchemy import func, inspect, select

from bench._measured_set import MeasuredSet
from bench.generators.__main__ import make, world_named
from bench.splink_engine import links
from msixlite.domain import audit, data_quality, rematching, splink_engine
from msixlite.domain.errors import RuleBroken
from msixlite.models.base import make_engine
from msixlite.models.search import ChildName
from msixlite.models.students import StateRecord
from msixlite.models.worklist import OPEN, WorklistItem, WorklistKind
from tests import world
from tests.cases import record_of
from tests.files import child

STRANGER = {"First_Name": "Isidro", "Last_Name_1": "Quezada", "Sex": "Male", "Birth_Date": "20080102"}


def everybody(linker):
    """An engine that takes all State records for one child's."""
    return np.zeros(linker.size, dtype=np.int64)


def nobody(linker):
    """An engine that takes each State record for another child's."""
    return np.arange(linker.size, dtype=np.int64)


def doubts(office):
    """The State IDs of the records of which people are asked whether they are another child's."""
    with office.read() as db:
        found = select(WorklistItem).where(WorklistItem.fault == data_quality.DOUBT, WorklistItem.status.in_(OPEN))
        return [case.state_record.state_student_id for item in db.scalars(found) for case in item.cases]


def near_matches(office):
    with office.read() as db:
        found = select(WorklistItem).where(WorklistItem.kind == WorklistKind.NEAR_MATCH, WorklistItem.status.in_(OPEN))
        return {(item.state_record.state_student_id, item.candidate.msix_id) for item in db.scalars(found)}


@pytest.fixture
def two_numbers(office):
    """A child of Texas, and the same child in Vermont, where its identity was mended after the two had met."""
    office.take({"Students": [child("VT901", **STRANGER)]}, state="VT")
    office.take({"Students": [child("VT901", **world.GRACIELA)]}, state="VT")
    assert office.owners()["VT901"] != office.owners()["TX100"]
    return office


def test_two_children_who_are_one_become_a_near_match(two_numbers):
    before = two_numbers.owners()
    report = rematching.rematch(two_numbers.sessions, now=two_numbers.now)
    assert report.proposed == 1
    assert ("VT901", before["TX100"]) in near_matches(two_numbers)
    assert two_numbers.owners() == before, "nothing links by itself"


def test_a_second_run_proposes_nothing_more(two_numbers):
    rematching.rematch(two_numbers.sessions, now=two_numbers.now)
    report = rematching.rematch(two_numbers.sessions, now=two_numbers.now)
    assert (report.proposed, report.known) == (0, 1)
    assert "on a worklist already" in report.summary()


def test_what_people_found_to_be_different_stays_so(office):
    item = office.merge("TX103", "VT201")
    office.reject(item)
    rematching.rematch(office.sessions, everybody, now=office.now)
    pairs = {(one, other) for one, other in near_matches(office)}
    owners = office.owners()
    assert ("VT201", owners["TX103"]) not in pairs
    assert ("TX103", owners["VT201"]) not in pairs


class TestOneWhoIsTwo:
    """One child, until the name that TX and VT have in common turns out to be usual in FL."""

    ISAURO = {"First_Name": "Isauro", "Last_Name_1": "Tlapanco", "Sex": "Male"}  # noqa: RUF012
    TX = child("TX1", **ISAURO, Birth_Date="20120317", Birth_City="Uruapan", Female_Parent_First_Name="Elena")
    VT = child("VT2", **ISAURO, Birth_Date="20120318", Last_Name_2="Xolo", Female_Parent_First_Name="Ofelia")

    @pytest.fixture
    def drifted(self, office):
        office.take({"Students": [self.TX]}, "TX")
        office.take({"Students": [self.VT]}, "VT")
        assert office.owners()["TX1"] == office.owners()["VT2"]
        namesakes = [child(f"FL{n}", **self.ISAURO, Birth_Date=f"20{n // 8 + 5:02}0{n % 8 + 1}25") for n in range(60)]
        office.take({"Students": namesakes}, "FL")
        return office

    def test_is_asked_about_once(self, drifted):
        assert doubts(drifted) == []
        report = rematching.rematch(drifted.sessions, now=drifted.now)
        assert report.doubted == 1
        assert "1 may be another child's" in report.summary()
        assert len(doubts(drifted)) == 1
        assert rematching.rematch(drifted.sessions, now=drifted.now).doubted == 0

    def test_stays_one_until_people_decide(self, drifted):
        rematching.rematch(drifted.sessions, now=drifted.now)
        assert drifted.owners()["TX1"] == drifted.owners()["VT2"]

    def test_is_asked_about_only_where_the_scoring_function_agrees(self, office):
        before = doubts(office)
        assert rematching.rematch(office.sessions, nobody, now=office.now).doubted == 0
        assert doubts(office) == before

    def test_whom_people_merged_is_left(self, drifted):
        drifted.validate(drifted.split("VT2"), actor="vt_state_data_administrator")
        again = drifted.merge("TX1", "VT2", accept_obstacles=True, reason="One birth certificate.")
        drifted.validate(again, actor="vt_state_data_administrator")
        assert rematching.rematch(drifted.sessions, now=drifted.now).doubted == 0


def test_reported_twins_are_not_proposed(office):
    with office.read() as db:
        population = rematching.read(db)
        twins = [population.record_ids.index(record_of(db, number).id) for number in ("TX101", "TX102")]

    def for_one(linker):
        clusters = np.arange(linker.size)
        clusters[twins] = twins[0]
        return clusters

    assert rematching.compare(population, for_one).proposals == []


def check_whole(office):
    with office.read() as db:
        records = list(db.scalars(select(StateRecord)))
        assert all(record.student.merged_into_id is None for record in records)
        assert set(db.scalars(select(ChildName.student_id))) == {record.student_id for record in records}
        between_one = select(func.count()).select_from(WorklistItem).join(WorklistItem.state_record)
        own = between_one.where(WorklistItem.status.in_(OPEN), StateRecord.student_id == WorklistItem.candidate_id)
        assert db.scalar(own) == 0, "a child is asked about with itself"
        assert audit.verify(db).ok


class TestMeanwhile:
    def test_a_merge_while_everybody_is_compared(self, office):
        """The merge wins; what was found of these children is left, and the command says so."""
        item = office.merge("TX103", "VT201")

        def slow(linker):
            office.validate(item)
            return everybody(linker)

        report = rematching.rematch(office.sessions, slow, now=office.now)
        assert report.decided_meanwhile >= 1
        assert "people decided on these children meanwhile" in report.summary()
        assert office.owners()["TX103"] == office.owners()["VT201"]
        check_whole(office)

    @pytest.mark.parametrize("turn", range(4))
    def test_a_merge_while_proposals_are_written(self, office, monkeypatch, turn):
        """Two connections at the same moment: whoever is second sees what the first did."""
        monkeypatch.setattr(rematching, "TOGETHER", 1)
        item = office.merge("TX103", "VT201")
        with office.read() as db:
            found = rematching.compare(rematching.read(db), everybody).proposals
        ready = Barrier(2)

        def write():
            ready.wait()
            return rematching.propose(office.sessions, found if turn % 2 else found[::-1], 0, now=office.now)

        def merge():
            ready.wait()
            try:
                office.validate(item)
            except RuleBroken as rule:
                return str(rule)
            return ""

        with ThreadPoolExecutor(2) as pool:
            written, merged = pool.submit(write), pool.submit(merge)
            report, sentence = written.result(), merged.result()
        assert report.proposed + report.known + report.decided_meanwhile == len(found)
        assert sentence == "" or "Nothing was changed" in sentence or "Look again" in sentence
        assert (office.owners()["TX103"] == office.owners()["VT201"]) is (sentence == "")
        check_whole(office)

    def test_a_proposal_whose_record_went_elsewhere_writes_nothing(self, office):
        item = office.merge("TX103", "VT201")
        with office.read() as db:
            population = rematching.read(db)
            lost = record_of(db, "VT201").id
        office.validate(item)
        found = [
            one
            for one in rematching.compare(population, everybody).proposals
            if lost in (one.record_id, one.candidate_record_id)
        ]
        before = near_matches(office)
        report = rematching.propose(office.sessions, found, 0, now=office.now)
        assert report.decided_meanwhile == len(found) > 0
        assert near_matches(office) == before


def agreement(engine):
    """The share of links that the engine and our own both find in made-up submissions."""
    linker = rematching.Linker()
    for identity in MeasuredSet(*make(world_named("harvest"), 1_000, 5)).identities:
        linker.add(identity)
    ours, theirs = links(linker.link().clusters), links(engine(linker))
    return len(ours & theirs) / len(ours | theirs)


class TestSplink:
    def test_says_what_is_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "splink", None)
        with pytest.raises(RuleBroken, match="not installed"):
            splink_engine.engine()

    def test_says_where_it_runs(self):
        with pytest.raises(RuleBroken, match="duckdb"):
            splink_engine.engine("abacus")

    def test_on_postgresql_only_beside_a_site_that_is_there(self):
        with pytest.raises(RuleBroken, match="own database"):
            splink_engine.engine("postgresql", "sqlite:///site.sqlite3")

    def test_settings_come_from_the_models_table(self):
        model = splink_engine.Scorer(rematching.Linker().frequencies()).model
        made = {
            one["output_column_name"]: one["comparison_levels"] for one in splink_engine.settings(model)["comparisons"]
        }
        for index in splink_engine.weighted(model):
            levels = made[splink_engine.FEATURES[index]]
            weights = [np.log(level["m_probability"] / level["u_probability"]) for level in levels]
            assert weights == pytest.approx(model.weights[index].tolist(), abs=1e-6)

    def test_finds_what_the_own_engine_finds(self, two_numbers):
        pytest.importorskip("splink", reason="the extra splink is not installed")
        report = rematching.rematch(two_numbers.sessions, splink_engine.engine(), now=two_numbers.now)
        assert report.proposed == 1

    def test_agrees_with_the_own_engine_on_made_up_submissions(self):
        pytest.importorskip("splink", reason="the extra splink is not installed")
        assert agreement(splink_engine.engine()) >= 0.99

    def test_agrees_on_postgresql_and_leaves_nothing_there(self, empty_database):
        pytest.importorskip("splink", reason="the extra splink is not installed")
        if not empty_database.startswith("postgresql"):
            pytest.skip("MSIXLITE_TEST_DATABASE_URL names no PostgreSQL server")
        assert agreement(splink_engine.engine("postgresql", empty_database)) >= 0.99
        database = make_engine(empty_database)
        assert not {splink_engine.SCHEMA} & set(inspect(database).get_schema_names())
        assert inspect(database).get_table_names() == []
        database.dispose()
