"""The guard of outgoing texts: what it stops, what it lets through, and that it asks a bounded number of questions."""

from datetime import date

import pytest
from sqlalchemy import event, select

from msixlite.domain import pii_guard
from msixlite.domain.errors import RuleBroken
from msixlite.domain.pii_guard import Kind
from msixlite.models.students import Student

TODAY = date(2026, 11, 25)


@pytest.fixture
def marked(db):
    """What is marked in a text, as it was written, with its kind."""

    def found(text, **how):
        return [(text[one.start : one.end], one.kind) for one in pii_guard.find(db, text, today=TODAY, **how)]

    return found


@pytest.mark.parametrize(
    "written",
    [
        "123-45-6789",
        "123 45 6789",
        "123.45.6789",
        "123456789",
        "１２３-４５-６７８９",
        "12\u200b3-4\u200b5-67\u200b89",
        "123-45\n-6789",
        "(123) 45-6789",
        "(123)(45)(6789)",
        "123–45–6789",
        "123\u00a045\u00a06789",
        "123 - 45 - 6789",
        "1 2 3 4 5 6 7 8 9",
        "١٢٣-٤٥-٦٧٨٩",
        "one two three four five six seven eight nine",
    ],
)
def test_every_usual_writing_of_an_ssn(marked, written):
    (text, kind), *more = marked(f"The number is {written}, please note.")
    assert kind is Kind.SSN
    assert not more
    assert text.strip("()") in written


@pytest.mark.parametrize(
    "text", ["SSN: 123456789", "SSN 6789", "social security number ends in 6789", "seguro social 123-456789"]
)
def test_digits_after_the_word_ssn(marked, text):
    assert [kind for _, kind in marked(text)] == [Kind.SSN]


@pytest.mark.parametrize(
    "text",
    [
        "Rose met Mr. Garcia about the garden.",
        "Call (555) 555-0110 by 12/01/2026.",
        "Call toll-free: 1-800-555-0199.",
        "Reference MN-2026-000123, 118 rows, 45.50 dollars, pages 12-15.",
        "The ZIP code is 78701-1234 and the school code 480000100001.",
        "Five children are on the way; 3 days of work in court.",
        "They enrolled on 08/12/2025 and the school year 2026-2027 has begun.",
        "No Social Security numbers, please. Call (555) 555-0148.",
        "Cesar Chavez Elementary is in Zavala County.",
        "We will ask in May 2026 and hope for 12 good answers.",
        "",
    ],
)
def test_harmless_texts_are_free(marked, text):
    assert marked(text) == []


@pytest.mark.parametrize(
    "written",
    [
        "Graciela Castañeda",
        "graciela castaneda",
        "GRACIELA CASTAÑEDA",
        "Castañeda Peña, Graciela Yamileth",
        "Graciela Castan\u0303eda",
        "Graciela\nCastañeda",
        "Gra\u200bciela Castañeda",
        "Graciela Y. Peña",
        "Castaneda-Pena, Graciela",
        "Chela Castañeda",
        "graciela.castaneda",
        "Graciela Castañeda’s",
    ],
)
def test_a_childs_name_in_every_usual_writing(marked, written):
    (text, kind), *more = marked(f"We look for {written} in town.")
    assert kind is Kind.NAME
    assert not more
    assert len(text) >= len("Chela Castaneda") - 1


def test_a_given_name_or_a_usual_surname_alone_is_free(marked):
    assert marked("Graciela will call Mrs. Castañeda and Ms. Peña.") == []


@pytest.mark.parametrize(
    "text", ["the Okonkwo boys arrive", "Okonkwo arrives on Monday", "the okonkwo family", "the Okonkwos"]
)
def test_a_rare_surname_names_its_family(marked, text):
    assert [kind for _, kind in marked(text)] == [Kind.NAME]


def test_a_town_of_the_same_name_is_free(marked):
    assert marked("They work in Okonkwo. The Okonkwo School has places.") == []


def test_names_of_sender_and_recipients_are_free(marked):
    assert marked("Regards, Graciela Castañeda", allowed=["Graciela Castañeda"]) == []
    assert marked("Regards, Graciela Castañeda", allowed=["Rosa Ortiz"]) != []


@pytest.mark.parametrize(
    "written",
    [
        "03/14/2012",
        "3/14/12",
        "14/03/2012",
        "2012-03-14",
        "20120314",
        "3.14.2012",
        "March 14, 2012",
        "Mar 14th '12",
        "14 March 2012",
        "14-Mar-12",
        "14 de marzo de 2012",
        "March fourteenth, two thousand twelve",
        "catorce de marzo de dos mil doce",
        "０３/１４/２０１２",
    ],
)
def test_a_childs_birth_date_in_any_form(marked, written):
    (_, kind), *more = marked(f"The date {written} is on file.")
    assert kind is Kind.BIRTH_DATE
    assert not more


@pytest.mark.parametrize("text", ["born March 3", "DOB 1/2/2011", "nacida el 3 de mayo", "her birthday is June 9"])
def test_a_date_that_is_said_to_be_a_birth_date(marked, text):
    assert [kind for _, kind in marked(text)] == [Kind.BIRTH_DATE]


def test_a_day_on_which_no_child_was_born_is_free(marked):
    assert marked("The date 03/15/2012 is on file.") == []


def test_ids_of_children(marked, db):
    msix_id = db.scalar(select(Student.msix_id).limit(1))
    assert marked(f"See {msix_id}.") == [(msix_id, Kind.MSIX_ID)]
    grouped = f"{msix_id[:4]} {msix_id[4:8]}-{msix_id[8:]}"
    assert marked(f"See {grouped}.") == [(grouped, Kind.MSIX_ID)]
    assert [kind for _, kind in marked("The child is TX100.")] == [Kind.STATE_ID]
    assert marked("The rooms are TX900 and 100.") == []


@pytest.mark.parametrize(
    "written",
    [
        "12 Mesquite St.",
        "4410 old mill road",
        "PO Box 33",
        "calle Hidalgo #45",
        "1200 County Road 12",
        "RR 2 Box 14",
        "apt. no. 4",
    ],
)
def test_addresses_that_are_no_schools(marked, written):
    assert [kind for _, kind in marked(f"They live at {written} now")] == [Kind.ADDRESS]


@pytest.mark.parametrize(
    "written", ["(361) 555-0199", "361.555.0199", "3615550199", "+52 899 123 4567", "cell 555-0199"]
)
def test_telephones_that_are_no_offices(marked, written):
    assert [kind for _, kind in marked(f"Reach them: {written}.")] == [Kind.TELEPHONE]


def test_check_says_which_field_and_what(db):
    with pytest.raises(pii_guard.PersonalData, match=r"remove \(subject\): Social Security number") as refused:
        pii_guard.check(db, {"subject": "123-45-6789", "text": "fine"}, today=TODAY)
    assert list(refused.value.found) == ["subject"]


def test_a_text_without_end_is_refused(db):
    with pytest.raises(RuleBroken, match="longer"):
        pii_guard.find(db, "x" * 10_001, today=TODAY)


def test_the_questions_do_not_grow_with_the_text(db):
    """A short text and one of 10,000 letters full of names, dates and numbers ask about as often."""
    statements = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))
    piece = "Graciela Castañeda Peña, 03/14/2012, TX100, 123-45-6789, 12 Main St, 361-555-0199. "
    pii_guard.find(db, (piece * 200)[:9_000], today=TODAY)
    assert 1 < len(statements) <= 12
