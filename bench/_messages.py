"""Made-up messages between MEP offices for benchmarks: seeded, English and Spanish, of writers with many habits."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

CLEAN = """
A move notice waits for you. Please sign in and acknowledge it within 24 hours.
The family should arrive around {soon}. Please open the link.
Hi {staff}, two children moved to your district last week. Records are up to date as of {past}.
Could you tell us whether the children have enrolled? Our office number is {phone}.
We sent the updated file on {past}; the next upload is due on {soon}.
Good morning. Three siblings are on their way for the apple harvest. Grade levels 03, 05 and 08.
Please call {staff} at {phone} before {soon}. Reference MN-2026-{six}.
Rose met Mr. Garcia about the garden, and the bus will stop at {place} from {soon}.
Mr. {surname} will call you about the transcript. He is in the office until 4:30 p.m.
The crew starts work in {town} on {soon}; the school has 25 places in room 101.
Thank you for your quick reply. The request is closed since {past}.
Does {place} offer Algebra 1 in the spring term 2026-2027? We have 2 students in grade 9.
Reminder: the worklist item is 3 working days old. The due date is {soon}.
The clinic at {place} is open on Mondays. Its number is {phone}.
Ms. {surname} of {town} asked for the course list. Please send it by {soon}.
I will be out of the office from {soon}; {staff} stands in for me.
We may chase this up in June. Mark the item as closed if the page is not there by May 15.
Please see page 12, section 3.4.2 of the handbook, revision 2026-01, about credits and clock hours (67.5).
The meeting about summer school is on {soon} at 10:00 in {town}. Hope to see you, and thank Grace for the berries.
We looked for them in {town} and at {place}: not there. Price of the trip 45.50 dollars, 120 miles.
Enrollment counts: 118 in August, 2026; 112 in {month}. Nothing else is new.
The record was last updated {past}. Two test scores are missing, and one final grade.
School code 480000100001 belongs to {place}. District code 4800001.
Ticket 20260044: the upload of {past} had 4 errors in 118 rows.
Please call our toll-free line 1-800-555-0199 at any time.
They left {town} after the cotton season. The eldest needs English and math.
The office is at 1200 Harbor Street, next to the library.
Angel and Luz at the front desk will help you; ask for the nurse, not for papers.
""".strip().splitlines()
CLEAN_SPANISH = """
Hay un aviso de mudanza para usted. Favor de abrir el enlace y responder antes del {soon}.
La familia llega alrededor del {soon}. Gracias por su ayuda.
Buenos días. El distrito recibió el archivo el {past}. Nuestro teléfono es {phone}.
La señora {surname} llamará por la mañana sobre los cursos. Saludos cordiales.
Los tres hermanos van en camino a {town}; la escuela {place} tiene lugar en el grado 05.
Favor de llamar a {staff} al {phone}. La luz de la oficina está encendida hasta las 5.
No los encontramos en {town}. Preguntaremos en los campos y en las flores de la cosecha.
La fecha límite es el {soon}. Aviso MN-2026-{six}.
""".strip().splitlines()
AROUND = (
    ("", " arrives in {town} soon, please look out."),
    ("Please find out whether ", " is enrolled at your school."),
    ("We are asking about ", ". Our number is {phone}."),
    ("Hello {staff}, this is about ", " and nobody else; reply by {soon}."),
    ("The recruiter met ", " in {town} last week."),
    ("Update: ", ""),
)
AROUND_SPANISH = (
    ("La familia de ", " llega a {town} pronto."),
    ("Favor de buscar a ", ", gracias."),
    ("Preguntamos por ", " en la oficina."),
)
STAFF = (
    "Delia Montoya",
    "Ben Carver",
    "Irma Salas",
    "Owen Marsh",
    "Grace Holloway",
    "Nora Castellanos",
    "Paul Denning",
)
SURNAMES = [
    "Garcia",
    "Hernandez",
    "Smith",
    "Johnson",
    "Miller",
    "Rodriguez",
    "Lopez",
    "Whitlock",
    "Flores",
    "Cruz",
    "Brown",
    "Torres",
    "Reyes",
    "Green",
]
PLACES = ("Cesar Chavez Elementary", "Franklin Middle School", "Robles ISD", "Maple Union", "Garza High School")
TOWNS = ("Robstown", "Edinburg", "Franklin", "Santa Rosa", "San Juan", "Bakersfield", "La Joya", "Rio Grande City")
PHONES = ("(555) 555-0110", "555-555-0111", "555.555.0148", "(361) 555-0122", "802-555-0150")
"""Numbers of offices that the system knows."""


@dataclass(frozen=True)
class Message:
    """A text, and where the personal data stands that was planted in it; nowhere in a harmless one."""

    text: str
    kind: str
    start: int = 0
    end: int = 0


def clean(rng: random.Random, today: date) -> Message:
    """One to three sentences without personal data."""
    sentences = CLEAN_SPANISH if rng.random() < 0.2 else CLEAN
    text = rng.choice((" ", "\n")).join(rng.sample(sentences, rng.choice((1, 2, 2, 3))))
    return Message(_careless(rng, _filled(rng, text, today)), "harmless")


def planted(rng: random.Random, today: date, kind: str, piece: str) -> Message:
    """The piece in a sentence, sometimes with harmless ones around it."""
    before, after = rng.choice(AROUND_SPANISH if rng.random() < 0.2 else AROUND)
    before, after = _filled(rng, before, today), _filled(rng, after, today)
    if rng.random() < 0.5:
        before = _filled(rng, rng.choice(CLEAN), today) + " " + before
    return Message(before + piece + after, kind, len(before), len(before) + len(piece))


def _careless(rng: random.Random, text: str) -> str:
    draw = rng.random()
    return text.lower() if draw < 0.1 else text.upper() if draw < 0.15 else text


def _filled(rng: random.Random, text: str, today: date) -> str:
    return text.format(
        soon=written_date(rng, today + timedelta(days=rng.randrange(0, 60)), birth=False),
        past=written_date(rng, today - timedelta(days=rng.randrange(0, 300)), birth=False),
        month=rng.choice(("September", "October", "November")),
        staff=rng.choice(STAFF),
        surname=rng.choice(SURNAMES),
        place=rng.choice(PLACES),
        town=rng.choice(TOWNS),
        phone=rng.choice(PHONES),
        six=f"{rng.randrange(10**6):06}",
    )


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
MESES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]


def written_date(rng: random.Random, day: date, *, birth: bool) -> str:
    """The date in one of many forms."""
    month = MONTHS[day.month - 1]
    ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    forms = [
        f"{day:%m/%d/%Y}", f"{day.month}/{day.day}/{day.year}", f"{day.month}/{day.day}/{day:%y}", f"{day:%m-%d-%Y}",
        f"{day:%Y-%m-%d}", f"{day.month}.{day.day}.{day.year}", f"{month} {day.day}, {day.year}",
        f"{month[:3]}. {day.day} {day.year}", f"{day.day} {month} {day.year}", f"{month} {day.day}{ending}, {day.year}",
        f"{day.day} de {MESES[day.month - 1]} de {day.year}", f"{day.day:02}-{month[:3]}-{day:%y}",
    ]  # fmt: skip
    if birth:
        forms += [f"{day:%Y%m%d}", f"{day:%d/%m/%Y}", f"{day:%m %d %Y}", f"{day:%m%d%Y}", f"the {day.day}{ending} of {month} {day.year}",
                  f"{month[:3].upper()} {day.day} '{day:%y}", f"born {month} {day.day}", f"DOB {day.month}/{day.day}",
                  f"{day.month} / {day.day} / {day.year}", f"{day:%m/%d}/\n{day.year}"]  # fmt: skip
    return rng.choice(forms)
