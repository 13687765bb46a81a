"""Sentences: English wherever they are kept, another language where they are shown."""

import ast
import csv
import inspect
import io
import json
import pickle
import time
from datetime import date
from gettext import NullTranslations

import pytest
from markupsafe import escape
from sqlalchemy import JSON, String, bindparam, column, literal, select, text
from zxcvbn import feedback

from msixlite.domain import (
    account_steps,
    clocks,
    correction_intake,
    correction_revisions,
    data_quality,
    matching_scoring,
    merge_split_apply,
    move_routing,
    moves_replies,
    passwords,
    record_history,
    requests_answers,
    training,
    upload_plan,
    upload_rows,
)
from msixlite.models import words
from msixlite.models.moves import MoveStatus
from msixlite.models.users import Role
from msixlite.models.words import Sentence, _l, _ln, _lp, capital_first, joined, kept, listed, packed, unpacked
from msixlite.models.worklist import DataQualityCase


class Backwards(NullTranslations):
    """Says every text that it knows in angle brackets."""

    known = frozenset(
        ("near match", "Near match", "left the office", "a %(what)s on %(day)s", "%(first)s and %(other)s")
    )

    def gettext(self, message):
        return f"<{message}>" if message in self.known else message


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.setattr(words, "reader", Backwards)


class TestShown:
    def test_a_change_is_made_after_translation(self, reader):
        assert _l("Near match").lower().said() == "<near match>"
        assert _l("near match").capitalize().said() == "<near match>".capitalize()
        assert str(_l("near match").capitalize()) == "Near match"
        assert str(capital_first(_l("near match"))) == "Near match"

    def test_values_that_are_sentences_are_translated_with_it(self, reader):
        said = _l("a %(what)s on %(day)s", what=_l("near match"), day="11/27/2026")
        assert (str(said), said.said()) == ("a near match on 11/27/2026", "<a <near match> on 11/27/2026>")

    def test_no_text_is_not_the_head_of_the_catalogue(self, monkeypatch):
        class Head(NullTranslations):
            def gettext(self, message):
                return message or "Project-Id-Version: 1"

        monkeypatch.setattr(words, "reader", Head)
        assert escape(kept("")) == ""

    def test_a_row_of_texts(self, reader):
        assert joined("; ", ("100%", _l("near match"))).said() == "100%; <near match>"
        assert joined("; ", ()) == ""
        assert listed(["TX", "VT", "NY"]) == "TX and VT and NY"
        assert listed(["TX"]).said() == "TX"


class TestKept:
    def test_a_text_of_ours_is_known_again_and_one_of_a_person_stays(self, reader):
        message = _l("a %(what)s on %(day)s")
        stored = str(message.about(what=_l("near match"), day="11/27/2026"))
        assert kept(stored, message).said() == "<a <near match> on 11/27/2026>"
        assert kept("We called. A near match on Monday", message).said() == "We called. A near match on Monday"
        assert kept("near match").said() == "<near match>"

    @pytest.mark.parametrize(
        ("read", "stored"),
        [
            (account_steps.stored_reason, account_steps.NOT_USED.about(days="90")),
            (
                account_steps.stored_reason,
                account_steps.FACTOR_OFF.about(how=account_steps.CallerCheck.IN_PERSON.value),
            ),
            (account_steps.stored_reason, training.TAKEN.about(day="11/27/2026")),
            (clocks.counted, clocks.CALENDAR_DAYS.about(count="30", day="11/27/2026")),
            (correction_revisions.by_system, correction_revisions.CAME.about(element="Birth Date", file="tx.xlsx")),
            (move_routing.why, move_routing.OF_DISTRICT.about(district="Robles ISD")),
            (moves_replies.by_clock, moves_replies.PASSED_ON.about(level="region")),
            (record_history.reason, matching_scoring.NOT_LINKED.about(guard=matching_scoring.Guard.TWINS.words)),
            (record_history.reason, merge_split_apply.MERGE_UNDONE.about(number="7")),
            (requests_answers.by_clock, requests_answers.SENT_UP.about(level="State")),
            (requests_answers.by_clock, requests_answers.CAME.about(file="tx.xlsx", elements="Birth Date, Sex")),
        ],
        ids=lambda one: getattr(one, "__qualname__", "") or str(one),
    )
    def test_what_each_feature_stores_it_knows_again(self, read, stored):
        again = read(str(stored))
        assert (str(again), again.message) == (str(stored), stored.message)

    def test_of_a_ready_made_reason_with_a_persons_words_ours_alone_is_translated(self, reader):
        stored = account_steps.disable_reason(account_steps.DisableReason.LEFT, "Moved. Keys: with us, 100%")
        assert account_steps.stored_reason(stored).said() == "<left the office>: Moved. Keys: with us, 100%"
        assert account_steps.stored_reason(stored) == stored

    @pytest.mark.parametrize(
        ("start", "count", "holidays"),
        [
            (date(2026, 12, 28), 2, []),
            (date(2026, 12, 22), 3, ["12/25/2026"]),
            (date(2026, 12, 22), 8, ["12/25/2026", "01/01/2027"]),
        ],
        ids=["none", "one", "two"],
    )
    def test_working_days_with_the_holidays_left_out(self, start, count, holidays):
        stored = clocks.working_days(start, count).words
        again = clocks.counted(str(stored))
        assert (again, again.message) == (stored, stored.message)
        assert [day for day in ("12/25/2026", "01/01/2027") if day in again] == holidays

    def test_who_stands_in_for_whom(self):
        inner = move_routing.OF_STATE.about(state="Texas")
        again = move_routing.why(str(move_routing.STANDS_IN.about(person="Ana Person", why=inner)))
        assert isinstance(again.values["why"], Sentence)
        assert again.values["why"].message == move_routing.OF_STATE.message

    def test_several_faults_of_one_child(self):
        faults = [
            data_quality.BEFORE_BIRTH.about(what="Arrival", day="01/02/2010", born="03/04/2012"),
            data_quality.AT_ONCE.about(one="Robles ISD", begun="1", other="St. Mary", begun_too="2"),
            data_quality.NOT_REPORTED.about(element="Grade Level"),
        ]
        said = data_quality.said(DataQualityCase(what="\n".join(faults)))
        assert said == " ".join(faults)
        first, second, third = said.values.values()
        assert (first.message, third.message) == (faults[0].message, faults[2].message)
        assert second.message == str(faults[1]), "a full stop inside a name: English rather than nonsense"

    def test_every_reason_with_values_is_known_again(self):
        for message in (*upload_rows.WITH_VALUES, upload_plan.OTHER_ROW, *upload_plan.WARNINGS):
            names = words._pattern(message.message).groupindex
            stored = message.about(**{name: f"{number}" for number, name in enumerate(names)})
            known = kept(str(stored), *upload_rows.WITH_VALUES, upload_plan.OTHER_ROW, *upload_plan.WARNINGS)
            assert str(known) == str(stored)
            assert known.values, message


class TestStored:
    def test_parameters_and_json_of_the_database_are_english(self, db, reader):
        said = _l("a %(what)s on %(day)s", what=_l("near match"), day="11/27/2026")
        found = db.execute(
            select(literal(said), bindparam("kept", [said], type_=JSON())).add_columns(
                literal(said, String()) == "a near match on 11/27/2026"
            )
        ).one()
        assert list(found) == ["a near match on 11/27/2026", ["a near match on 11/27/2026"], True]
        assert db.scalar(text("SELECT :said").bindparams(said=said).columns(column("said", String))) == str(said)

    def test_kinds_are_compared_by_their_english_word(self, reader):
        assert MoveStatus("already enrolled") is MoveStatus.ALREADY_ENROLLED
        assert Role.MSIX_PRIMARY.label == "MSIX Primary"

    def test_files_are_english(self, reader):
        said = _ln("%(num)s near match", "%(num)s near matches", 1200)
        file = io.StringIO()
        csv.writer(file).writerow([_l("near match"), said])
        assert file.getvalue() == 'near match,"1,200 near matches"\r\n'
        assert json.loads(json.dumps({"said": [_l("near match")]})) == {"said": ["near match"]}
        assert f"{_l('near match')}" == "near match"
        assert pickle.loads(pickle.dumps(said)).said() == "1,200 near matches"


def test_all_that_zxcvbn_says_is_marked():
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(feedback))) if isinstance(node, ast.Call))
    said = {call.args[0].value for call in calls if getattr(call.func, "id", "") == "_"}
    assert len(said) > 20
    assert {f"{one.rstrip('.')}." for one in said} == set(passwords.ADVICE)


def test_a_long_text_of_a_person_is_not_looked_through():
    """The messages are found by backtracking: 20,000 characters of almost one took minutes."""
    almost = "Inquiry of " + "a, " * 7_000
    begun = time.monotonic()
    assert correction_intake.of_person(almost) == almost
    assert time.monotonic() - begun < 1


class TestPacked:
    @pytest.mark.parametrize(
        "text",
        [
            _l("Nothing was taken."),
            _l("%(count)s of %(what)s", count=3, what=_l("Grade")),
            _ln("%(num)s child", "%(num)s children", 2),
            _lp("date", "From"),
        ],
    )
    def test_a_sentence_comes_back_with_its_message_and_values(self, text):
        back = unpacked(packed(text))
        assert back == text
        assert back.__getnewargs__() == text.__getnewargs__()

    @pytest.mark.parametrize("text", ["", "as people wrote it", '{"message"', "[1]"])
    def test_any_other_text_stays_as_it_is(self, text):
        assert unpacked(packed(text)) == text
        assert not isinstance(unpacked(packed(text)), Sentence)

    def test_a_changed_sentence_is_kept_as_it_reads(self):
        assert unpacked(packed(_l("Grade").lower())) == "grade"
