"""A made-up population for benchmarks: seeded, with names as usual and as rare as among migrant children."""

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

SURNAMES = """garcía 1166 rodríguez 1094 martínez 1060 hernández 1043 lópez 874 gonzález 841 pérez 681 sánchez 612
ramírez 557 torres 437 flores 433 rivera 391 gómez 365 díaz 347 reyes 332 morales 311 cruz 307 ortiz 286 gutiérrez 280
chávez 259 ramos 255 ruiz 234 mendoza 220 álvarez 219 jiménez 218 castillo 212 vásquez 205 romero 201 moreno 192
gonzales 181 herrera 179 aguilar 177 medina 176 vargas 176 castro 174 guzmán 171 méndez 168 fernández 165 muñoz 162
salazar 161 garza 157 soto 155 vázquez 152 alvarado 150 delgado 143 contreras 143 peña 141 ríos 137 guerrero 135
sandoval 133 ortega 128 estrada 125 núñez 121 maldonado 119 domínguez 118 vega 118 santiago 116 espinoza 112 silva 112
padilla 110 márquez 108 rojas 107 cortez 107 acosta 105 santos 102 figueroa 100 luna 99 juárez 98 navarro 96 campos 96
molina 93 ávila 91 ayala 90 mejía 88 carrillo 86 rosales 84 robles 83 fuentes 82 cervantes 81 lara 79 valdez 78
trujillo 77 solís 76 pacheco 75 salinas 74 cárdenas 73 ochoa 72 zamora 70 miranda 69 velasco 67 villarreal 66 serrano 65
nava 63 rangel 62 barrera 61 escobar 60 montoya 59 cabrera 58 meza 57 orozco 56 macías 55 ponce 54 bautista 53 tapia 52
zavala 51 galván 50 corona 49 villanueva 48 cisneros 47 esparza 46 huerta 45 magaña 44 arellano 43 de la cruz 42
de león 41 del ángel 9 de la rosa 30 de la torre 22 xolo 4 tzoc 5 chub 5 choc 6 ixcoy 4 tecum 4 quispe 5 mamani 5
smith 60 johnson 52 williams 44 brown 40 jones 38 davis 30 miller 30 nguyễn 25 tran 12 o'brien 9 mcdonald 8 yoder 15
troyer 9 hassan 8 abdi 7 xiong 6 vang 6"""
BOYS = """josé 60 juan 52 luis 50 carlos 34 jesús 33 miguel 30 ángel 30 alejandro 27 david 25 daniel 25 diego 22
jorge 20 francisco 20 antonio 19 eduardo 18 fernando 17 javier 16 ricardo 15 roberto 14 manuel 14
alexander 14 christian 13 kevin 13 brayan 12 jonathan 11 sebastián 11 santiago 11 emiliano 9 mateo 9 óscar 9 víctor 9
sergio 8 rafael 8 edgar 8
pedro 8 mario 8 raúl 7 arturo 7 iván 7 adrián 7 ulises 5 ismael 5 gerardo 5 guillermo 5 ignacio 4 joaquín 4 josué 5
gael 4 axel 4 erick 4 martín 4 rubén 4 armando 4 enrique 5 alberto 5 isaac 4 saúl 3 noé 3 abel 3 ramiro 2 hugo 3
gustavo 3 salvador 3 vicente 2 ezequiel 2 leonardo 5 maximiliano 3 emmanuel 4 james 2 michael 3 joseph 2 thaddeus 1"""
GIRLS = """maría 90 guadalupe 40 ana 30 karla 12 daniela 18 alejandra 15 fernanda 14 andrea 14 valeria 13 sofía 13
ximena 10 camila 10 jennifer 12 stephanie 9 vanessa 9 jessica 9 brenda 8 leslie 9 ashley 9 kimberly 9 esmeralda 8
yesenia 7 graciela 5 rosa 12 elena 9 isabel 10 teresa 7 carmen 7 luz 8 del carmen 5 de los ángeles 4 josefina 4
leticia 5 patricia 6 verónica 5 claudia 5 adriana 6 gabriela 7 mariana 8 paola 6 lizbeth 5 yareli 4 itzel 5 citlali 3
xóchitl 2 araceli 3 rocío 3 dulce 5 fátima 4 natalia 5 victoria 4 elizabeth 7 evelyn 5 emily 4 abigail 4 yamileth 3
nayeli 4 monserrat 3 perla 3 diana 6 laura 6 silvia 4 mónica 4 beatriz 3 angélica 4 margarita 4 dolores 2 refugio 1"""
STATES = ("TX", "FL", "CA", "WA", "MI", "GA", "NC", "VT")
_SYLLABLES = re.findall(
    r"\S+",
    """ba bar ca cal cor da del es fa gal go gue ja lan li lo mal man mo mon na nar o pa pal que ra rin sa sal sen so
    ta te tor tu u va ve vil ya za zu""",
)
_ENDINGS = re.findall(r"\S+", "ez es al ano as era ero eta illo ín o osa ón res ta uri ña ño")


@dataclass(frozen=True)
class Record:
    """One State's view of a child."""

    state: str
    first: str
    middle: str | None
    last_1: str
    last_2: str | None
    born: date


@dataclass(frozen=True)
class Child:
    records: tuple[Record, ...]


class Urn:
    """Draws names, each as often as its weight says."""

    def __init__(self, weighted: list[tuple[str, float]]):
        self.names = [name for name, _ in weighted]
        self.totals = list(accumulate(weight for _, weight in weighted))

    def draw(self, rng: random.Random) -> str:
        return rng.choices(self.names, cum_weights=self.totals)[0]


def weighted(text: str) -> list[tuple[str, float]]:
    """Names and weights of a text in which each name stands before its weight."""
    names, words = [], []
    for word in text.split():
        if word.isdigit():
            names.append((" ".join(words).title().replace("De La", "de la").replace("De Los", "de los"), float(word)))
            words = []
        else:
            words.append(word)
    return names


def _rare_surnames(rng: random.Random, count: int = 8_000) -> list[tuple[str, float]]:
    """A long tail: the nth rarest surname is borne by one in n of what the first is."""
    made = {
        "".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2, 3)))).title() + rng.choice(_ENDINGS): None
        for _ in range(count)
    }
    return [(name, 900 / (at + 20)) for at, name in enumerate(made)]


def population(count: int, seed: int = 1) -> list[Child]:
    """So many children, a fifth of them known to two States, not always under quite the same name."""
    rng = random.Random(seed)
    surnames = Urn(weighted(SURNAMES) + _rare_surnames(rng))
    given = (Urn(weighted(BOYS)), Urn(weighted(GIRLS)))
    return [_child(rng, surnames, given[at % 2]) for at in range(count)]


def _child(rng: random.Random, surnames: Urn, given: Urn) -> Child:
    first = given.draw(rng)
    middle = given.draw(rng) if rng.random() < 0.55 else None
    record = Record(
        state=rng.choice(STATES),
        first=first,
        middle=None if middle == first else middle,
        last_1=surnames.draw(rng),
        last_2=surnames.draw(rng) if rng.random() < 0.7 else None,
        born=date(2004, 1, 1) + timedelta(days=rng.randrange(19 * 365)),
    )
    return Child((record, _elsewhere(rng, record)) if rng.random() < 0.2 else (record,))


def _elsewhere(rng: random.Random, record: Record) -> Record:
    """The same child as another State writes it."""
    state = rng.choice([each for each in STATES if each != record.state])
    last_1, last_2, middle = record.last_1, record.last_2, record.middle
    if last_2 and rng.random() < 0.3:
        last_1, last_2 = f"{last_1}-{last_2}", None
    elif rng.random() < 0.3:
        last_2 = None
    if middle and rng.random() < 0.4:
        middle = middle[0] if rng.random() < 0.5 else None
    return Record(state, record.first, middle, last_1, last_2, record.born)
