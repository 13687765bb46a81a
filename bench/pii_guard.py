"""How surely the guard of outgoing texts finds personal data, and how often it is wrong about harmless texts.

    .venv/bin/python bench/pii_guard.py --children 20000 --messages 2000

Half of the messages are harmless, half carry one piece of personal data of a child in the system. A fifth is Spanish;
writers differ in capitals, accents, order, separators, invisible letters and line breaks. Recall: the planted piece is
marked. A false alarm: anything is marked in a harmless text.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy import select, update

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _children, _messages
from bench.search import _load as load_children
from msixlite.domain import names, pii_guard, search_index
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.places import District, School
from msixlite.models.students import StateRecord, Student

FIRST_STATE_ID = 40_000_000
TODAY = date(2026, 11, 25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N messages judged wrongly")
    arguments = parser.parse_args()
    children = _children.population(arguments.children)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/bench.sqlite3")
        Base.metadata.create_all(engine)
        sessions = make_session_factory(engine)
        _fill(sessions, children)
        with sessions().reading() as db:
            _report(db, _messages_of(random.Random(arguments.seed), children, arguments.messages), arguments.show)
        engine.dispose()


def _fill(sessions, children) -> None:
    """The children, their search tables, State IDs of eight digits, and the offices' telephone numbers."""
    load_children(sessions, children)
    with sessions() as db, db.begin():
        db.execute(update(StateRecord.__table__).values(state_student_id=StateRecord.id + FIRST_STATE_ID))
        search_index.refresh(db, list(db.scalars(select(Student.id))))
        db.add(District(id=1, code="4800001", state_code="TX", name="Robles ISD"))
        db.flush()
        for at, phone in enumerate(_messages.PHONES):
            address = "1200 Harbor Street, Robles" if at == 0 else ""
            db.add(School(code=f"{at:012}", district_id=1, name="School", phone=phone, address=address))


# What is planted


def _messages_of(rng, children, count):
    kinds = list(PIECES)
    for at in range(count):
        if at % 2:
            yield _messages.clean(rng, TODAY)
        else:
            kind = kinds[at // 2 % len(kinds)]
            number = rng.randrange(len(children))
            piece = PIECES[kind](rng, number, children[number].records[0])
            yield _messages.planted(rng, TODAY, kind, piece)


def _ssn(rng, _number, _record):
    digits = f"{rng.randrange(1, 900):03}{rng.randrange(1, 100):02}{rng.randrange(1, 10_000):04}"
    a, b, c = digits[:3], digits[3:5], digits[5:]
    wide = digits.translate({ord("0") + at: chr(0xFF10 + at) for at in range(10)})
    return rng.choice(
        (f"{a}-{b}-{c}", f"{a} {b} {c}", digits, f"{a}.{b}.{c}", f"({a}) {b}-{c}", f"SSN: {digits}", f"SSN {a}-{b}-{c}",
         f"{wide[:3]}-{wide[3:5]}-{wide[5:]}", wide, f"{a}\u200b-{b}\u200b-{c}", f"{a}-{b}-\n{c}", f"{a}–{b}–{c}",
         f"{a}/{b}/{c}", f"{a}_{b}_{c}", " ".join(digits), "-".join(digits), f"{a} - {b} - {c}", f"{a}\u00ad{b}\u00ad{c}",
         f"social security number {a}{b} {c}", f"seguro social {digits}", f"SSN ends in {c}", f"{a}\u00a0{b}\u00a0{c}")
    )  # fmt: skip


def _name(rng, _number, record):
    first, last = record.first, record.last_1
    middle = f" {record.middle}" if record.middle else ""
    other = f" {record.last_2}" if record.last_2 else ""
    piece = rng.choice(
        (f"{first} {last}", f"{last}, {first}", f"{first}{middle} {last}{other}", f"{last}{other}, {first}{middle}",
         f"{first} {last}{other.replace(' ', '-', 1)}", f"{last} {first}", f"{first} {last}'s brother", f"{first}\n{last}",
         f"{first[0]}. {first} {last}", f"{first}  {last}", f"{first} X. {last}", f"{first}_{last}", f"({first}) {last}")
    )  # fmt: skip
    return _in_some_case(rng, piece)


def _in_some_case(rng, piece):
    draw = rng.random()
    if draw < 0.15:
        return piece.upper()
    if draw < 0.3:
        return piece.lower()
    return names.fold(piece).title() if draw < 0.4 and "\n" not in piece and "," not in piece else piece


def _nickname(rng, number, record):
    short = sorted(names.nicknames(names.tokens(record.first)[0]))
    first = rng.choice(short) if short else record.first
    return f"{first.title()} {record.last_1}"


def _birth_date(rng, _number, record):
    return _messages.written_date(rng, record.born, birth=True)


def _msix_id(rng, number, _record):
    digits = f"{100_000_000_001 + number}"
    return rng.choice(
        (
            digits,
            f"{digits[:4]} {digits[4:8]} {digits[8:]}",
            f"MSIX ID {digits}",
            f"{digits[:4]}-{digits[4:8]}-{digits[8:]}",
        )
    )


def _state_id(rng, number, _record):
    digits = str(FIRST_STATE_ID + number + 1)
    return rng.choice(
        (
            digits,
            f"State ID {digits}",
            f"TX {digits}",
            f"{digits[:4]}-{digits[4:]}",
            f"ID# {digits}",
            f"student no. {digits}",
        )
    )


def _address(rng, _number, _record):
    house, street = rng.randrange(1, 9999), rng.choice(("Mesquite", "Old Mill", "Third", "N. Palm", "San Juan", "MLK"))
    return rng.choice(
        (f"{house} {street} St.", f"{house} {street} Avenue, apt 4", f"{house} {street.lower()} rd", f"PO Box {house}",
         f"{house} County Road {house % 90 + 1}", f"calle {street} #{house}", f"{house} {street} Lane", f"RR 2 Box {house % 200}",
         f"{house} FM {house % 3000 + 100}", f"Avenida {street} No. {house}", f"{house} {street} Dr", f"trailer #{house % 90}")
    )  # fmt: skip


def _telephone(rng, _number, _record):
    a, b, c = rng.choice(("361", "956", "802", "899")), f"{rng.randrange(200, 999)}", f"{rng.randrange(10_000):04}"
    return rng.choice(
        (f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"{a} {b} {c}", f"{a}{b}{c}", f"+1 {a} {b} {c}", f"1-{a}-{b}-{c}",
         f"+52 {a} {b} {c}", f"{a}/{b}-{c}", f"cell {b}-{c}", f"({a}){b}-{c}", f"{a} - {b} - {c}")
    )  # fmt: skip


PIECES: dict[str, Callable] = {
    "SSN": _ssn,
    "name": _name,
    "nickname and surname": _nickname,
    "birth date": _birth_date,
    "MSIX ID": _msix_id,
    "State ID": _state_id,
    "address": _address,
    "telephone": _telephone,
}


# The judgement


def _report(db, messages, show) -> None:
    sent, right, times, wrong = Counter(), Counter(), [], []
    for message in messages:
        started = time.perf_counter()
        found = pii_guard.find(db, message.text, today=TODAY)
        times.append(1000 * (time.perf_counter() - started))
        is_right = (
            not found
            if message.kind == "harmless"
            else any(one.start < message.end and one.end > message.start for one in found)
        )
        sent[message.kind] += 1
        right[message.kind] += is_right
        if not is_right:
            wrong.append((message, [(message.text[one.start : one.end], one.kind.value) for one in found]))
    print("| planted | messages | found |\n|---|---|---|")
    for kind in PIECES:
        print(f"| {kind} | {sent[kind]} | {right[kind] / sent[kind]:.3f} |")
    planted = sum(sent.values()) - sent["harmless"]
    print(f"| all | {planted} | {(sum(right.values()) - right['harmless']) / planted:.4f} |")
    print(f"\nFalse alarms: {1 - right['harmless'] / sent['harmless']:.2%} of {sent['harmless']} harmless messages.")
    times.sort()
    print(
        f"A message takes {times[len(times) // 2]:.1f} ms (median), {times[len(times) * 95 // 100]:.1f} ms (95 of 100)."
    )
    for message, found in wrong[:show]:
        print(message.kind, repr(message.text[message.start : message.end] or message.text), found)


if __name__ == "__main__":
    main()
